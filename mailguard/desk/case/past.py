"""The history of the people in a case: sender, customers, and the recipients that no customer is beside."""

from collections.abc import Sequence
from dataclasses import dataclass

from mailguard.cases.reading import CaseDetail
from mailguard.core.person import Person
from mailguard.desk.case.comparing import Comparison
from mailguard.desk.case.earlier import EarlierLetters, letters_about, letters_of, letters_to
from mailguard.store.store import Store

_MOST = 3
"""Customers, and recipients, that are looked up."""


@dataclass(frozen=True, slots=True)
class Past:
    """Of one of them."""

    role: str
    """`sender`, `customer` or `recipient`."""
    who: str
    """Address, or customer number."""
    name: str
    letters: EarlierLetters


def read_past(store: Store, case: CaseDetail, compared: Sequence[Comparison], person: Person | None) -> list[Past]:
    """The sender first. Recipients beside a customer have theirs there (`desk.background`). Raises StoreError."""
    case_id, sender = case.summary.id, case.envelope.reverse_path
    past = [Past("sender", sender, "", letters_of(store, case_id, sender, person))] if sender else []
    names = {str(c.about["id"]): str(c.about["name"]) for c in compared if c.about}
    for number in [customer["id"] for customer in case.customers][:_MOST]:
        past.append(Past("customer", number, names.get(number, ""), letters_about(store, case_id, number, person)))
    beside = {c.recipient.address for c in compared if c.about}
    for recipient in [r for r in case.recipients if r.address not in beside][:_MOST]:
        letters = letters_to(store, case_id, recipient.address, None, person)
        past.append(Past("recipient", recipient.address, "", letters))
    return past
