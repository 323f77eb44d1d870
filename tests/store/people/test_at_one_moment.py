"""What counts once counts once also when it is shown in many browsers at one moment."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

import pyotp
from sqlmodel import select

from mailguard.core.person import Role
from mailguard.store.people.federated import Claimed, admit
from mailguard.store.people.one_time_passwords import begin_totp, check_totp, confirm_totp
from mailguard.store.people.recovery_codes import new_recovery_codes, use_recovery_code
from mailguard.store.store import Store
from mailguard.store.tables.people import UserRow
from tests.conftest import TurnableClock
from tests.store.people.persons import add_anna
from tests.support.together import do_together

MANY = 12


def at_once(acts: Sequence[Callable[[], object]]) -> Counter[str]:
    """Do all of them at the same moment; how often each outcome or error came."""
    return Counter(map(_named, do_together(acts)))


def _named(outcome: object) -> str:
    if isinstance(outcome, Exception):
        return getattr(outcome, "code", type(outcome).__name__)
    return str(outcome)


def test_a_one_time_password(any_store: Store, clock: TurnableClock) -> None:
    """Overheard and sent a dozen times together with its owner: one login."""
    anna = add_anna(any_store)
    totp = pyotp.TOTP(begin_totp(any_store, anna).reveal())
    assert confirm_totp(any_store, anna, totp.at(clock.now))
    clock.turn(seconds=60)
    code = totp.at(clock.now)
    assert at_once([lambda: check_totp(any_store, anna, code)] * MANY) == {"True": 1, "False": MANY - 1}


def test_guesses_together_are_as_many_as_one_after_another(any_store: Store, clock: TurnableClock) -> None:
    """A dozen guesses in one go find the lock of the fifth: the right one that comes after them is worth nothing."""
    anna = add_anna(any_store)
    totp = pyotp.TOTP(begin_totp(any_store, anna).reveal())
    assert confirm_totp(any_store, anna, totp.at(clock.now))
    clock.turn(seconds=60)
    known = {totp.at(clock.now + timedelta(seconds=30 * step)) for step in (-1, 0, 1)}
    wrong = [code for n in range(MANY + 3) if (code := f"{n:06}") not in known][:MANY]
    assert at_once([partial(check_totp, any_store, anna, code) for code in wrong]) == {"False": MANY}
    assert not check_totp(any_store, anna, totp.at(clock.now))


def test_a_recovery_code(any_store: Store) -> None:
    """The same for a code on paper."""
    anna = add_anna(any_store)
    code = new_recovery_codes(any_store, anna)[0]
    assert at_once([lambda: use_recovery_code(any_store, anna, code)] * MANY) == {"True": 1, "False": MANY - 1}


def claimed(subject: str, name: str = "pia", email: str = "pia@operator.example") -> Claimed:
    """What a provider says of a supervisor."""
    return Claimed(f"https://login.operator.example {subject}", name, email, (), Role.SUPERVISOR, None)


def test_somebody_new_in_several_windows(any_store: Store) -> None:
    """A first login in a dozen windows makes one user."""
    assert at_once([partial(_admitted, any_store, claimed("1"))] * MANY) == {"pia": MANY}
    assert len(_users(any_store)) == 1


def test_two_of_one_name_or_address(any_store: Store) -> None:
    """Strangers with the name or the address of somebody who is new at this moment: one gets in, the others do not."""
    outcomes = at_once(
        [partial(_admitted, any_store, claimed(str(n), email=f"pia{n}@operator.example")) for n in range(MANY)]
    )
    assert outcomes == {"pia": 1, "name_taken": MANY - 1}
    strangers = [claimed(f"x{n}", f"x{n}", "x@y.example") for n in range(MANY)]
    outcomes = at_once([partial(_admitted, any_store, one) for one in strangers])
    assert outcomes.pop("address_taken") == MANY - 1
    assert sum(outcomes.values()) == 1


def _admitted(store: Store, person: Claimed) -> str:
    return admit(store, person).name


def _users(store: Store) -> Sequence[UserRow]:
    with store.reading() as session:
        return session.exec(select(UserRow)).all()
