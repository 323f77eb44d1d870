"""Logins at the desk, each behind a cookie that only its browser knows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, delete, select

from mailguard.core.ids import new_token
from mailguard.core.person import Person, Role
from mailguard.store.guessing import network_of
from mailguard.store.people.rows import person_of
from mailguard.store.people.tokens import digest_of
from mailguard.store.store import Store
from mailguard.store.tables.logins import SessionRow
from mailguard.store.tables.people import UserRow

_LONGEST_LOGIN = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class NewSession:
    """A login that has just begun; the cookie's value is known to the browser alone."""

    cookie_value: str
    csrf_token: str


@dataclass(frozen=True, slots=True)
class SessionView:
    """A login that goes on."""

    person: Person
    csrf_token: str
    method: str = "password"
    """How the person logged in: `password`, `totp`, `recovery`, `passkey` or `oidc`."""
    awaits_second: bool = False
    """The second factor is still to come: it opens no page but those that ask for it."""
    verified_at: datetime | None = None
    """When the person last showed who they are."""


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One of a person's logins, as they see it listed."""

    key: str
    """Names it in a form, and opens nothing."""
    method: str
    network: str
    created_at: datetime
    last_seen_at: datetime
    is_this: bool


def open_session(
    store: Store, person: Person, *, method: str = "password", awaits_second: bool = False, peer: str = ""
) -> NewSession:
    """Begin a login. The cookie's value is always new: one that was set before the login is worth nothing.

    `peer` is the client's network address.
    """
    new = NewSession(new_token(), new_token())
    now = store.clock()
    with store.writing() as session:
        # Browsers that were closed never log out.
        session.exec(delete(SessionRow).where(col(SessionRow.created_at) < now - _LONGEST_LOGIN))
        session.add(
            SessionRow(
                digest=digest_of(new.cookie_value),
                user_id=person.user_id,
                csrf_token=new.csrf_token,
                created_at=now,
                last_seen_at=now,
                method=method,
                awaits_second=awaits_second,
                verified_at=now,
                network=network_of(peer),
            )
        )
    return new


def verify_session(store: Store, cookie_value: str, method: str | None = None) -> NewSession | None:
    """The person has shown anew who they are: the login goes on under a new cookie, and the old one is worth nothing.

    `method` is how the login counts from now on, where that changes: then it awaits nothing more, and forms of pages
    from before are stale. What was parked stays. None when the login is over.
    """
    now, value = store.clock(), new_token()
    with store.writing() as session:
        row = session.exec(select(SessionRow).where(SessionRow.digest == digest_of(cookie_value))).one_or_none()
        if row is None:
            return None
        kept = row.model_dump() | {"digest": digest_of(value), "verified_at": now, "last_seen_at": now}
        if method is not None:
            kept |= {"method": method, "awaits_second": False, "csrf_token": new_token()}
        # The digest is the primary key: a row of its own, so that a late request with the old cookie finds nothing.
        session.delete(row)
        session.flush()
        session.add(SessionRow(**kept))
        return NewSession(value, kept["csrf_token"])


def person_of_session(store: Store, cookie_value: str, minutes: int, *, touch: bool = True) -> SessionView | None:
    """Who is logged in with that cookie, unless idle for longer than `minutes`, or logged in for 12 hours.

    `touch` makes the minutes begin anew: not for what a page asks by itself, or an open page would never log out.
    """
    now = store.clock()
    with store.reading() as session:
        this = SessionRow.digest == digest_of(cookie_value)
        row = session.exec(select(SessionRow).where(this, *_going_on(now, minutes))).first()
        if row is None:
            return None
        idle = now - row.last_seen_at
        user = session.get(UserRow, row.user_id)
        if user is None or user.disabled:
            return None
        view = SessionView(person_of(session, user), row.csrf_token, row.method, row.awaits_second, row.verified_at)
    if touch and idle > timedelta(minutes=1):
        # Not at every request: looking at pages should not make the disk busy.
        with store.writing() as session:
            row = session.get(SessionRow, digest_of(cookie_value))
            if row is not None:
                row.last_seen_at = now
                session.add(row)
    return view


def park_form(store: Store, cookie_value: str, sealed: str | None) -> None:
    """Keep a sealed form with the login until its person has shown who they are; None: forget it."""
    with store.writing() as session:
        row = session.get(SessionRow, digest_of(cookie_value))
        if row is not None:
            row.parked = sealed
            session.add(row)


def parked_form(store: Store, cookie_value: str) -> str | None:
    """The form that is kept with the login."""
    with store.reading() as session:
        row = session.get(SessionRow, digest_of(cookie_value))
        return row.parked if row else None


def list_sessions(store: Store, person: Person, cookie_value: str, minutes: int) -> list[OpenSession]:
    """The person's logins that are open, the last seen first."""
    now, this = store.clock(), digest_of(cookie_value)
    with store.reading() as session:
        rows = session.exec(
            select(SessionRow)
            .where(SessionRow.user_id == person.user_id, *_going_on(now, minutes))
            .order_by(col(SessionRow.last_seen_at).desc(), col(SessionRow.digest))
        ).all()
    return [
        OpenSession(digest_of(r.digest), r.method, r.network, r.created_at, r.last_seen_at, r.digest == this)
        for r in rows
    ]


def end_sessions(store: Store, person: Person, cookie_value: str, key: str | None = None) -> int:
    """End the login that `key` names, or all of the person's but this one; gives their number."""
    this = digest_of(cookie_value)
    with store.writing() as session:
        query = select(SessionRow).where(SessionRow.user_id == person.user_id)
        ended = [
            row
            for row in session.exec(query)
            if (digest_of(row.digest) == key if key is not None else row.digest != this)
        ]
        for row in ended:
            session.delete(row)
        if ended:
            details = {"sessions": len(ended)}
            store.audit.append(session, "sessions ended", actor=person.name, at=store.clock(), details=details)
    return len(ended)


def end_sessions_of(session: Session, user_id: int) -> None:
    """End all logins of a user, inside a transaction that is already open."""
    session.exec(delete(SessionRow).where(col(SessionRow.user_id) == user_id))


def close_session(store: Store, cookie_value: str) -> None:
    """Log out."""
    with store.writing() as session:
        session.exec(delete(SessionRow).where(col(SessionRow.digest) == digest_of(cookie_value)))


def still_open(store: Store, digests: Iterable[str], minutes: int, roles: Iterable[Role]) -> set[str]:
    """Of these logins (`digest_of` their cookies) those that go on, of people who have one of these roles now.

    To ask does not prolong them.
    """
    now = store.clock()
    query = (
        select(SessionRow.digest)
        .join(UserRow, col(UserRow.id) == col(SessionRow.user_id))
        .where(col(SessionRow.digest).in_(sorted(digests)), *_going_on(now, minutes))
        .where(col(UserRow.disabled).is_(False), col(SessionRow.awaits_second).is_(False))
        .where(col(UserRow.role).in_(sorted(roles)))
    )
    with store.reading() as session:
        return set(session.exec(query))


def _going_on(now: datetime, minutes: int) -> tuple[ColumnElement[bool], ...]:
    """Conditions of a login that is not over: idle no longer than that, and not begun too long ago."""
    return (
        col(SessionRow.last_seen_at) >= now - timedelta(minutes=minutes),
        col(SessionRow.created_at) >= now - _LONGEST_LOGIN,
    )
