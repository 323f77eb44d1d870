"""People: passwords, lock-out, sessions, tokens."""

import pytest
from argon2 import PasswordHasher
from sqlmodel import col, select

from mailguard.core.errors import InputError
from mailguard.core.person import Person, Role
from mailguard.store import people
from mailguard.store.guessing import network_of
from mailguard.store.people import passwords
from mailguard.store.store import Store
from mailguard.store.tables.audit import AuditRow
from mailguard.store.tables.logins import LoginNetworkRow, SessionRow
from mailguard.store.tables.people import UserRow
from tests.conftest import TurnableClock

PASSWORD = "correct horse battery"


def _anna(store: Store) -> Person:
    return people.add_user(
        store,
        "anna",
        email="Anna@Operator.example",
        role=Role.SUPERVISOR,
        password=PASSWORD,
        aliases=["sales@operator.example"],
    )


def test_right_password_gives_the_person_with_every_address(any_store: Store) -> None:
    """The person that logs in carries the addresses that four eyes compares."""
    _anna(any_store)
    person = people.check_password(any_store, "anna", PASSWORD)
    assert person is not None
    assert person.role is Role.SUPERVISOR
    assert {"anna@operator.example", "sales@operator.example"} <= set(person.addresses)


def test_wrong_password_unknown_name_and_disabled_are_alike(store: Store) -> None:
    """Nothing tells a guesser whether the name exists."""
    _anna(store)
    assert people.check_password(store, "anna", "wrong") is None
    assert people.check_password(store, "nobody", PASSWORD) is None


def test_five_wrong_guesses_lock_the_name_for_five_minutes(store: Store, clock: TurnableClock) -> None:
    """After five failures even the right password waits, and then works again."""
    _anna(store)
    for _ in range(5):
        assert people.check_password(store, "anna", "wrong") is None
    assert people.check_password(store, "anna", PASSWORD) is None
    clock.turn(minutes=6)
    assert people.check_password(store, "anna", PASSWORD) is not None


def test_nobody_is_kept_out_from_elsewhere(any_store: Store) -> None:
    """Wrong guesses from one network lock the name there, and the person logs in from another."""
    _anna(any_store)
    for _ in range(7):
        assert people.check_password(any_store, "anna", "wrong", peer="198.51.100.7") is None
    assert people.check_password(any_store, "anna", PASSWORD, peer="198.51.100.7") is None
    assert people.check_password(any_store, "anna", PASSWORD, peer="192.0.2.1") is not None


def test_many_networks_lock_the_name_but_not_the_persons_own(store: Store, clock: TurnableClock) -> None:
    """Fifty wrong guesses from anywhere lock the name for an hour, but for networks that the person logs in from."""
    _anna_with_a_cheap_hash(store)
    assert people.check_password(store, "anna", PASSWORD, peer="192.0.2.1") is not None
    for number in range(50):
        people.check_password(store, "anna", "wrong", peer=f"198.51.100.{number}")
    assert people.check_password(store, "anna", PASSWORD, peer="203.0.113.9") is None
    assert people.check_password(store, "anna", PASSWORD, peer="192.0.2.1") is not None
    # Logging in at home opens nothing elsewhere.
    assert people.check_password(store, "anna", PASSWORD, peer="203.0.113.9") is None
    clock.turn(minutes=61)
    assert people.check_password(store, "anna", PASSWORD, peer="203.0.113.9") is not None


def test_guessing_is_slow_from_however_many_networks(store: Store, clock: TurnableClock) -> None:
    """In a day of trying every half minute from ever new networks, no more than fifty guesses an hour are looked at."""
    _anna_with_a_cheap_hash(store)
    looked_at = 0
    for number in range(600):
        before = _failures(store)
        people.check_password(store, "anna", "wrong", peer=f"2001:db8:{number:x}::1")
        looked_at += _failures(store) - before
        clock.turn(seconds=30)
    assert looked_at <= 50 * 5


def test_one_site_is_one_guesser(store: Store) -> None:
    """A site has a whole /64 of IPv6 addresses: all of them are one network, and a mapped IPv4 address is itself."""
    assert network_of("2001:db8:1:2::7") == network_of("2001:db8:1:2:ffff::1") != network_of("2001:db8:1:3::7")
    assert network_of("::ffff:192.0.2.1") == network_of("192.0.2.1") == "192.0.2.1"
    assert network_of("fe80::1%eth0") == "fe80::/64"
    assert network_of("x" * 500) == "x" * 64


def test_what_guessers_leave_behind_goes(store: Store, clock: TurnableClock) -> None:
    """A day later the networks of strangers are forgotten at the person's next login."""
    _anna_with_a_cheap_hash(store)
    for number in range(10):
        people.check_password(store, "anna", "wrong", peer=f"198.51.100.{number}")
    clock.turn(hours=25)
    assert people.check_password(store, "anna", PASSWORD, peer="192.0.2.1") is not None
    assert _networks(store) == ["192.0.2.1"]


def test_a_new_password_forgets_the_guesses(store: Store) -> None:
    """Who was locked out gets in with the password that an admin has set."""
    _anna(store)
    for _ in range(5):
        people.check_password(store, "anna", "wrong", peer="192.0.2.1")
    _anna(store)
    assert people.check_password(store, "anna", PASSWORD, peer="192.0.2.1") is not None


def test_sessions_that_are_over_are_removed(store: Store, clock: TurnableClock) -> None:
    """Browsers that were closed never log out: their rows go at somebody's next login."""
    person = _anna(store)
    for _ in range(3):
        people.open_session(store, person)
    clock.turn(hours=13)
    new = people.open_session(store, person)
    with store.reading() as session:
        assert len(session.exec(select(SessionRow)).all()) == 1
    assert people.person_of_session(store, new.cookie_value, 60) is not None


def _anna_with_a_cheap_hash(store: Store) -> None:
    # The parameters stand in the hash, and hundreds of guesses are checked.
    _anna(store)
    with store.writing() as session:
        row = session.exec(select(UserRow)).one()
        row.password_hash = PasswordHasher(time_cost=1, memory_cost=64).hash(PASSWORD)
        session.add(row)


def _failures(store: Store) -> int:
    with store.reading() as session:
        return sum(row.failures for row in session.exec(select(LoginNetworkRow)))


def _networks(store: Store) -> list[str]:
    with store.reading() as session:
        return [row.network for row in session.exec(select(LoginNetworkRow))]


def test_guesses_at_one_moment_are_counted_too(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A right guess that was on its way while the name was locked by others is as good as a wrong one."""
    _anna(store)
    ask = passwords._matches

    def slowly(password_hash: str | None, password: str) -> bool:
        if password == PASSWORD:
            for _ in range(5):
                people.check_password(store, "anna", "wrong")
        return ask(password_hash, password)

    monkeypatch.setattr(passwords, "_matches", slowly)
    assert people.check_password(store, "anna", PASSWORD) is None


def test_disabled_user_is_out_at_once(any_store: Store) -> None:
    """No password, session or token of theirs is worth anything; who they are stays on record; added again, they log
    in."""
    person = _anna(any_store)
    cookie = people.open_session(any_store, person).cookie_value
    token = people.issue_token(any_store, "anna")
    people.disable_user(any_store, "anna")
    assert people.check_password(any_store, "anna", PASSWORD) is None
    assert people.person_of_session(any_store, cookie, 60) is None
    assert people.person_of_token(any_store, token) is None
    assert people.people(any_store) == []
    assert _anna(any_store).user_id == person.user_id
    assert people.check_password(any_store, "anna", PASSWORD) is not None
    assert people.person_of_token(any_store, token) is None
    assert people.person_of_session(any_store, cookie, 60) is None


def test_tokens_are_revoked(any_store: Store) -> None:
    """A token that got lost is ended by name, with every other one of that person."""
    _anna(any_store)
    tokens = [people.issue_token(any_store, "anna") for _ in range(2)]
    assert people.revoke_tokens(any_store, "anna") == 2
    assert [people.person_of_token(any_store, token) for token in tokens] == [None, None]
    with pytest.raises(InputError, match="no user"):
        people.revoke_tokens(any_store, "nobody")


def test_the_trail_tells_what_was_changed_of_a_person(store: Store) -> None:
    """Addresses decide who is a second person, and a password that another sets is a way in: both are on record."""
    _anna(store)
    people.add_user(store, "anna", email="anna@operator.example", role=Role.OPS, password=None, by="adam")
    with store.reading() as session:
        added, changed = session.exec(select(AuditRow).order_by(col(AuditRow.seq))).all()
    assert added.details["addresses"] == ["anna@operator.example", "sales@operator.example"]
    assert (changed.actor, changed.details["addresses"]) == ("adam", ["anna@operator.example"])
    assert (added.details["password_set"], changed.details["password_set"]) == (True, False)
    assert PASSWORD not in str(added.details)


def test_weak_password_is_refused(store: Store) -> None:
    """Nine characters are too few, and nothing is stored."""
    with pytest.raises(InputError, match="at least 10"):
        people.add_user(store, "bo", email="bo@operator.example", role=Role.OPS, password="short")
    assert people.people(store) == []


def test_token_is_known_by_its_digest_only(store: Store) -> None:
    """The token opens the API, and its text is nowhere in the database."""
    _anna(store)
    token = people.issue_token(store, "anna")
    person = people.person_of_token(store, token)
    assert person is not None
    assert person.name == "anna"
    assert people.person_of_token(store, token + "x") is None
    with store.reading() as session:
        dump = "\n".join(session.connection().connection.driver_connection.iterdump())  # type: ignore[union-attr]
    assert token not in dump


def test_session_ends_when_idle_when_closed_and_when_the_password_changes(store: Store, clock: TurnableClock) -> None:
    """A cookie is good only while its owner is there."""
    person = _anna(store)
    first = people.open_session(store, person)
    assert people.person_of_session(store, first.cookie_value, 60) is not None
    clock.turn(minutes=50)
    assert people.person_of_session(store, first.cookie_value, 60) is not None
    clock.turn(minutes=50)
    assert people.person_of_session(store, first.cookie_value, 60) is not None
    clock.turn(minutes=61)
    assert people.person_of_session(store, first.cookie_value, 60) is None
    second = people.open_session(store, person)
    people.close_session(store, second.cookie_value)
    assert people.person_of_session(store, second.cookie_value, 60) is None
    third = people.open_session(store, person)
    _anna(store)
    assert people.person_of_session(store, third.cookie_value, 60) is None
