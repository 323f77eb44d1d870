"""Passwords: argon2id (RFC 9106), and what checks them."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlmodel import select

from mailguard.core.errors import InputError
from mailguard.core.ids import new_token
from mailguard.core.person import Person
from mailguard.store.guessing import count_failure, count_success, is_locked, network_of
from mailguard.store.people.rows import person_of
from mailguard.store.store import Store
from mailguard.store.tables.people import UserRow

MIN_PASSWORD = 10
"""Characters; length is what resists guessing (NIST SP 800-63B, section 5.1.1)."""
_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """What is kept of a password. Raises InputError for one that is too short."""
    if len(password) < MIN_PASSWORD:
        raise InputError(f"the password has {len(password)} characters; at least {MIN_PASSWORD} are needed")
    return _hasher.hash(password)


def check_password(store: Store, name: str, password: str, *, peer: str = "", act: str = "login") -> Person | None:
    """The person, when name and password are right; None otherwise, without saying which was wrong.

    `peer` is the client's network address. Wrong guesses lock the name for that network, and many of them more widely
    (`store.guessing`); every failure is audited, and what the password was right for, the `act`.
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
        store.audit.append(session, act, actor=row.name, at=now)
        return person_of(session, row)


def _matches(password_hash: str | None, password: str) -> bool:
    try:
        # Asked for whether the name is known or not, so that both take the same time.
        nobody = _nobody()
        right = _hasher.verify(password_hash or nobody, password)
    except (VerificationError, InvalidHashError):
        return False
    return right and password_hash is not None


@cache
def _nobody() -> str:
    """Checked when the name is unknown, so that an unknown name takes as long as a wrong password.

    Made when first asked for: it takes 0.2 s, which most commands need not wait for.
    """
    return _hasher.hash(new_token())
