"""What has gone to an address, come from a sender or been about a customer before: counts, and the latest of it.

Every question follows an index and looks at so many rows at most, whoever asks: among 1,000,000 cases some addresses
have hundreds of thousands. Somebody who sees some teams' cases is told of those alone, and nothing out of the journal,
which knows no teams.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from mailguard.cases.scope import cases_seen_by
from mailguard.core.address import canonical
from mailguard.core.case import CaseState
from mailguard.core.person import Person
from mailguard.desk.language.catalogue import N_
from mailguard.store.store import Store
from mailguard.store.tables.cases import CaseRow, RecipientRow
from mailguard.store.tables.journal import JournalCustomerRow, JournalRecipientRow, JournalRow

MOST_COUNTED = 500
"""Letters of one address, sender or customer that are counted; the page says "more than" beyond."""
_MOST_TO_ONE = 2_000
"""Held letters to one address that are put in the order of time."""
_MOST_NAMED = 3
FATES: dict[str, str] = {
    "waiting": N_("waiting"),
    "sent": N_("sent after an approval"),
    "undeliverable": N_("undeliverable"),
    "rejected": N_("rejected"),
    "not sent": N_("not sent"),
}
"""What became of a held letter, in words, in the order of the page."""


@dataclass(frozen=True, slots=True)
class EarlierLetter:
    """One that was held."""

    case_id: str
    received_at: datetime
    fate: str
    """A key of FATES."""


@dataclass(frozen=True, slots=True)
class EarlierLetters:
    """Counts, and the latest of them."""

    fates: dict[str, int] = field(default_factory=dict)
    latest: tuple[EarlierLetter, ...] = ()
    about_same: int = 0
    """Those to the address that were about the same customer."""
    more: bool = False
    """There are more than were counted."""
    passed: int | None = None
    """Letters of the journal that passed at once, those too that were held for others; None where the person is not
    told."""
    more_passed: bool = False
    last_at: datetime | None = None
    """When the latest letter of all was on its way, held or not."""

    @property
    def count(self) -> int:
        """How many were held."""
        return sum(self.fates.values())


def letters_to(
    store: Store, case_id: str, address: str, customer_id: str | None, person: Person | None
) -> EarlierLetters:
    """Letters of other cases to the address as it is written in the envelope, and those of the journal to it."""
    to_it = select(RecipientRow.case_id).where(RecipientRow.address == address).limit(_MOST_TO_ONE + 1)
    numbers = select(JournalRecipientRow.number).where(JournalRecipientRow.canonical == canonical(address))
    # Held for others, or put off, and yet this one has it (`policy.partial`).
    had = numbers.where(col(JournalRecipientRow.passed))
    with store.reading() as session:
        journal = _lines(session, numbers.order_by(col(JournalRecipientRow.number).desc()), case_id, had)
        ids = session.exec(to_it).all()
        if many := len(ids) > _MOST_TO_ONE:
            # In no order: the journal knows which of them are the latest.
            ids = journal.cases
        query = (
            select(CaseRow.id, CaseRow.received_at, CaseRow.state, RecipientRow)
            .join(RecipientRow, col(CaseRow.id) == RecipientRow.case_id)
            .where(RecipientRow.address == address, col(CaseRow.id).in_(ids), CaseRow.id != case_id)
            .where(*cases_seen_by(person))
            .order_by(col(CaseRow.received_at).desc())
            .limit(MOST_COUNTED + 1)
        )
        found = session.exec(query).all()
    letters = [EarlierLetter(of_case, at, _fate(state, to.approved)) for of_case, at, state, to in found]
    same = sum((to.relation.get("about") or {}).get("id") == customer_id for *_, to in found[:MOST_COUNTED])
    past = replace(_counted(letters), about_same=same if customer_id else 0)
    return _with_journal(replace(past, more=past.more or many), journal, person)


def letters_of(store: Store, case_id: str, sender: str, person: Person | None) -> EarlierLetters:
    """Letters with the same envelope sender."""
    numbers = select(JournalRow.number).where(JournalRow.sender_canonical == canonical(sender))
    query = select(CaseRow.id, CaseRow.received_at, CaseRow.state).where(
        CaseRow.reverse_path == sender, CaseRow.id != case_id, *cases_seen_by(person)
    )
    ordered = query.order_by(col(CaseRow.received_at).desc(), col(CaseRow.id).desc()).limit(MOST_COUNTED + 1)
    with store.reading() as session:
        journal = _lines(session, numbers.order_by(col(JournalRow.number).desc()), case_id)
        letters = [EarlierLetter(of_case, at, _fate(state)) for of_case, at, state in session.exec(ordered)]
    return _with_journal(_counted(letters), journal, person)


def letters_about(store: Store, case_id: str, customer_id: str, person: Person | None) -> EarlierLetters:
    """Letters about a customer, held ones too, as far back as the journal goes: its index of customers is in order."""
    numbers = select(JournalCustomerRow.number).where(JournalCustomerRow.customer_id == customer_id)
    with store.reading() as session:
        journal = _lines(session, numbers.order_by(col(JournalCustomerRow.number).desc()), case_id)
        query = select(CaseRow.id, CaseRow.received_at, CaseRow.state).where(col(CaseRow.id).in_(journal.cases))
        found = session.exec(query.where(*cases_seen_by(person)).order_by(col(CaseRow.received_at).desc())).all()
    letters = [EarlierLetter(of_case, at, _fate(state)) for of_case, at, state in found]
    return _with_journal(_counted(letters), journal, person)


@dataclass(frozen=True, slots=True)
class _Journal:
    """The latest lines of the journal about one of them."""

    passed: int
    more: bool
    last_at: datetime | None
    cases: Sequence[str]
    """Those that became cases, but the one that is looked at."""


def _lines(
    session: Session, numbers: SelectOfScalar[int], case_id: str, had: SelectOfScalar[int] | None = None
) -> _Journal:
    """`had`: the lines by which the address has the letter, whatever became of it for others."""
    latest = session.exec(numbers.limit(MOST_COUNTED + 1)).all()
    counted = latest[:MOST_COUNTED]
    query = select(JournalRow.number, JournalRow.fate, JournalRow.at, JournalRow.case_id)
    found = session.exec(query.where(col(JournalRow.number).in_(counted))).all()
    lines = [line for line in found if line[3] != case_id]
    arrived = {number for number, fate, _, _ in lines if fate == "passed"}
    if had is not None:
        of_split = had.where(col(JournalRecipientRow.number).in_(counted))
        arrived |= set(session.exec(of_split)) & {number for number, *_ in lines}
    return _Journal(
        passed=len(arrived),
        more=len(latest) > MOST_COUNTED,
        last_at=max((at for number, fate, at, _ in lines if fate == "held" or number in arrived), default=None),
        cases=[of_case for *_, of_case in lines if of_case is not None],
    )


def _counted(letters: Sequence[EarlierLetter]) -> EarlierLetters:
    counts = Counter(letter.fate for letter in letters[:MOST_COUNTED])
    return EarlierLetters(
        fates={fate: counts[fate] for fate in FATES if counts[fate]},
        latest=tuple(letters[:_MOST_NAMED]),
        more=len(letters) > MOST_COUNTED,
        last_at=letters[0].received_at if letters else None,
    )


def _with_journal(past: EarlierLetters, journal: _Journal, person: Person | None) -> EarlierLetters:
    if cases_seen_by(person):
        return past
    last = [at for at in (past.last_at, journal.last_at) if at is not None]
    return replace(past, passed=journal.passed, more_passed=journal.more, last_at=max(last, default=None))


def _fate(state: str, approved: bool | None = True) -> str:
    if state == CaseState.HELD:
        return "waiting"
    if state in {CaseState.UNDELIVERABLE, CaseState.REJECTED}:
        return str(state)
    return "sent" if approved and state in {CaseState.APPROVED, CaseState.RELEASED} else "not sent"
