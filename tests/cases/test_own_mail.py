"""What a sender sees of their own held mail."""

from mailguard.cases.deciding.decide import decide
from mailguard.cases.deciding.undo import undo
from mailguard.cases.own_mail import list_own, read_own
from mailguard.core.case import CaseState
from mailguard.core.decision import Action, Decision
from mailguard.core.person import Person, Role
from mailguard.store.store import Store
from tests.cases.conftest import add
from tests.conftest import TurnableClock
from tests.support.letters import SENDER, hold_letter

REJECT = Decision(Action.REJECT, "wrong person")


def test_a_decision_is_seen_once_it_is_final_whatever_was_taken_back_before(
    any_store: Store, supervisor: Person
) -> None:
    """One that can be taken back is not told; one for good is at once, though an undone one's time still runs."""
    sender = add(any_store, "seller", Role.SENDER)
    case_id = hold_letter(any_store)
    decide(any_store, case_id, REJECT, supervisor, undo_seconds=60)
    assert read_own(any_store, case_id, sender).state is CaseState.HELD
    undo(any_store, case_id, supervisor)
    decide(any_store, case_id, REJECT, supervisor)
    assert read_own(any_store, case_id, sender).state is CaseState.REJECTED
    assert [(mail.state, mail.reason) for mail in list_own(any_store, sender).mails] == [
        (CaseState.REJECTED, "wrong person")
    ]


def test_anothers_case_marks_no_place(any_store: Store, clock: TurnableClock) -> None:
    """Whoever goes on after a case that is not theirs begins anew, and learns nothing of it."""
    sender = add(any_store, "seller", Role.SENDER)
    cases = []
    for written_by in (SENDER, "boss@operator.example", SENDER):
        cases.append(hold_letter(any_store, sender=written_by))
        clock.turn(minutes=1)
    early, others, late = cases
    assert [mail.id for mail in list_own(any_store, sender, after=late).mails] == [early]
    assert [mail.id for mail in list_own(any_store, sender, after=others).mails] == [late, early]
