"""Logins that are open: listed, ended, and verified anew."""

from datetime import timedelta

from mailguard.core.person import Role
from mailguard.store import people
from mailguard.store.people.challenges import spend_challenge
from mailguard.store.people.recovery_codes import new_recovery_codes
from mailguard.store.people.second_factors import reset_second_factors, second_factors
from mailguard.store.people.sessions import (
    end_sessions,
    list_sessions,
    open_session,
    park_form,
    parked_form,
    person_of_session,
    verify_session,
)
from mailguard.store.store import Store
from tests.conftest import TurnableClock
from tests.store.people.persons import add_anna


def test_verified_anew_the_login_goes_on_under_a_new_cookie(any_store: Store, clock: TurnableClock) -> None:
    """The old cookie is worth nothing, the forms of other windows still are, and what was parked is there."""
    anna = add_anna(any_store)
    old = open_session(any_store, anna, peer="192.0.2.7")
    park_form(any_store, old.cookie_value, "sealed")
    clock.turn(minutes=20)
    new = verify_session(any_store, old.cookie_value)
    assert new is not None
    assert new.csrf_token == old.csrf_token
    assert person_of_session(any_store, old.cookie_value, 60) is None
    view = person_of_session(any_store, new.cookie_value, 60)
    assert view is not None
    assert view.verified_at == clock.now
    assert parked_form(any_store, new.cookie_value) == "sealed"
    assert verify_session(any_store, old.cookie_value) is None


def test_a_second_factor_makes_the_login_whole(store: Store) -> None:
    """Cookie and form token are new, and it awaits nothing more."""
    half = open_session(store, add_anna(store), awaits_second=True)
    view = person_of_session(store, half.cookie_value, 60)
    assert view is not None
    assert view.awaits_second
    whole = verify_session(store, half.cookie_value, "totp")
    assert whole is not None
    assert whole.csrf_token != half.csrf_token
    view = person_of_session(store, whole.cookie_value, 60)
    assert view is not None
    assert (view.awaits_second, view.method) == (False, "totp")


def test_a_login_does_not_last_longer_for_being_verified(store: Store, clock: TurnableClock) -> None:
    """Twelve hours after the login it is over, whatever was shown meanwhile."""
    cookie = open_session(store, add_anna(store)).cookie_value
    for _ in range(12):
        clock.turn(minutes=59)
        new = verify_session(store, cookie)
        assert new is not None
        cookie = new.cookie_value
    clock.turn(minutes=13)
    assert person_of_session(store, cookie, 60) is None


def test_people_see_and_end_their_own_logins(any_store: Store, clock: TurnableClock) -> None:
    """Each with its network and when it was last seen; nobody ends another's."""
    anna = add_anna(any_store)
    bo = people.add_user(any_store, "bo", email="bo@operator.example", role=Role.OPS, password=None)
    office = open_session(any_store, anna, peer="192.0.2.7")
    clock.turn(minutes=5)
    phone = open_session(any_store, anna, method="passkey", peer="2001:db8::7")
    bos = open_session(any_store, bo)
    listed = list_sessions(any_store, anna, office.cookie_value, 60)
    assert [(one.network, one.method, one.is_this) for one in listed] == [
        ("2001:db8::/64", "passkey", False),
        ("192.0.2.7", "password", True),
    ]
    assert end_sessions(any_store, bo, bos.cookie_value, listed[0].key) == 0
    assert end_sessions(any_store, anna, office.cookie_value, listed[0].key) == 1
    assert person_of_session(any_store, phone.cookie_value, 60) is None
    open_session(any_store, anna)
    assert end_sessions(any_store, anna, office.cookie_value) == 1
    assert person_of_session(any_store, office.cookie_value, 60) is not None
    assert person_of_session(any_store, bos.cookie_value, 60) is not None


def test_a_reset_ends_everything(store: Store) -> None:
    """Who lost the telephone logs in by password again, and whoever has it is out."""
    anna = add_anna(store)
    new_recovery_codes(store, anna)
    cookie = open_session(store, anna).cookie_value
    reset_second_factors(store, "anna")
    assert second_factors(store, anna).recovery_codes == 0
    assert person_of_session(store, cookie, 60) is None


def test_a_challenge_is_answered_once(any_store: Store, clock: TurnableClock) -> None:
    """The second answer to one challenge counts for nothing; what is too old to be answered is forgotten."""
    hour = timedelta(hours=1)
    assert spend_challenge(any_store, "first", hour)
    assert not spend_challenge(any_store, "first", hour)
    assert spend_challenge(any_store, "second", hour)
    clock.turn(minutes=61)
    assert spend_challenge(any_store, "first", hour)
