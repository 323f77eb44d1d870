"""Write digests when their hour has come, and fold letters about single cases into them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, func, select

from mailguard.cases.deciding.rights import deputies_in
from mailguard.core.person import Person, Role
from mailguard.core.settings import Settings
from mailguard.notices.dealt_with import DEALT_WITH
from mailguard.notices.digest.hours import last_hour
from mailguard.notices.digest.waiting import read_digest
from mailguard.notices.letter import house_zone
from mailguard.store.people.digests import Reader, attend, readers_in
from mailguard.store.store import Store
from mailguard.store.tables.outbox import NoticeRow
from mailguard.store.tables.people import UserRow

DIGEST = "digest"
_TOLD_LATER = frozenset({"to_review", DEALT_WITH})
"""Letters that somebody with hours of their own finds in the next digest."""
_COUNTED = frozenset({*_TOLD_LATER, "reminder"})
"""Letters of which nobody gets more than so many an hour."""
_HOUR = timedelta(hours=1)


def write_digests(store: Store, settings: Settings) -> list[str]:
    """Write one to everybody whose hour has come and whom something waits for; gives their names.

    Once an hour of theirs, however many nodes call it and however often; late where no guard was there in time, and
    then once for all hours that were missed. Raises StoreError.
    """
    now, zone = store.clock(), ZoneInfo(house_zone(settings))
    with store.reading() as session:
        deputies = {person.user_id for person in deputies_in(session, now)}
        due = [
            (reader, hour)
            for reader in readers_in(session, settings.notices.digest)
            if _reviews(reader.person, deputies) and (hour := last_hour(reader.hours, zone, now)) is not None
            if reader.attended_at is None or reader.attended_at < hour
        ]
    return [reader.person.name for reader, hour in due if _write(store, reader, hour, now)]


def fold(store: Store, notice: NoticeRow, settings: Settings) -> str | None:
    """Why a letter about a case is not sent alone: its reader has a digest, or has had many this hour. None: it is.

    In the second case the digest is written down too. Raises StoreError.
    """
    if notice.kind not in _COUNTED:
        return None
    with store.reading() as session:
        reader = next(iter(readers_in(session, settings.notices.digest, address=notice.to)), None)
        if reader is None:
            return None
        if reader.hours and notice.kind in _TOLD_LATER:
            return "in the digest"
        most, now = settings.notices.most_an_hour, store.clock()
        if not most or _sent_lately(session, notice.to, now)[0] < most:
            return None
    with store.writing() as session:
        # Two nodes that do this at one moment come one after the other.
        session.get(UserRow, reader.person.user_id, with_for_update=True)
        waits = select(NoticeRow.id).where(
            NoticeRow.to == notice.to, NoticeRow.kind == DIGEST, col(NoticeRow.due_at).is_not(None)
        )
        if session.exec(waits.limit(1)).first() is None:
            _, first = _sent_lately(session, notice.to, now)
            _add(session, reader.person, since=None, storm=True, now=now, due=max(now, (first or now) + _HOUR))
    return "in the digest: too many in an hour"


def _write(store: Store, reader: Reader, hour: datetime, now: datetime) -> bool:
    with store.writing() as session:
        if not attend(session, reader.person.user_id, hour):
            return False
        # Somebody who has hours for the first time is told at the next of them.
        if reader.attended_at is None:
            return False
        if not read_digest(session, reader.person, reader.attended_at, now).says_something:
            return False
        _add(session, reader.person, since=reader.attended_at, storm=False, now=now, due=now)
    return True


def _add(
    session: Session, person: Person, *, since: datetime | None, storm: bool, now: datetime, due: datetime
) -> None:
    details = {"user": person.user_id, "since": since.isoformat() if since else None, "storm": storm}
    session.add(NoticeRow(kind=DIGEST, to=person.email, details=details, created_at=now, due_at=due))


def _reviews(person: Person, deputies: set[int]) -> bool:
    return person.role is Role.SUPERVISOR or person.user_id in deputies


def _sent_lately(session: Session, address: str, now: datetime) -> tuple[int, datetime | None]:
    """How many letters about single cases an address has got within the hour, and when the first of them went out."""
    query = select(func.count(), func.min(NoticeRow.sent_at)).where(
        NoticeRow.to == address, col(NoticeRow.kind).in_(_COUNTED), col(NoticeRow.sent_at) > now - _HOUR
    )
    return session.exec(query).one()
