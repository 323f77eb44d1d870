"""People, their passwords, sessions and tokens. Passwords are argon2id (RFC 9106); tokens are kept as digests only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlmodel import Session, col, delete, select

from mailguard.core.address import canonical, is_plain
from mailguard.core.errors import InputError
from mailguard.core.ids import new_token
from mailguard.core.person import Person, Role
from mailguard.store.guessing import count_failure, count_success, forget_failures, is_locked, network_of
from mailguard.store.store import Store
from mailguard.store.tables import SessionRow, TokenRow, UserAddressRow, UserRow

MIN_PASSWORD = 10
"""Characters; length is what resists guessing (NIST SP 800-63B, section 5.1.1)."""
_LONGEST_LOGIN = timedelta(hours=12)
_hasher = PasswordHasher()


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


def add_user(
    store: Store,
    name: str,
    *,
    email: str,
    role: Role,
    password: str | None,
    aliases: Sequence[str] = (),
    by: str = "command line",
) -> Person:
    """Make a user, or change the one of that name, who is let in again if disabled.

    Raises InputError for a weak password or an odd address.
    """
    for address in (email, *aliases):
        if not is_plain(address):
            raise InputError(f"{address!r} is no plain mail address")
    if password is not None and len(password) < MIN_PASSWORD:
        raise InputError(f"the password has {len(password)} characters; at least {MIN_PASSWORD} are needed")
    now = store.clock()
    with store.writing() as session:
        row = session.exec(select(UserRow).where(UserRow.name == name)).one_or_none()
        known = row is not None
        if row is None:
            row = UserRow(name=name, email=email, role=role, created_at=now)
        row.email, row.role, row.disabled = email, role, False
        if password is not None:
            row.password_hash = _hasher.hash(password)
        session.add(row)
        session.flush()
        user_id = _id(row)
        session.exec(delete(UserAddressRow).where(col(UserAddressRow.user_id) == user_id))
        if password is not None:
            forget_failures(session, row)
            session.exec(delete(SessionRow).where(col(SessionRow.user_id) == user_id))
        session.add_all(
            UserAddressRow(user_id=user_id, address=address)
            for address in sorted({canonical(a) for a in (email, *aliases)})
        )
        act = "user changed" if known else "user added"
        store.audit.append(session, act, actor=by, at=now, details={"user": name, "role": role})
        session.flush()
        return _person(session, row)


def check_password(store: Store, name: str, password: str, *, peer: str = "") -> Person | None:
    """The person, when name and password are right; None otherwise, without saying which was wrong.

    `peer` is the client's network address. Wrong guesses lock the name for that network, and many of them more widely
    (`store.guessing`); every login and failure is audited.
    """
    with store.reading() as session:
        row = session.exec(select(UserRow).where(UserRow.name == name)).one_or_none()
    now, network = store.clock(), network_of(peer)
    checked = row.password_hash if row else None
    right = _matches(checked, password)
    with store.writing() as session:
        # Looked at again: of many guesses at one moment, all but five find the name locked, the right one too.
        row = session.exec(select(UserRow).where(UserRow.name == name).with_for_update()).one_or_none()
        locked = row is not None and is_locked(session, row, network, now)
        if row is None or row.disabled or locked or not right or row.password_hash != checked:
            if row is not None and not locked:
                count_failure(session, row, network, now)
            # An unknown name is not written down: people type their password into the wrong field.
            actor = row.name if row else "(unknown)"
            store.audit.append(session, "login failed", actor=actor, at=now)
            return None
        count_success(session, row, network, now)
        store.audit.append(session, "login", actor=row.name, at=now)
        return _person(session, row)


def issue_token(store: Store, name: str, *, by: str = "command line") -> str:
    """A new API token for the user; shown once, kept as a digest. Raises InputError for an unknown name."""
    token = new_token()
    now = store.clock()
    with store.writing() as session:
        row = _known(session, name)
        session.add(TokenRow(digest=_digest(token), user_id=_id(row), created_at=now))
        store.audit.append(session, "token issued", actor=by, at=now, details={"user": name})
    return token


def revoke_tokens(store: Store, name: str, *, by: str = "command line") -> int:
    """Make every API token of the user worthless; gives their number. Raises InputError for an unknown name."""
    with store.writing() as session:
        return _revoke_tokens(store, session, _known(session, name), by)


def disable_user(store: Store, name: str, *, by: str = "command line") -> None:
    """Lock a user out at once: no login, no session, no token. Raises InputError for an unknown name.

    The person stays on record with all addresses: what they sent and decided is still theirs.
    """
    with store.writing() as session:
        row = _known(session, name)
        row.disabled = True
        session.add(row)
        session.exec(delete(SessionRow).where(col(SessionRow.user_id) == row.id))
        _revoke_tokens(store, session, row, by)
        store.audit.append(session, "user disabled", actor=by, at=store.clock(), details={"user": name})


def person_of_token(store: Store, token: str) -> Person | None:
    """The person to whom an API token belongs."""
    with store.reading() as session:
        row = session.get(TokenRow, _digest(token))
        user = session.get(UserRow, row.user_id) if row else None
        return _person(session, user) if user and not user.disabled else None


def open_session(store: Store, person: Person) -> NewSession:
    """Begin a login. The cookie's value is always new: one that was set before the login is worth nothing."""
    new = NewSession(new_token(), new_token())
    now = store.clock()
    with store.writing() as session:
        # Browsers that were closed never log out.
        session.exec(delete(SessionRow).where(col(SessionRow.created_at) < now - _LONGEST_LOGIN))
        session.add(
            SessionRow(
                digest=_digest(new.cookie_value),
                user_id=person.user_id,
                csrf_token=new.csrf_token,
                created_at=now,
                last_seen_at=now,
            )
        )
    return new


def person_of_session(store: Store, cookie_value: str, minutes: int) -> SessionView | None:
    """Who is logged in with that cookie, unless idle for longer than `minutes`, or logged in for 12 hours."""
    now = store.clock()
    with store.reading() as session:
        row = session.get(SessionRow, _digest(cookie_value))
        if row is None:
            return None
        idle = now - row.last_seen_at
        if idle > timedelta(minutes=minutes) or now - row.created_at > _LONGEST_LOGIN:
            return None
        user = session.get(UserRow, row.user_id)
        if user is None or user.disabled:
            return None
        view = SessionView(_person(session, user), row.csrf_token)
    if idle > timedelta(minutes=1):
        # Not at every request: looking at pages should not make the disk busy.
        with store.writing() as session:
            row = session.get(SessionRow, _digest(cookie_value))
            if row is not None:
                row.last_seen_at = now
                session.add(row)
    return view


def close_session(store: Store, cookie_value: str) -> None:
    """Log out."""
    with store.writing() as session:
        session.exec(delete(SessionRow).where(col(SessionRow.digest) == _digest(cookie_value)))


def people(store: Store, role: Role | None = None) -> list[Person]:
    """All users that are not disabled, of one role or all."""
    with store.reading() as session:
        return people_in(session, role)


def people_in(session: Session, role: Role | None = None) -> list[Person]:
    """The same inside a transaction that is already open."""
    query = select(UserRow).where(col(UserRow.disabled).is_(False)).order_by(UserRow.name)
    if role is not None:
        query = query.where(UserRow.role == role)
    return [_person(session, row) for row in session.exec(query)]


def _known(session: Session, name: str) -> UserRow:
    row = session.exec(select(UserRow).where(UserRow.name == name)).one_or_none()
    if row is None:
        raise InputError(f"there is no user {name!r}; add one with: mailguard users add")
    return row


def _revoke_tokens(store: Store, session: Session, row: UserRow, by: str) -> int:
    revoked: int = session.exec(delete(TokenRow).where(col(TokenRow.user_id) == row.id)).rowcount
    details = {"user": row.name, "tokens": revoked}
    store.audit.append(session, "tokens revoked", actor=by, at=store.clock(), details=details)
    return revoked


def _person(session: Session, row: UserRow) -> Person:
    addresses = session.exec(select(UserAddressRow.address).where(UserAddressRow.user_id == row.id)).all()
    return Person(_id(row), row.name, row.email, Role(row.role), tuple(addresses))


def _id(row: UserRow) -> int:
    if row.id is None:
        raise InputError(f"user {row.name!r} has not been saved")
    return row.id


def _matches(password_hash: str | None, password: str) -> bool:
    try:
        # Asked for whether the name is known or not, so that both take the same time.
        nobody = _nobody()
        right = _hasher.verify(password_hash or nobody, password)
    except (VerificationError, InvalidHashError):
        return False
    return right and password_hash is not None


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


@cache
def _nobody() -> str:
    """Checked when the name is unknown, so that an unknown name takes as long as a wrong password.

    Made when first asked for: it takes 0.2 s, which most commands need not wait for.
    """
    return _hasher.hash(new_token())
