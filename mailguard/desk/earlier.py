"""Letters that were held before on their way to the same address, and what became of them."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select

from mailguard.core.case import CaseState
from mailguard.store.store import Store
from mailguard.store.tables import CaseRow, RecipientRow

_MOST_COUNTED = 200
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class EarlierLetter:
    """One of them."""

    case_id: str
    received_at: datetime
    fate: str
    """`waiting`, `sent`, `not sent` or `undeliverable`."""


@dataclass(frozen=True, slots=True)
class EarlierLetters:
    """How many, and the latest of them."""

    fates: dict[str, int]
    latest: tuple[EarlierLetter, ...]
    about_same: int
    """Those that were about the same customer."""

    @property
    def count(self) -> int:
        """How many letters; not counted beyond two hundred."""
        return sum(self.fates.values())


def letters_before(store: Store, case_id: str, address: str, customer_id: str | None) -> EarlierLetters:
    """Held letters of other cases to the address as it is written in the envelope."""
    query = (
        select(RecipientRow, CaseRow)
        .join(CaseRow, col(CaseRow.id) == RecipientRow.case_id)
        .where(RecipientRow.address == address, RecipientRow.case_id != case_id)
        .order_by(col(CaseRow.received_at).desc())
        .limit(_MOST_COUNTED)
    )
    with store.reading() as session:
        found = [(recipient, case) for recipient, case in session.exec(query)]
    letters = [EarlierLetter(case.id, case.received_at, _fate(recipient, case)) for recipient, case in found]
    same = sum((recipient.relation.get("about") or {}).get("id") == customer_id for recipient, _ in found)
    fates = dict(Counter(letter.fate for letter in letters))
    return EarlierLetters(fates, tuple(letters[:_MOST_NAMED]), same if customer_id else 0)


def _fate(recipient: RecipientRow, case: CaseRow) -> str:
    if case.state == CaseState.HELD:
        return "waiting"
    if case.state == CaseState.UNDELIVERABLE:
        return "undeliverable"
    return "sent" if recipient.approved and case.state in {CaseState.APPROVED, CaseState.RELEASED} else "not sent"
