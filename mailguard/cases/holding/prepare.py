"""Everything of a hold that needs no database: digest, seal, and the rows, ready to be written."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from mailguard.cases.addresses.remembering import describe_pairs
from mailguard.cases.deadlines.terms import Terms
from mailguard.cases.deciding.four_eyes import sender_addresses
from mailguard.cases.describe import describe_judgement, describe_relation
from mailguard.cases.masking import mask_text
from mailguard.cases.phrases import pack_phrase
from mailguard.core.answer import Answer
from mailguard.core.case import CaseState
from mailguard.core.envelope import Envelope
from mailguard.core.ids import case_id_of, new_case_id
from mailguard.core.part import Letter
from mailguard.core.severity import severity_of
from mailguard.core.teams import NO_TEAMS, Teams
from mailguard.core.verdict import Judgement, RecipientVerdict
from mailguard.core.words import words_of_case
from mailguard.store.audit.chain import Entry
from mailguard.store.store import Store

_LONGEST_SUBJECT = 500

Row = dict[str, Any]
"""Column by column, as Core inserts want it: a table's object costs ten times as much (130 us a case)."""


@dataclass(frozen=True, slots=True)
class PreparedHold:
    """One message on its way into the store. Sealed: the bytes of the message are nowhere in it."""

    case: Row
    recipients: tuple[Row, ...]
    words: tuple[Row, ...]
    """What the case is found by."""
    body: Row
    written: frozenset[str]
    """Every address that the message names as its sender's."""
    login: str | None
    entry: Entry
    """For the audit trail."""

    @property
    def case_id(self) -> str:
        """As the client is told it."""
        return str(self.case["id"])

    @property
    def received_at(self) -> datetime:
        """When it was judged."""
        return self.entry.at

    @property
    def octets(self) -> int:
        """About what it takes in memory and on the disk."""
        return len(self.body["sealed"])

    @property
    def sender_to_tell(self) -> str | None:
        """Who is told of it: nobody for the null reverse-path and automatic mail."""
        return None if self.case["automatic"] else self.case["reverse_path"] or None

    def after_passing(self, answer: Answer) -> "PreparedHold":
        """The same once the next hop has taken it for the recipients of `passing`, with its answer."""
        said = {"passed": [one["address"] for one in self.case["judgement"]["passed"]], "answer": str(answer)}
        return replace(self, entry=replace(self.entry, details=self.entry.details | said))


def prepare_hold(
    store: Store,
    envelope: Envelope,
    raw: bytes,
    judgement: Judgement,
    terms: Terms | None = None,
    teams: Teams = NO_TEAMS,
    passing: Sequence[RecipientVerdict] = (),
) -> PreparedHold:
    """Seal a message under its case id and make its rows. Nothing is kept yet. Safe in any thread.

    `terms` sets the deadlines; without, the next run of their job does. `teams` says whose mail it is: the team of its
    envelope sender, which it keeps when the configuration changes. Costs 0.2 ms for 50 kB (digest 31 us, seal
    13 us); a header made for it takes up to a second (`sender_addresses`). `passing` are other recipients, to whom the
    message goes at once: they are named in the case, and nothing in it can be decided for them. Raises DiskFull when
    the disk is nearly so, StoreError where there is none.
    """
    store.disk.require_room(len(raw))
    case_id = case_id_of(envelope.message_id) if envelope.message_id else new_case_id()
    digest, now = sha256(raw).hexdigest(), store.clock()
    sealed = store.sealer.seal(raw, case_id=case_id, digest=digest)
    reasons = [reason.code.value for reason in judgement.reasons]
    case = _case_row(case_id, digest, now, envelope, len(raw), judgement)
    if passing:
        passed = [{"address": one.address, "relation": one.relation.kind.value} for one in passing]
        case["judgement"] |= {"passed": passed}
    return PreparedHold(
        case=case | _deadlines(terms, now) | {"team": teams.team_of(envelope.reverse_path)},
        recipients=tuple(_recipient_rows(case_id, judgement)),
        words=tuple(_word_rows(case, judgement)),
        body={
            "case_id": case_id,
            "key_id": sealed.key_id,
            "wrapped_key": sealed.wrapped_key,
            "sealed": sealed.sealed,
        },
        written=sender_addresses(envelope, judgement.letter),
        login=envelope.client.login,
        entry=Entry("hold", "guard", now, case_id, {"sha256": digest, "size": len(raw), "reasons": reasons}),
    )


def _case_row(case_id: str, digest: str, now: datetime, envelope: Envelope, size: int, judgement: Judgement) -> Row:
    letter = judgement.letter
    found = judgement.findings
    described = describe_judgement(judgement)
    # Offsets let the review desk mark the place in the text; the contract's JSON carries neither them nor tags.
    for entry, finding in zip(described["findings"], found, strict=True):
        entry |= {"start": finding.start, "end": finding.end} | ({"tag": finding.tag} if finding.tag else {})
    header_from = (letter.header("From") if letter else None) or ""
    return {
        "id": case_id,
        "state": CaseState.HELD.value,
        "received_at": now,
        "reverse_path": envelope.reverse_path,
        "client_address": envelope.client.address,
        "client_helo": envelope.client.helo,
        "client_login": envelope.client.login,
        "smtputf8": envelope.smtputf8,
        "body_8bit": envelope.body_8bit,
        "automatic": _is_automatic(letter),
        "dsn": {"mail": envelope.dsn, "recipients": dict(envelope.recipient_dsn)},
        "header_from": _storable(mask_text(header_from, "header.from", found)),
        "subject": _storable(mask_text(letter.subject if letter else "", "subject", found)),
        "message_id": _storable(mask_text(letter.message_id if letter else "", "header.message-id", found)),
        "size": size,
        "sha256": digest,
        "verdict": judgement.verdict.value,
        "approvals_needed": judgement.approvals,
        "judgement": {key: described[key] for key in ("customers", "findings", "reasons")}
        | {"phrases": [pack_phrase(reason.phrase) for reason in judgement.reasons]},
        "customers": _named_customers(judgement),
        "severity": int(severity_of((reason.code for reason in judgement.reasons), (one.rule for one in found))),
        "tries": 0,
    }


def _deadlines(terms: Terms | None, now: datetime) -> Row:
    # The deadlines are named like their columns.
    return asdict(terms.reckon(now)) if terms else dict.fromkeys(("remind_at", "escalate_at", "expires_at"))


def _named_customers(judgement: Judgement) -> str:
    about = [identified.customer for identified in judgement.customers]
    # The wrong reader too: whoever looks into a complaint of theirs searches by them.
    owners = [recipient.relation.owner for recipient in judgement.recipients]
    lines = {f"{customer.customer_id} {customer.name}".casefold() for customer in (*about, *owners) if customer}
    return "\n".join(sorted(lines)).replace("\0", "�").encode("utf-8", "replace").decode()


def _recipient_rows(case_id: str, judgement: Judgement) -> Iterator[Row]:
    for position, recipient in enumerate(judgement.recipients):
        yield {
            "case_id": case_id,
            "position": position,
            "address": recipient.address,
            "verdict": recipient.verdict.value,
            "relation": describe_relation(recipient.relation) | {"pairs": describe_pairs(judgement, recipient)},
            "reasons": [reason.code.value for reason in recipient.reasons],
            "refused": False,
        }


def _word_rows(case: Row, judgement: Judgement) -> Iterator[Row]:
    addresses = (recipient.address for recipient in judgement.recipients)
    for word in words_of_case(
        (case["reverse_path"], case["subject"], case["customers"], *addresses),
        (reason.code.value for reason in judgement.reasons),
        (finding.rule for finding in judgement.findings),
    ):
        yield {"word": word, "case_id": case["id"]}


def _is_automatic(letter: Letter | None) -> bool:
    # RFC 3834, section 2: no automatic answer to an automatic message.
    auto = (letter.header("Auto-Submitted") if letter else None) or "no"
    return auto.strip().lower() != "no"


def _storable(text: str) -> str:
    # PostgreSQL refuses NUL in text, and a lone surrogate cannot be encoded.
    return text[:_LONGEST_SUBJECT].replace("\0", "�").encode("utf-8", "replace").decode()
