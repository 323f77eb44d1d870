"""Messages of the journal that are known to have gone, or to have been about to go, to a wrong reader."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from mailguard.core.address import canonical
from mailguard.core.case import CaseState
from mailguard.core.reason import PAIR_REASONS, ReasonCode
from mailguard.customers.disputes import list_disputes
from mailguard.store.tables.breaches import BreachRow
from mailguard.store.tables.cases import CaseRow, RecipientRow
from mailguard.store.tables.journal import JournalCustomerRow, JournalRecipientRow, JournalRow

_RECIPIENT = PAIR_REASONS | {ReasonCode.DISPUTED}
_AT_ONCE = 500


class Known(StrEnum):
    """How it is known."""

    REJECTED = "rejected"
    """A reviewer rejected it, and it was held because of the recipient."""
    BREACH = "breach"
    """It is in the breach register: its case, or its address with one of its customers."""
    DISPUTE = "dispute"
    """It went to an address that is disputed now."""


def known_leaks(session: Session, first: int, last: int) -> dict[int, Known]:
    """By number of the journal's line, from `first` until before `last`."""
    leaks: dict[int, Known] = {}
    wrong: set[tuple[str, str | None]] = set()
    for dispute in list_disputes(session, limit=None):
        wrong.add((canonical(dispute.address), dispute.customer_id))
    leaks |= dict.fromkeys(_sent(session, wrong, first, last), Known.DISPUTE)
    registered, cases = set(), set()
    for case_id, facts in session.exec(select(BreachRow.case_id, BreachRow.facts)):
        cases.add(case_id or "")
        customers = facts.get("customers") or [None]
        registered |= {(canonical(to), customer) for to in facts.get("addresses") or () for customer in customers}
    leaks |= dict.fromkeys(_sent(session, registered, first, last), Known.BREACH)
    leaks |= dict.fromkeys(_of_cases(session, cases - {""}, first, last), Known.BREACH)
    leaks |= dict.fromkeys(_of_cases(session, _rejected(session), first, last), Known.REJECTED)
    return leaks


def _rejected(session: Session) -> set[str]:
    rejected = (
        select(CaseRow.id, RecipientRow.reasons)
        .join(RecipientRow, col(RecipientRow.case_id) == col(CaseRow.id))
        .where(CaseRow.state == CaseState.REJECTED)
    )
    return {case_id for case_id, reasons in session.exec(rejected) if not _RECIPIENT.isdisjoint(reasons)}


def _of_cases(session: Session, cases: Iterable[str], first: int, last: int) -> Iterator[int]:
    for some in _batched(sorted(cases)):
        mine = col(JournalRow.case_id).in_(some)
        yield from session.exec(select(JournalRow.number).where(mine, *_between(JournalRow.number, first, last)))


def _sent(session: Session, pairs: set[tuple[str, str | None]], first: int, last: int) -> Iterator[int]:
    """The messages to one of the addresses about its customer, or about anybody where none is named."""
    by_address = defaultdict(set)
    for address, customer in pairs:
        by_address[address].add(customer)
    for some in _batched(sorted(by_address)):
        to = select(JournalRecipientRow.canonical, JournalRecipientRow.number, JournalCustomerRow.customer_id)
        joined = to.outerjoin(
            JournalCustomerRow, col(JournalCustomerRow.number) == col(JournalRecipientRow.number)
        ).where(col(JournalRecipientRow.canonical).in_(some), *_between(JournalRecipientRow.number, first, last))
        for address, number, customer in session.exec(joined):
            if not by_address[address].isdisjoint((None, customer)):
                yield number


def _between(number: int, first: int, last: int) -> tuple[ColumnElement[bool], ...]:
    return col(number) >= first, col(number) < last


def _batched(words: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(words), _AT_ONCE):
        yield words[start : start + _AT_ONCE]
