"""The journal: a line for every message, passed ones too, so that somebody can say later what went where.

A line holds envelope, size, digest of the subject, customer numbers, kinds of findings, fate and answer: no content.
"""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, delete, insert, select

from mailguard.core.address import canonical
from mailguard.core.features import Features
from mailguard.incidents.replay.features import describe_features
from mailguard.store.store import Store
from mailguard.store.tables.journal import FeatureRow, JournalCustomerRow, JournalRecipientRow, JournalRow

FILE = "file"
"""The source of lines that were written from stored messages."""
SUBJECT_KEY = "journal subjects"
"""Purpose of the key (`Sealer.derive`) that subjects are digested with."""
_LONGEST = 500
_CHANCE_BITS = 10
_PRUNED_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class JournalRecipient:
    """One envelope recipient, and what it is to the customer (empty: not judged)."""

    address: str
    relation: str = ""
    passed: bool = False
    """Has it, although the message was held for others, or the client was told to send it again."""


@dataclass(frozen=True, slots=True)
class JournalLine:
    """What is written down of one message."""

    id: str
    at: datetime
    reverse_path: str
    recipients: tuple[JournalRecipient, ...]
    fate: str
    answer: str
    size: int
    client: str = ""
    login: str = ""
    message_id: str = ""
    subject_tag: str = ""
    reasons: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    customers: tuple[str, ...] = ()
    case_id: str | None = None
    source: str = ""
    features: Features | None = None
    """What the policy was asked, for a replay."""


def tag_subject(subject: str, key: bytes) -> str:
    """The subject's keyed digest, 64 bits: enough to tell two letters apart, too little to be a proof of anything."""
    folded = " ".join(subject.casefold().split())
    return hmac.digest(key, folded.encode("utf-8", "replace"), "sha256")[:8].hex() if folded else ""


def write_lines(store: Store, lines: Sequence[JournalLine]) -> None:
    """Write lines down, all or none, in one transaction. Raises StoreError."""
    if not lines:
        return
    numbered = _numbers(lines)
    recipients = [row for number, line in numbered.items() for row in _recipient_rows(number, line)]
    customers = [
        {"customer_id": _storable(customer), "number": number}
        for number, line in numbered.items()
        for customer in dict.fromkeys(line.customers)
    ]
    features = [
        {"number": number, "features": described}
        for number, line in numbered.items()
        if line.features is not None and (described := describe_features(line.features)) is not None
    ]
    with store.writing() as session:
        connection = session.connection()
        connection.execute(insert(JournalRow), [_row(number, line) for number, line in numbered.items()])
        if recipients:
            connection.execute(insert(JournalRecipientRow), recipients)
        if customers:
            connection.execute(insert(JournalCustomerRow), customers)
        if features:
            connection.execute(insert(FeatureRow), features)


def prune_journal(store: Store, days: int) -> int:
    """Remove the lines that are older than so many days, some thousand a transaction; gives their number."""
    before, removed = store.clock() - timedelta(days=days), 0
    old = select(JournalRow.number).where(col(JournalRow.at) < before).order_by(col(JournalRow.at))
    while True:
        with store.writing() as session:
            numbers = list(session.exec(old.limit(_PRUNED_AT_ONCE)))
            session.execute(delete(JournalRow).where(col(JournalRow.number).in_(numbers)))
        removed += len(numbers)
        if len(numbers) < _PRUNED_AT_ONCE:
            return removed


def _numbers(lines: Sequence[JournalLine]) -> dict[int, JournalLine]:
    # Microseconds and chance: several processes on several machines number their lines without asking each other. Two
    # lines of two of them meet once in 1,024 times where they have the microsecond in common; then the group is
    # refused, and numbered anew when it is written again.
    numbered: dict[int, JournalLine] = {}
    for line in lines:
        number = _number(line.at)
        while number in numbered:
            number = _number(line.at)
        numbered[number] = line
    return numbered


def number_at(at: datetime) -> int:
    """The smallest number that a line of that moment can have."""
    return int(at.timestamp() * 1_000_000) << _CHANCE_BITS


def _number(at: datetime) -> int:
    microseconds = number_at(at) >> _CHANCE_BITS
    # Field `Date` tells seconds only, and a thousand letters of a mailbox may share one.
    microseconds += 0 if at.microsecond else secrets.randbelow(1_000_000)
    return microseconds << _CHANCE_BITS | secrets.randbits(_CHANCE_BITS)


def _row(number: int, line: JournalLine) -> dict[str, Any]:
    return {
        "number": number,
        "at": line.at,
        "id": line.id,
        "source": line.source,
        "client": line.client,
        "login": _storable(line.login),
        "reverse_path": _storable(line.reverse_path),
        "sender_canonical": canonical(_storable(line.reverse_path)),
        "message_id": _storable(line.message_id),
        "subject_tag": line.subject_tag,
        "size": line.size,
        "fate": line.fate,
        "reasons": list(line.reasons),
        "kinds": list(line.kinds),
        "case_id": line.case_id,
        "answer": _storable(line.answer),
    }


def _recipient_rows(number: int, line: JournalLine) -> list[dict[str, Any]]:
    return [
        {
            "number": number,
            "position": position,
            "canonical": canonical(_storable(recipient.address)),
            "address": _storable(recipient.address),
            "relation": recipient.relation,
            "passed": recipient.passed,
        }
        for position, recipient in enumerate(line.recipients)
    ]


def _storable(text: str) -> str:
    # PostgreSQL refuses NUL in text, and a lone surrogate cannot be encoded.
    if text.isascii() and "\0" not in text:
        return text[:_LONGEST]
    return text[:_LONGEST].replace("\0", "�").encode("utf-8", "replace").decode()
