"""How many letters strangers can make the guard write: counted in the store, so all nodes count together.

Letters go only to addresses that somebody typed in, or that a mail claims to come from: without limits this would be
a machine that floods mailboxes with our name on it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select

from mailguard.core.address import canonical
from mailguard.store.tables.reader_reports import ReaderReportRow, ReaderWordsRow

MOST_A_DAY_PER_ADDRESS = 3
MOST_AN_HOUR_PER_NETWORK = 10
MOST_AN_HOUR_BY_MAIL = 30
"""Less than in all: who floods the mailbox under made-up names must not close the page for others."""
MOST_AN_HOUR = 100
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_W = ReaderWordsRow


@dataclass(frozen=True, slots=True)
class Room:
    """What is left."""

    submissions: bool
    """Whether one more may be taken at all: from this network, and from everywhere."""
    letter: bool
    """Whether a letter to the address may go out for it."""


def look_for_room(session: Session, address: str, network: str, now: datetime) -> Room:
    """What may be taken now. To be exact, the caller has locked the head of the audit trail."""
    in_last_hour = col(_W.at) > now - _HOUR
    here = _count(session, in_last_hour, col(_W.network) == network)
    of_all = _count(session, in_last_hour, col(_W.lettered).is_(True))
    # Mail comes from the company's own mail server, whoever wrote it.
    taken = here < (MOST_AN_HOUR_PER_NETWORK if network else MOST_AN_HOUR_BY_MAIL) and of_all < MOST_AN_HOUR
    return Room(taken, taken and count_letters(session, address, now) < MOST_A_DAY_PER_ADDRESS)


def count_letters(session: Session, address: str, now: datetime) -> int:
    """Letters to an address, for whichever report, within a day."""
    reports = select(ReaderReportRow.id).where(ReaderReportRow.canonical == canonical(address))
    return _count(session, col(_W.at) > now - _DAY, col(_W.lettered).is_(True), col(_W.report_id).in_(reports))


def _count(session: Session, *conditions: ColumnElement[bool]) -> int:
    return session.exec(select(func.count()).select_from(_W).where(*conditions)).one()
