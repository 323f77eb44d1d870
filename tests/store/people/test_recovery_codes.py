"""Recovery codes: ten, each good once, for their owner alone."""

from mailguard.core.person import Role
from mailguard.store import people
from mailguard.store.people.recovery_codes import new_recovery_codes, use_recovery_code
from mailguard.store.people.second_factors import second_factors
from mailguard.store.store import Store
from tests.store.people.persons import add_anna


def test_each_code_is_good_once(any_store: Store) -> None:
    """Written small and without hyphens it is the same code; used, it is worth nothing."""
    anna = add_anna(any_store)
    codes = new_recovery_codes(any_store, anna)
    assert len(set(codes)) == 10
    assert use_recovery_code(any_store, anna, codes[3].lower().replace("-", " "))
    assert not use_recovery_code(any_store, anna, codes[3])
    assert second_factors(any_store, anna).recovery_codes == 9


def test_new_codes_replace_the_old(store: Store) -> None:
    """Who has lost the paper makes new ones, and the finder of the old has nothing."""
    anna = add_anna(store)
    old = new_recovery_codes(store, anna)
    new = new_recovery_codes(store, anna)
    assert not use_recovery_code(store, anna, old[0])
    assert use_recovery_code(store, anna, new[0])


def test_a_code_is_its_owners(store: Store) -> None:
    """Another user's code opens nothing, and is not used up by the try."""
    anna = add_anna(store)
    bo = people.add_user(store, "bo", email="bo@operator.example", role=Role.OPS, password=None)
    codes = new_recovery_codes(store, anna)
    assert not use_recovery_code(store, bo, codes[0])
    assert use_recovery_code(store, anna, codes[0])


def test_codes_are_kept_as_digests(store: Store) -> None:
    """No code stands in the database."""
    codes = new_recovery_codes(store, add_anna(store))
    with store.reading() as session:
        dump = "\n".join(session.connection().connection.driver_connection.iterdump())  # type: ignore[union-attr]
    assert not [code for code in codes if code in dump or code.replace("-", "") in dump]
