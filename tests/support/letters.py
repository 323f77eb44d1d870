"""Real messages for tests, and what it takes to hold one without the judges."""

from collections.abc import Mapping
from email.message import EmailMessage
from email.policy import SMTP

from mailguard.core.envelope import Client, Envelope
from mailguard.core.finding import Finding, FindingKind
from mailguard.core.relation import Identified, Relation, RelationKind
from mailguard.core.secret import Secret
from mailguard.core.teams import NO_TEAMS, Teams
from mailguard.core.verdict import HeldPair, Judgement, Reason, ReasonCode, RecipientVerdict, Verdict
from mailguard.message.read import read_letter
from mailguard.store.store import Store
from tests.support.holding import hold

SENDER = "seller@operator.example"
CUSTOMER = "matti.virtanen@post.example"


def write_letter(
    text: str, *, subject: str = "Your order", sender: str = SENDER, to: str = CUSTOMER, **headers: str
) -> bytes:
    """A plain text message with CRLF line endings; underscores in header names become hyphens."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = "Mon, 16 Nov 2026 09:00:00 +0000"
    message["Message-ID"] = "<order-1@operator.example>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text, cte="8bit")
    return message.as_bytes()


def judgement_of(
    raw: bytes,
    recipients: tuple[str, ...],
    secret: str = "",
    *,
    approvals: int = 1,
    pairs: Mapping[str, tuple[HeldPair, ...]] | None = None,
    customers: tuple[Identified, ...] = (),
) -> Judgement:
    """A verdict to hold, with one finding where `secret` stands in the letter; `pairs` by recipient."""
    letter = read_letter(raw)
    findings = tuple(
        Finding("test.pin", FindingKind.PIN, part.path, at, at + len(secret), Secret(secret))
        for part in letter.parts
        if secret and (at := part.text.find(secret)) >= 0
    )
    reason = Reason(ReasonCode.CREDENTIAL, "The letter contains a PIN (in the body).")
    return Judgement(
        verdict=Verdict.HOLD,
        recipients=tuple(
            RecipientVerdict(
                address,
                Verdict.HOLD,
                Relation(address, RelationKind.NO_CUSTOMER),
                (reason,),
                (pairs or {}).get(address, ()),
            )
            for address in recipients
        ),
        findings=findings,
        reasons=(reason,),
        letter=letter,
        customers=customers,
        approvals=approvals,
    )


def hold_letter(
    store: Store,
    text: str = "Your PIN is 4826.",
    *,
    secret: str = "4826",
    sender: str = SENDER,
    recipients: tuple[str, ...] = (CUSTOMER,),
    login: str | None = None,
    approvals: int = 1,
    pairs: Mapping[str, tuple[HeldPair, ...]] | None = None,
    customers: tuple[Identified, ...] = (),
    teams: Teams = NO_TEAMS,
    **headers: str,
) -> str:
    """Write a letter, hold it, and give its case id."""
    raw = write_letter(text, sender=sender, to=", ".join(recipients), **headers)
    envelope = Envelope(sender, recipients, Client("127.0.0.1", "client.example", login))
    judgement = judgement_of(raw, recipients, secret, approvals=approvals, pairs=pairs, customers=customers)
    return hold(store, envelope, raw, judgement, teams=teams)
