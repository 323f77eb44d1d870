"""Time-based one-time passwords (TOTP, RFC 6238) as a second factor. The shared secret is sealed like a held body."""

import hmac
from datetime import datetime, timedelta

import pyotp
from sqlmodel import Session

from mailguard.core.errors import InputError
from mailguard.core.person import Person
from mailguard.core.secret import Secret
from mailguard.store.keys.sealing import Sealed
from mailguard.store.store import Store
from mailguard.store.tables.logins import TotpRow

DIGITS = 6
_STEP = 30
"""Seconds (RFC 6238, section 5.2)."""
_DRIFT = 1
"""Steps that a telephone's clock may be off, either way."""
_ENROLMENT = timedelta(minutes=15)
"""A secret that is not confirmed by then is shown and taken no more: somebody else may have seen it meanwhile."""
_FREE_GUESSES = 5
_FIRST_LOCK = timedelta(minutes=5)
_LONGEST_LOCK = timedelta(days=1)
"""Each lock is twice as long as the one before. So whoever has the password gets some 40 guesses on the first day and 5
on each later one: in a year one chance in 180 of meeting one of three right passwords in a million."""


def begin_totp(store: Store, person: Person) -> Secret:
    """A new shared secret, to be confirmed by its first password; gives it in base 32, for the person's telephone.

    Raises InputError while one is in force: it is removed first.
    """
    secret = pyotp.random_base32()
    with store.writing() as session:
        row = session.get(TotpRow, person.user_id)
        if row is not None and row.confirmed_at is not None:
            raise InputError("one-time passwords are set up already; remove them first")
        if row is not None:
            session.delete(row)
            session.flush()
        # By the key that is in use when this commits: a rotation that goes by now would forget the one before.
        sealer = store.sealer.follow(store.key_in_use(session.connection()))
        sealed = sealer.seal(secret.encode(), **bound_to(person.user_id))
        session.add(
            TotpRow(
                user_id=person.user_id,
                key_id=sealed.key_id,
                wrapped_key=sealed.wrapped_key,
                sealed=sealed.sealed,
                made_at=store.clock(),
            )
        )
    return Secret(secret)


def unconfirmed_totp(store: Store, person: Person) -> Secret | None:
    """The shared secret that waits for its first password; once that was given, it is shown to nobody."""
    with store.reading() as session:
        row = session.get(TotpRow, person.user_id)
        waits = row is not None and row.confirmed_at is None and store.clock() - row.made_at <= _ENROLMENT
        return _secret_of(store, row) if row is not None and waits else None


def has_totp(session: Session, user_id: int) -> bool:
    """Whether one-time passwords are in force for the user."""
    row = session.get(TotpRow, user_id)
    return row is not None and row.confirmed_at is not None


def confirm_totp(store: Store, person: Person, password: str) -> bool:
    """Put the new secret in force by its first password; whether that was right."""
    return _check(store, person, password, first=True)


def check_totp(store: Store, person: Person, password: str) -> bool:
    """Whether the one-time password is right, was never used before, and guessing is not locked. It is used now."""
    return _check(store, person, password, first=False)


def bound_to(user_id: int) -> dict[str, str]:
    """What a sealed secret opens for alone, in the words of `store.keys.sealing`."""
    return {"case_id": f"user {user_id}", "digest": "one-time password"}


def _check(store: Store, person: Person, password: str, *, first: bool) -> bool:
    now = store.clock()
    with store.writing() as session:
        row = session.get(TotpRow, person.user_id, with_for_update=True)
        if row is None or (row.confirmed_at is None) is not first or (first and now - row.made_at > _ENROLMENT):
            return False
        locked = row.locked_until is not None and row.locked_until > now
        step = None if locked else _step_of(_secret_of(store, row), "".join(password.split()), row.last_step, now)
        if step is None:
            if not locked:
                _count_failure(row, now)
            store.audit.append(session, "second factor failed", actor=person.name, at=now, details={"method": "totp"})
        else:
            row.last_step, row.failures, row.locked_until = step, 0, None
            row.confirmed_at = row.confirmed_at or now
            act = "second factor enrolled" if first else "second factor passed"
            store.audit.append(session, act, actor=person.name, at=now, details={"method": "totp"})
        session.add(row)
        return step is not None


def _step_of(secret: Secret, password: str, last_step: int, now: datetime) -> int | None:
    """The step whose password it is, if that is later than `last_step`."""
    if not (password.isascii() and password.isdigit() and len(password) == DIGITS):
        return None
    totp, this = pyotp.TOTP(secret.reveal(), digits=DIGITS, interval=_STEP), int(now.timestamp()) // _STEP
    found = None
    for step in range(this - _DRIFT, this + _DRIFT + 1):
        if hmac.compare_digest(totp.generate_otp(step), password) and step > last_step:
            found = step
    return found


def _count_failure(row: TotpRow, now: datetime) -> None:
    row.failures += 1
    rounds, rest = divmod(row.failures, _FREE_GUESSES)
    if rest == 0:
        row.locked_until = now + min(_LONGEST_LOCK, _FIRST_LOCK * 2 ** min(rounds - 1, 16))


def _secret_of(store: Store, row: TotpRow) -> Secret:
    sealed = Sealed(row.key_id, row.wrapped_key, row.sealed)
    return Secret(store.sealer.open(sealed, **bound_to(row.user_id)).decode())
