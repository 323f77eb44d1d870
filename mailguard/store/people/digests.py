"""At which hours somebody gets one letter with all that waits, instead of one for each case."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select, update

from mailguard.core.errors import InputError
from mailguard.core.person import Person
from mailguard.store.people.rows import person_of, user_named
from mailguard.store.store import Store
from mailguard.store.tables.people import UserRow

AT_ONCE = "at once"
"""Somebody's own word against the hours of the configuration."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who reads letters, and when."""

    person: Person
    hours: tuple[int, ...]
    """Of the day; none: a letter for each case, at once."""
    attended_at: datetime | None
    """The last of these hours that was attended to; None: none was yet."""


def parse_hours(text: str) -> str:
    """`"13, 8"` -> `"8,13"`; `now` -> `"at once"`; `default` -> `""`. Raises InputError."""
    word = text.strip().lower()
    if word in ("now", AT_ONCE):
        return AT_ONCE
    if word == "default":
        return ""
    hours = [hour.strip() for hour in word.split(",")]
    if not all(hour.isascii() and hour.isdigit() and int(hour) < 24 for hour in hours):
        raise InputError('write hours of the day such as "8,13", or "now", or "default"')
    return ",".join(str(hour) for hour in sorted({int(hour) for hour in hours}))


def set_digest(store: Store, name: str, digest: str, *, by: str = "command line") -> None:
    """Have somebody told at these hours (of `parse_hours`); the first time at the next of them. Raises InputError."""
    now = store.clock()
    with store.writing() as session:
        row = user_named(session, name)
        row.digest, row.digested_at = digest, now
        session.add(row)
        details = {"user": name, "digest": digest or "default"}
        store.audit.append(session, "user changed", actor=by, at=now, details=details)


def readers_in(session: Session, default: Sequence[int], *, address: str | None = None) -> list[Reader]:
    """Everybody who can log in, or whoever of them has that address as their own; `default` is the configuration's."""
    query = select(UserRow).where(col(UserRow.disabled).is_(False)).order_by(UserRow.name)
    if address is not None:
        query = query.where(UserRow.email == address)
    return [Reader(person_of(session, row), _hours(row, default), row.digested_at) for row in session.exec(query)]


def attend(session: Session, user_id: int, hour: datetime) -> bool:
    """Note that this hour is attended to; False when somebody else has been quicker."""
    first = update(UserRow).where(
        col(UserRow.id) == user_id, (col(UserRow.digested_at) < hour) | col(UserRow.digested_at).is_(None)
    )
    noted: int = session.execute(first.values(digested_at=hour)).rowcount  # type: ignore[attr-defined]
    return noted == 1


def _hours(row: UserRow, default: Sequence[int]) -> tuple[int, ...]:
    if not row.digest:
        return tuple(default)
    return () if row.digest == AT_ONCE else tuple(int(hour) for hour in row.digest.split(","))


def chosen_hours(store: Store, person: Person) -> str:
    """What somebody has chosen, as `parse_hours` gives it; empty: the hours of the configuration."""
    with store.reading() as session:
        row = session.get(UserRow, person.user_id)
        return row.digest if row else ""
