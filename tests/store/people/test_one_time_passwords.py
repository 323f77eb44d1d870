"""One-time passwords: the secret is sealed, none is taken twice, guessing is slow."""

from datetime import timedelta

import pyotp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from mailguard.core.errors import InputError
from mailguard.core.secret import Secret
from mailguard.store.keys.rotation import rotate
from mailguard.store.people.one_time_passwords import begin_totp, check_totp, confirm_totp, unconfirmed_totp
from mailguard.store.people.second_factors import remove_totp, second_factors
from mailguard.store.store import Store
from mailguard.store.tables.audit import AuditRow
from mailguard.store.tables.logins import TotpRow
from tests.conftest import TurnableClock
from tests.store.people.persons import add_anna


def _now(secret: Secret, clock: TurnableClock, steps: int = 0) -> str:
    return pyotp.TOTP(secret.reveal()).at(clock.now + timedelta(seconds=30 * steps))


def _enrol(store: Store, clock: TurnableClock) -> Secret:
    secret = begin_totp(store, add_anna(store))
    assert confirm_totp(store, add_anna(store), _now(secret, clock))
    clock.turn(seconds=30)
    return secret


def test_a_secret_counts_from_its_first_right_password_on(any_store: Store, clock: TurnableClock) -> None:
    """Until the person has shown that the telephone knows it, nobody is asked for it; afterwards nobody sees it."""
    anna = add_anna(any_store)
    secret = begin_totp(any_store, anna)
    assert not second_factors(any_store, anna).any
    assert unconfirmed_totp(any_store, anna) == secret
    assert not check_totp(any_store, anna, _now(secret, clock))
    assert not confirm_totp(any_store, anna, "000000")
    assert confirm_totp(any_store, anna, _now(secret, clock))
    assert second_factors(any_store, anna).totp
    assert unconfirmed_totp(any_store, anna) is None
    with pytest.raises(InputError, match="already"):
        begin_totp(any_store, anna)


def test_no_password_is_taken_twice(any_store: Store, clock: TurnableClock) -> None:
    """What was looked over a shoulder is worth nothing, nor is an earlier step once a later one was used."""
    secret, anna = _enrol(any_store, clock), add_anna(any_store)
    right = _now(secret, clock)
    assert check_totp(any_store, anna, right)
    assert not check_totp(any_store, anna, right)
    assert not check_totp(any_store, anna, _now(secret, clock, -1))
    clock.turn(seconds=30)
    assert check_totp(any_store, anna, _now(secret, clock))


def test_a_secret_that_nobody_confirms_is_forgotten(store: Store, clock: TurnableClock) -> None:
    """A quarter of an hour after it was made it is neither shown nor taken: an open screen may have shown it."""
    anna = add_anna(store)
    secret = begin_totp(store, anna)
    clock.turn(minutes=16)
    assert unconfirmed_totp(store, anna) is None
    assert not confirm_totp(store, anna, _now(secret, clock))
    assert begin_totp(store, anna) != secret


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_off_by_one_step(store: Store, clock: TurnableClock, steps: int, taken: bool) -> None:
    """Thirty seconds either way, and no more."""
    secret = _enrol(store, clock)
    clock.turn(minutes=5)
    assert check_totp(store, add_anna(store), _now(secret, clock, steps)) is taken


def test_spaces_are_forgiven_and_nothing_else(store: Store, clock: TurnableClock) -> None:
    """Telephones show `123 456`; digits of other scripts are digits to Python and not here."""
    secret, anna = _enrol(store, clock), add_anna(store)
    right = _now(secret, clock)
    arabic = right.translate({ord("0") + n: 0x660 + n for n in range(10)})
    assert not check_totp(store, anna, arabic)
    assert check_totp(store, anna, f" {right[:3]} {right[3:]}\n")


def test_guessing_locks_longer_each_time(store: Store, clock: TurnableClock) -> None:
    """Five wrong ones lock for five minutes, the next five for ten; a right one while locked is worth nothing."""
    secret, anna = _enrol(store, clock), add_anna(store)
    for minutes in (5, 10, 20):
        for _ in range(5):
            assert not check_totp(store, anna, "12345")
        assert not check_totp(store, anna, _now(secret, clock))
        clock.turn(minutes=minutes - 1)
        assert not check_totp(store, anna, _now(secret, clock))
        clock.turn(minutes=1, seconds=1)
    assert check_totp(store, anna, _now(secret, clock))
    for _ in range(4):
        check_totp(store, anna, "12345")
    assert check_totp(store, anna, _now(secret, clock, 1))


def test_in_a_month_no_more_than_some_hundred_guesses_are_looked_at(store: Store, clock: TurnableClock) -> None:
    """Somebody who knows the password tries every six hours, five at a time: the locks leave a chance in a thousand."""
    _enrol(store, clock)
    anna = add_anna(store)
    for _ in range(30 * 4):
        for _ in range(5):
            check_totp(store, anna, "12345")
            if _locked(store, clock):
                break
        clock.turn(hours=6)
    with store.reading() as session:
        assert session.exec(select(TotpRow)).one().failures * 3 < 1_000_000 / 1000


def _locked(store: Store, clock: TurnableClock) -> bool:
    with store.reading() as session:
        until = session.exec(select(TotpRow)).one().locked_until
    return until is not None and until > clock.now


def test_the_secret_is_sealed_and_follows_a_rotation(any_store: Store, clock: TurnableClock) -> None:
    """It stands nowhere in the database, opens for this user alone, and still opens when the old key is gone."""
    secret = _enrol(any_store, clock)
    with any_store.reading() as session:
        row = session.exec(select(TotpRow)).one()
        assert secret.reveal().encode() not in row.sealed
        assert secret.reveal() not in str([entry.details for entry in session.exec(select(AuditRow))])
        before = row.key_id
    done = rotate(any_store, "adam", lambda done, total: None, node="here")
    assert (done.bodies, done.dropped) == (1, (before,))
    assert check_totp(any_store, add_anna(any_store), _now(secret, clock))


def test_removed_is_removed(store: Store, clock: TurnableClock) -> None:
    """Removed, no password of it is taken, and a new secret can be made."""
    secret, anna = _enrol(store, clock), add_anna(store)
    assert remove_totp(store, anna)
    assert not remove_totp(store, anna)
    assert not check_totp(store, anna, _now(secret, clock))
    assert begin_totp(store, anna) != secret


@given(text=st.text(max_size=30))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_is_a_password_by_chance(store: Store, clock: TurnableClock, text: str) -> None:
    """Whatever is typed, only the right six digits are taken, and nothing ends in an error."""
    clock.turn(days=1)
    if unconfirmed_totp(store, add_anna(store)) is None:
        begin_totp(store, add_anna(store))
    secret = unconfirmed_totp(store, add_anna(store))
    assert secret is not None
    near = {_now(secret, clock, steps) for steps in (-1, 0, 1)}
    if "".join(text.split()) not in near:
        assert not confirm_totp(store, add_anna(store), text)
