"""Other letters of the people in a case: counted by index, in order, and only what a person may see."""

from datetime import timedelta

import pytest

from mailguard.core.person import Person, Role
from mailguard.desk.case import earlier
from mailguard.desk.case.earlier import letters_about, letters_of, letters_to
from mailguard.incidents.tracing.journal import JournalLine, JournalRecipient, write_lines
from mailguard.store.store import Store
from tests.conftest import TurnableClock
from tests.support.case_rows import add_case, decide_case, end_case

SELLER, READER = "seller@operator.example", "kari.virtanen@mail.example"
SALES = Person(9, "sara", "sara@operator.example", Role.SUPERVISOR, teams=frozenset({"Sales"}))


def note(store: Store, *, fate: str = "passed", case_id: str | None = None, about: str = "1001") -> None:
    """A line of the journal, now."""
    line = JournalLine(
        id=f"m{store.clock().timestamp()}",
        at=store.clock(),
        reverse_path=SELLER,
        recipients=(JournalRecipient(READER.title()),),
        fate=fate,
        answer="250 ok",
        size=1,
        customers=(about,),
        case_id=case_id,
    )
    write_lines(store, [line])


def test_what_became_of_them(any_store: Store, clock: TurnableClock) -> None:
    """Every end is told by its own word; the latest come first; the case itself is not among them."""
    start = clock()
    cases = [add_case(any_store, start + timedelta(minutes=n)) for n in range(6)]
    decide_case(any_store, cases[1], "reject", timedelta(seconds=1))
    decide_case(any_store, cases[2], "approve", timedelta(seconds=1), "released")
    decide_case(any_store, cases[3], "approve", timedelta(seconds=1), "undeliverable")
    end_case(any_store, cases[4], "withdrawn", start + timedelta(hours=1))
    found = letters_of(any_store, cases[5], SELLER, None)
    assert found.fates == {"waiting": 1, "sent": 1, "undeliverable": 1, "rejected": 1, "not sent": 1}
    assert list(found.fates) == ["waiting", "sent", "undeliverable", "rejected", "not sent"]
    assert [letter.case_id for letter in found.latest] == cases[4:1:-1]
    assert found.last_at == start + timedelta(minutes=4)
    # Approved for nobody here: to this recipient it was not sent.
    assert letters_to(any_store, cases[5], READER, "1001", None).fates["not sent"] == 2


def test_what_passed_is_told_out_of_the_journal(any_store: Store, clock: TurnableClock) -> None:
    """Letters that nobody held count too, under any spelling of the address, with the last one's moment."""
    held = add_case(any_store, clock())
    note(any_store, fate="held", case_id=held)
    for _ in range(3):
        clock.turn(minutes=5)
        note(any_store)
    clock.turn(minutes=5)
    note(any_store, fate="refused")
    for found in (
        letters_to(any_store, "MG-AAAA-AAAA", READER, None, None),
        letters_of(any_store, "MG-AAAA-AAAA", SELLER, None),
        letters_about(any_store, "MG-AAAA-AAAA", "1001", None),
    ):
        assert (found.count, found.passed) == (1, 3)
        assert found.last_at == clock() - timedelta(minutes=5)
        assert [letter.case_id for letter in found.latest] == [held]
    assert letters_about(any_store, held, "1001", None).count == 0
    assert letters_about(any_store, held, "2044", None).passed == 0


def test_what_was_held_for_others_and_had_at_once_is_told(any_store: Store, clock: TurnableClock) -> None:
    """A letter that was split counts as sent to those who got it at once, and as held for the others; so does one that
    the client was told to send again when some had it by then."""
    colleague = "boss@operator.example"
    split = add_case(any_store, clock())

    def note_split(fate: str, case_id: str | None) -> None:
        line = JournalLine(
            id=f"s{clock().timestamp()}",
            at=clock(),
            reverse_path=SELLER,
            recipients=(JournalRecipient(READER), JournalRecipient(colleague.title(), passed=True)),
            fate=fate,
            answer="250 passed on to 1 recipient, for 1 held",
            size=1,
            case_id=case_id,
        )
        write_lines(any_store, [line])

    note_split("held", split)
    clock.turn(minutes=5)
    note_split("deferred", None)
    found = letters_to(any_store, "MG-AAAA-AAAA", colleague, None, None)
    assert (found.count, found.passed, found.last_at) == (0, 2, clock())
    found = letters_to(any_store, "MG-AAAA-AAAA", READER, None, None)
    assert (found.count, found.passed, found.last_at) == (1, 0, clock() - timedelta(minutes=5))
    # The case itself is not among its earlier letters.
    assert letters_to(any_store, split, colleague, None, None).passed == 1
    # Of a sender's letters it is one, the held one.
    assert letters_of(any_store, "MG-AAAA-AAAA", SELLER, None).passed == 0
    assert letters_to(any_store, "MG-AAAA-AAAA", colleague, None, SALES).passed is None


def test_other_teams_letters_are_not_told(any_store: Store, clock: TurnableClock) -> None:
    """Somebody of one team is told of that team's cases, and nothing out of the journal."""
    ours = add_case(any_store, clock(), team="Sales")
    theirs = add_case(any_store, clock(), team="Support")
    for case_id in (ours, theirs):
        note(any_store, fate="held", case_id=case_id)
        clock.turn(seconds=1)
    note(any_store)
    for found in (
        letters_to(any_store, "MG-AAAA-AAAA", READER, None, SALES),
        letters_of(any_store, "MG-AAAA-AAAA", SELLER, SALES),
        letters_about(any_store, "MG-AAAA-AAAA", "1001", SALES),
    ):
        assert [letter.case_id for letter in found.latest] == [ours]
        assert found.passed is None


def test_so_many_are_counted(any_store: Store, clock: TurnableClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the most that is counted the page says that there are more."""
    for _ in range(5):
        add_case(any_store, clock())
        note(any_store)
        clock.turn(seconds=1)
    monkeypatch.setattr(earlier, "MOST_COUNTED", 3)
    found = letters_of(any_store, "MG-AAAA-AAAA", SELLER, None)
    assert (found.count, found.more, found.passed, found.more_passed) == (3, True, 3, True)
    assert letters_to(any_store, "MG-AAAA-AAAA", READER, None, None).more
