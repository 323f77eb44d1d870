"""Held messages for the desk's tests: real bytes, held through the spine, judged by hand."""

from dataclasses import replace
from datetime import date
from email.message import EmailMessage
from email.policy import SMTP

from mailguard.cases.deadlines.terms import Terms
from mailguard.core.customer import Customer
from mailguard.core.envelope import Client, Envelope
from mailguard.core.finding import Finding, FindingKind
from mailguard.core.memory import AddressState
from mailguard.core.reason import PAIR_REASONS
from mailguard.core.relation import Identified, Relation, RelationKind
from mailguard.core.secret import Secret
from mailguard.core.teams import NO_TEAMS, Teams
from mailguard.core.verdict import HeldPair, Judgement, Reason, ReasonCode, RecipientVerdict, Verdict
from mailguard.message.read import read_letter
from mailguard.store.store import Store
from tests.support.holding import hold

SENDER = "anna.seller@operator.example"
PASSWORD = "Kielotie-4711"
PIN = "8302"
NAMESAKE = "mikko.virtanen@mail.example"
COPY = "archive@operator.example"

ESPOO = Customer(
    "1001",
    "Mikko",
    "Virtanen",
    emails=("virtanen.mikko@post.example", "mikko@home.example"),
    birth_date=date(1961, 4, 2),
    city="Espoo",
)
TAMPERE = Customer("2044", "Mikko", "Virtanen", emails=(NAMESAKE,), birth_date=date(1988, 11, 30), city="Tampere")
ABOUT = Identified(ESPOO, ("customer_id_label", "name_and_address"))
_ORDER = f"""Hello Mikko,

thank you for your order. Here is what you need to log in.

Customer number: 1001
User name: mvirtanen61
Password: {PASSWORD}
PIN: {PIN}

Please change the password ({PASSWORD}) at your first login.

Kind regards
Anna, customer service
"""


def write_mail(text: str, *, subject: str, to: str, sender: str = SENDER, html: str | None = None) -> EmailMessage:
    """A message as a mail client writes it."""
    message = EmailMessage(policy=SMTP)
    message["From"] = f"Anna Seller <{sender}>"
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = "Mon, 16 Nov 2026 10:59:30 +0200"
    message["Message-ID"] = "<order-7731@operator.example>"
    message.set_content(text)
    if html is not None:
        message.add_alternative(html, subtype="html")
    return message


def find(raw: bytes, values: dict[str, FindingKind]) -> tuple[Finding, ...]:
    """A finding at the first place of each value in the body."""
    letter = read_letter(raw)
    return tuple(
        Finding(f"{kind.value}-en", kind, part.path, at, at + len(value), Secret(value))
        for part in letter.parts
        if part.path.startswith("body")
        for value, kind in values.items()
        if (at := part.text.find(value)) >= 0
    )


def hold_mail(
    store: Store,
    raw: bytes,
    recipients: dict[str, Relation],
    *reasons: Reason,
    findings: tuple[Finding, ...] = (),
    customers: tuple[Identified, ...] = (),
    sender: str = SENDER,
    login: str | None = None,
    passing: frozenset[str] = frozenset(),
    approvals: int = 1,
    teams: Teams = NO_TEAMS,
) -> str:
    """Hold the message for these recipients; gives the case id.

    A recipient who is set beside a customer is held for those of the reasons that are about the pair.
    """
    about_pair = tuple(reason.code for reason in reasons if reason.code in PAIR_REASONS)
    judgement = Judgement(
        verdict=Verdict.HOLD,
        recipients=tuple(
            RecipientVerdict(address, Verdict.PASS, relation)
            if address in passing
            else RecipientVerdict(address, Verdict.HOLD, relation, reasons, _pairs(relation, about_pair))
            for address, relation in recipients.items()
        ),
        customers=customers,
        findings=findings,
        reasons=reasons,
        letter=read_letter(raw),
        approvals=approvals,
    )
    envelope = Envelope(sender, tuple(recipients), Client("192.0.2.7", "crm.operator.example", login))
    return hold(store, envelope, raw, judgement, Terms(), teams)


def _pairs(relation: Relation, reasons: tuple[ReasonCode, ...]) -> tuple[HeldPair, ...]:
    about = relation.about
    return (HeldPair(about.customer.customer_id, reasons),) if about and reasons else ()


def hold_namesake(
    store: Store,
    *,
    sender: str = SENDER,
    copy: bool = True,
    approvals: int = 1,
    rule: str | None = None,
    teams: Teams = NO_TEAMS,
) -> str:
    """The namesake case: order papers with password and PIN on their way to another man of the same name."""
    message = write_mail(_ORDER, subject="Your order 7731 and login", to=f"Mikko Virtanen <{NAMESAKE}>", sender=sender)
    message.add_attachment(b"item,price\r\nrouter,49.00\r\n", maintype="text", subtype="csv", filename="order-7731.csv")
    raw = message.as_bytes()
    relations = {NAMESAKE: Relation(NAMESAKE, RelationKind.NAMESAKE, ABOUT, TAMPERE, bearers=7)}
    if copy:
        relations[COPY] = Relation(COPY, RelationKind.INTERNAL)
    return hold_mail(
        store,
        raw,
        relations,
        Reason(
            ReasonCode.NAMESAKE,
            f"{NAMESAKE} is not on record for customer 1001 (Mikko Virtanen, Espoo); it belongs to customer 2044, "
            "of the same name (Tampere).",
        ),
        Reason(ReasonCode.CREDENTIAL, "The letter contains a password and a PIN (in the body)."),
        findings=tuple(
            replace(finding, rule=rule or finding.rule)
            for finding in find(raw, {PASSWORD: FindingKind.PASSWORD, PIN: FindingKind.PIN})
        ),
        customers=(ABOUT,),
        sender=sender,
        passing=frozenset({COPY}),
        approvals=approvals,
        teams=teams,
    )


def hold_lookalike(store: Store) -> str:
    """A Cyrillic letter in the recipient's domain."""
    address = "virtanen.mikko@p\u043est.example"
    raw = write_mail("Your invoice for customer 1001 is attached.", subject="Invoice for October", to=SENDER).as_bytes()
    relation = Relation(address, RelationKind.LOOKALIKE, ABOUT, resembles="virtanen.mikko@post.example")
    text = f"{address} looks like the address on record of customer 1001 (Mikko Virtanen, Espoo), but is another."
    return hold_mail(
        store, raw, {address: relation}, Reason(ReasonCode.LOOKALIKE, text), customers=(ABOUT,), sender=SENDER
    )


def hold_unrelated(store: Store, *, subject: str = "Forms for your move", sender: str = "ben@partner.example") -> str:
    """An address that nobody has on record."""
    address = "m.virtanen@work.example"
    raw = write_mail("Customer number 1001. The form is below.", subject=subject, to=address, sender=sender).as_bytes()
    text = f"{address} is not on record for customer 1001 (Mikko Virtanen, Espoo)."
    relation = Relation(address, RelationKind.UNRELATED, ABOUT, bearers=7)
    return hold_mail(
        store, raw, {address: relation}, Reason(ReasonCode.UNRELATED, text), customers=(ABOUT,), sender=sender
    )


def hold_unconfirmed(store: Store, *, sender: str = SENDER) -> str:
    """The first letter to an address on record that nobody ever answered from."""
    raw = write_mail("Customer number 2044. Your contract.", subject="Your contract", to=NAMESAKE).as_bytes()
    about = Identified(TAMPERE, ("customer_id_label",))
    relation = Relation(NAMESAKE, RelationKind.UNCONFIRMED, about, bearers=3, state=AddressState.UNCONFIRMED)
    text = f"{NAMESAKE} is on record for customer 2044 (Mikko Virtanen, Tampere), but was never confirmed."
    return hold_mail(
        store, raw, {NAMESAKE: relation}, Reason(ReasonCode.UNCONFIRMED, text), customers=(about,), sender=sender
    )


def hold_hostile(store: Store, text: str) -> str:
    """`text` in every field that a stranger writes: subject, names, body, HTML, file name, register, reason."""
    message = write_mail(f"{text}\n", subject="x", to=NAMESAKE, html=f"<p>{text}</p>")
    message.add_attachment(text.encode("utf-8", "replace"), maintype="text", subtype="plain", filename="x.txt")
    raw = message.as_bytes()
    customer = ESPOO._replace(first_name=text, city=text, emails=(f"{text}@x.example",), customer_id=text[:80])
    about = Identified(customer, (text[:50],))
    relation = Relation(NAMESAKE, RelationKind.NAMESAKE, about, TAMPERE._replace(last_name=text), resembles=text)
    letter = read_letter(raw)
    shown = replace(letter, subject=text, headers=(("From", f"{text} <{SENDER}>"), ("Subject", text)), message_id=text)
    reason = Reason(ReasonCode.NAMESAKE, text)
    judgement = Judgement(
        Verdict.HOLD,
        (RecipientVerdict(NAMESAKE, Verdict.HOLD, relation, (reason,)),),
        customers=(about,),
        reasons=(reason,),
        letter=shown,
    )
    envelope = Envelope(SENDER, (NAMESAKE,), Client("192.0.2.7", text[:200], None))
    return hold(store, envelope, raw, judgement, Terms())
