"""What went where: everything that the journal has about an address, a customer or a message."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from operator import itemgetter

from sqlalchemy import ColumnElement, CompoundSelect, func, union
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from mailguard.cases.awaiting.listing import Unread, each_unread
from mailguard.core.address import canonical
from mailguard.core.case import CaseState
from mailguard.core.errors import InputError
from mailguard.core.ids import ALPHABET, case_id_of, is_message_id
from mailguard.incidents.tracing.journal import JournalRecipient
from mailguard.store.store import Store
from mailguard.store.tables.cases import CaseRow
from mailguard.store.tables.journal import JournalCustomerRow, JournalRecipientRow, JournalRow

MOST = 1000
_REST = 4
"""Letters of our id that a case id leaves out (`core.ids.case_id_of`)."""


class Subject(StrEnum):
    """What is traced."""

    ADDRESS = "address"
    CUSTOMER = "customer"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Something to trace: an address, a customer's number, or one message by any of its ids."""

    subject: Subject
    value: str


@dataclass(frozen=True, slots=True)
class Traced:
    """One message as the journal knows it."""

    number: int
    """By which the list goes on."""
    id: str
    at: datetime
    reverse_path: str
    recipients: tuple[JournalRecipient, ...]
    customers: tuple[str, ...]
    fate: str
    reasons: tuple[str, ...]
    kinds: tuple[str, ...]
    answer: str
    size: int
    client: str
    login: str
    message_id: str
    subject_tag: str
    source: str
    case_id: str | None = None
    case_state: CaseState | None = None
    """What became of it since it was held; None where it was not, or the case is no longer kept."""

    @property
    def has_gone(self) -> bool:
        """Whether it has left the house, as far as is known: passed at once, or released after an approval."""
        return any(self.has_reached(one) for one in self.recipients)

    def has_reached(self, recipient: JournalRecipient) -> bool:
        """Whether it has left for that one of its recipients. For whom a case was released, the case knows."""
        return recipient.passed or self.fate == "passed" or self.case_state is CaseState.RELEASED


@dataclass(frozen=True, slots=True)
class Trace:
    """What was found, newest first, and all of it in numbers."""

    wanted: Wanted
    messages: tuple[Traced, ...]
    total: int
    first_at: datetime | None
    last_at: datetime | None
    next: int | None
    """Ask again behind this number for older ones; None: these were the last."""
    unread: tuple[Unread, ...] = ()
    """Messages whose pictures are still to be read, newest first: in no journal yet, and in the first page only."""
    unread_total: int = 0

    @property
    def found(self) -> int:
        """All of both."""
        return self.total + self.unread_total


def read_wanted(text: str) -> Wanted:
    """What somebody wants traced, out of what they typed. Raises InputError for nothing.

    `<id@host>`, a case id and our own id (twelve letters of the log) name one message; what has an `@` is an address,
    anything else a customer's number.
    """
    text = text.strip()
    if not text:
        raise InputError("say what to trace: an address, a customer's number, or a message's id")
    if (text.startswith("<") and text.endswith(">")) or text.upper().startswith("MG-") or is_message_id(text):
        return Wanted(Subject.MESSAGE, text)
    if "@" in text:
        return Wanted(Subject.ADDRESS, text)
    return Wanted(Subject.CUSTOMER, text)


def trace(
    store: Store,
    wanted: Wanted,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
    limit: int = MOST,
) -> Trace:
    """Everything that was sent to or from the address, about the customer, or under the id; newest first.

    `since` is included and `until` is not. Raises StoreError.
    """
    found = _found(wanted, since, until)
    with store.reading() as session:
        # First: what is read in between is then seen twice rather than not at all.
        unread = [] if before is not None else list(_unread(session, wanted, since, until))
        about = select(func.count(), func.min(JournalRow.at), func.max(JournalRow.at)).where(found)
        total, first_at, last_at = session.exec(about).one()
        page = select(JournalRow).where(found).order_by(col(JournalRow.number).desc()).limit(limit + 1)
        if before is not None:
            page = page.where(col(JournalRow.number) < before)
        rows = list(session.exec(page))
        messages = _traced(session, rows[:limit])
    onward = messages[-1].number if len(rows) > limit else None
    return Trace(wanted, messages, total, first_at, last_at, onward, tuple(unread[:limit]), len(unread))


def _unread(session: Session, wanted: Wanted, since: datetime | None, until: datetime | None) -> Iterator[Unread]:
    for one in each_unread(session):
        in_time = (since is None or one.received_at >= since) and (until is None or one.received_at < until)
        if in_time and _is_wanted(one, wanted):
            yield one


def _is_wanted(one: Unread, wanted: Wanted) -> bool:
    # As `_numbers` asks the journal.
    match wanted.subject:
        case Subject.ADDRESS:
            addresses = (one.envelope.reverse_path, *one.envelope.recipients)
            found = canonical(wanted.value) in map(canonical, addresses)
            return found or one.message_id == f"<{wanted.value}>"
        case Subject.CUSTOMER:
            return wanted.value in one.customers
        case Subject.MESSAGE:
            return one.message_id == wanted.value or wanted.value.upper() in (one.envelope.message_id, one.case_id)


def _found(wanted: Wanted, since: datetime | None, until: datetime | None) -> ColumnElement[bool]:
    found: ColumnElement[bool] = col(JournalRow.number).in_(_numbers(wanted))
    if since is not None:
        found &= col(JournalRow.at) >= since
    if until is not None:
        found &= col(JournalRow.at) < until
    return found


def _numbers(wanted: Wanted) -> CompoundSelect[int]:
    # One look into an index each, put together: an OR would read the whole journal.
    match wanted.subject:
        case Subject.ADDRESS:
            form = canonical(wanted.value)
            received = select(JournalRecipientRow.number).where(JournalRecipientRow.canonical == form)
            sent = select(JournalRow.number).where(JournalRow.sender_canonical == form)
            # A message's id that was pasted without its brackets looks like an address.
            named = select(JournalRow.number).where(JournalRow.message_id == f"<{wanted.value}>")
            return union(received, sent, named)
        case Subject.CUSTOMER:
            return union(select(JournalCustomerRow.number).where(JournalCustomerRow.customer_id == wanted.value))
        case Subject.MESSAGE:
            by_field = select(JournalRow.number).where(JournalRow.message_id == wanted.value)
            ours = wanted.value.upper()
            by_id, by_case = (select(JournalRow.number).where(c == ours) for c in (JournalRow.id, JournalRow.case_id))
            return union(by_field, by_id, by_case, *_by_beginning(ours))


def _by_beginning(case_id: str) -> Iterator[SelectOfScalar[int]]:
    """What passed after all has no case, but the client was told of one: our id begins with its letters."""
    letters = case_id.removeprefix("MG-").replace("-", "")
    first, last = (letters + letter * _REST for letter in (min(ALPHABET), max(ALPHABET)))
    # A range and no LIKE, which looks into an index in some databases' alphabets only.
    if is_message_id(first) and case_id_of(first) == case_id:
        yield select(JournalRow.number).where(col(JournalRow.id).between(first, last))


def _traced(session: Session, rows: Sequence[JournalRow]) -> tuple[Traced, ...]:
    numbers = [row.number for row in rows]
    of_recipients = (
        select(
            JournalRecipientRow.number,
            JournalRecipientRow.address,
            JournalRecipientRow.relation,
            JournalRecipientRow.passed,
        )
        .where(col(JournalRecipientRow.number).in_(numbers))
        .order_by(col(JournalRecipientRow.number), col(JournalRecipientRow.position))
    )
    of_customers = (
        select(JournalCustomerRow.number, JournalCustomerRow.customer_id)
        .where(col(JournalCustomerRow.number).in_(numbers))
        .order_by(col(JournalCustomerRow.number), col(JournalCustomerRow.customer_id))
    )
    recipients = {
        number: tuple(JournalRecipient(address, relation, passed) for _, address, relation, passed in group)
        for number, group in groupby(session.exec(of_recipients), key=itemgetter(0))
    }
    customers = {
        number: tuple(customer for _, customer in group)
        for number, group in groupby(session.exec(of_customers), key=itemgetter(0))
    }
    held = [row.case_id for row in rows if row.case_id]
    states = dict(session.exec(select(CaseRow.id, CaseRow.state).where(col(CaseRow.id).in_(held))).all())
    return tuple(
        Traced(
            number=row.number,
            id=row.id,
            at=row.at,
            reverse_path=row.reverse_path,
            recipients=recipients.get(row.number, ()),
            customers=customers.get(row.number, ()),
            fate=row.fate,
            reasons=tuple(row.reasons),
            kinds=tuple(row.kinds),
            answer=row.answer,
            size=row.size,
            client=row.client,
            login=row.login,
            message_id=row.message_id,
            subject_tag=row.subject_tag,
            source=row.source,
            case_id=row.case_id,
            case_state=CaseState(states[row.case_id]) if row.case_id in states else None,
        )
        for row in rows
    )
