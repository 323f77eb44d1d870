"""Who is at a case: taken once, run out by itself, and no bar to anybody's decision."""

import threading

import pytest
from sqlmodel import select

from mailguard.cases.assigning import give_back, take
from mailguard.cases.deciding.decide import decide
from mailguard.cases.listing import list_cases
from mailguard.cases.reading import read_case
from mailguard.core.case import CaseState
from mailguard.core.decision import Action, Decision
from mailguard.core.errors import AlreadyDecided, NoSuchCase, NotYours, Taken
from mailguard.core.person import Person, Role
from mailguard.store import people
from mailguard.store.store import Store
from mailguard.store.tables.audit import AuditRow
from tests.conftest import TurnableClock
from tests.support.letters import SENDER, hold_letter


def _person(store: Store, name: str, role: Role = Role.SUPERVISOR) -> Person:
    return people.add_user(store, name, email=f"{name}@operator.example", role=role, password=None)


def _acts(store: Store, case_id: str) -> list[tuple[str, str]]:
    with store.reading() as session:
        rows = session.exec(select(AuditRow).where(AuditRow.case_id == case_id).order_by(AuditRow.seq)).all()  # type: ignore[arg-type]
    return [(row.act, row.actor) for row in rows if row.act != "hold"]


def test_taken_shown_and_given_back(any_store: Store) -> None:
    """The case and the list name who is at it; given back it is nobody's; both stand in the audit trail."""
    anna, case_id = _person(any_store, "anna"), hold_letter(any_store)
    take(any_store, case_id, anna, minutes=15)
    shown = read_case(any_store, case_id).summary.assigned
    assert shown is not None
    assert shown.name == "anna"
    assert list_cases(any_store).cases[0].assigned == shown
    give_back(any_store, case_id, anna)
    assert read_case(any_store, case_id).summary.assigned is None
    assert _acts(any_store, case_id) == [("take", "anna"), ("give back", "anna")]


def test_second_person_finds_it_taken_and_takes_it_over(any_store: Store) -> None:
    """Without `over` the second one is told who is at it; with it the case changes hands, and the trail says whose."""
    anna, bo, case_id = _person(any_store, "anna"), _person(any_store, "bo"), hold_letter(any_store)
    take(any_store, case_id, anna, minutes=15)
    with pytest.raises(Taken, match="anna"):
        take(any_store, case_id, bo, minutes=15)
    assert take(any_store, case_id, bo, minutes=15, over=True).name == "bo"
    give_back(any_store, case_id, anna)  # hers no more: nothing happens
    assert read_case(any_store, case_id).summary.assigned is not None
    assert _acts(any_store, case_id) == [("take", "anna"), ("take over", "bo")]


def test_it_runs_out(any_store: Store, clock: TurnableClock) -> None:
    """After its minutes it is nobody's and anybody can take it; taken again in time they begin anew, without a word."""
    anna, bo, case_id = _person(any_store, "anna"), _person(any_store, "bo"), hold_letter(any_store)
    take(any_store, case_id, anna, minutes=15)
    clock.turn(minutes=10)
    take(any_store, case_id, anna, minutes=15)
    clock.turn(minutes=14)
    assert read_case(any_store, case_id).summary.assigned is not None
    clock.turn(minutes=1)
    assert read_case(any_store, case_id).summary.assigned is None
    take(any_store, case_id, bo, minutes=15)
    assert _acts(any_store, case_id) == [("take", "anna"), ("take", "bo")]


def test_it_binds_nobody(any_store: Store) -> None:
    """Somebody else decides while she is at it, and then there is nothing left to be at."""
    anna, bo, case_id = _person(any_store, "anna"), _person(any_store, "bo"), hold_letter(any_store)
    take(any_store, case_id, anna, minutes=15)
    state = decide(any_store, case_id, Decision(Action.REJECT, "wrong address"), bo)
    assert state is CaseState.REJECTED
    assert read_case(any_store, case_id).summary.assigned is None
    with pytest.raises(AlreadyDecided):
        take(any_store, case_id, bo, minutes=15)


def test_only_who_could_decide(any_store: Store) -> None:
    """Neither the sender, nor an auditor, nor a member of another team, nor for a case that is not there."""
    case_id = hold_letter(any_store)
    sender = people.add_user(any_store, "sender", email=SENDER, role=Role.SUPERVISOR, password=None)
    for person in (sender, _person(any_store, "aino", Role.AUDITOR)):
        with pytest.raises(NotYours):
            take(any_store, case_id, person, minutes=15)
    other = _person(any_store, "bo")
    other = Person(other.user_id, "bo", other.email, other.role, (), frozenset({"another team"}))
    for act in (lambda: take(any_store, case_id, other, minutes=15), lambda: give_back(any_store, case_id, other)):
        with pytest.raises(NoSuchCase):
            act()
    with pytest.raises(NoSuchCase):
        take(any_store, "MG-0000-0000", _person(any_store, "ben"), minutes=15)
    assert _acts(any_store, case_id) == []


def test_of_many_at_one_moment_one_has_it(any_store: Store) -> None:
    """Eight people press the button at once: one is at the case, the others are told who."""
    case_id = hold_letter(any_store)
    crowd = [_person(any_store, f"person{n}") for n in range(8)]
    start, won, told = threading.Barrier(8), [], []

    def press(person: Person) -> None:
        start.wait()
        try:
            won.append(take(any_store, case_id, person, minutes=15).name)
        except Taken as error:
            told.append(str(error))

    threads = [threading.Thread(target=press, args=(person,)) for person in crowd]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert len(told) == 7
    assert all(won[0] in text for text in told)
