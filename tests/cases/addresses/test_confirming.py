"""Asking an address when a letter to it is held, and what its answer does to held letters."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from mailguard.cases.addresses.answers import take_answer
from mailguard.cases.addresses.bounces import note_answers
from mailguard.cases.addresses.confirming import ask_confirmation, ask_for_held, confirmation_key
from mailguard.cases.reading import read_case
from mailguard.core.answer import Answer
from mailguard.core.case import CaseState
from mailguard.core.errors import CannotAsk
from mailguard.core.person import Role
from mailguard.core.settings import Settings
from mailguard.customers.bounces import bounce, bounces
from mailguard.customers.confirmations import Outcome, Question, read_question, states
from mailguard.customers.disputes import dispute
from mailguard.customers.importing import import_customers
from mailguard.store.people import add_user
from mailguard.store.store import Store
from mailguard.store.tables.audit import AuditRow
from mailguard.store.tables.cases import RecipientRow
from mailguard.store.tables.outbox import NoticeRow
from tests.conftest import TurnableClock
from tests.customers.conftest import HEADER
from tests.support.case_rows import add_case, decide_case

KARI, TOR = "kari.virtanen@mail.example", "tor.ek@mail.example"
ROWS = (
    f"1001,Kari,Virtanen,,{KARI},,,Rantatie 5,00100,Helsinki,FI,,,no",
    f"1002,Tor,Ek,,{TOR},,,Storgatan 1,11122,Stockholm,SE,,,no",
)
ASKING = Settings(register={"confirmation": "on_hold", "confirmation_days": 14})


@pytest.fixture
def register(any_store: Store, tmp_path: Path) -> Store:
    """Two customers and a supervisor, on both databases."""
    file = tmp_path / "customers.csv"
    file.write_text("\n".join([HEADER, *ROWS, ""]), encoding="utf-8")
    import_customers(any_store.engine, file, {}, lambda done, total: None)
    add_user(any_store, "sofia", email="sofia@operator.example", role=Role.SUPERVISOR, password=None)
    return any_store


def hold_for(
    store: Store, address: str = KARI, customer: str = "1001", reasons: tuple[str, ...] = ("unconfirmed",)
) -> str:
    """A letter about the customer that is held on its way to that address."""
    case_id = add_case(store, store.clock(), recipients={address: list(reasons)}, reasons=reasons)
    with store.writing() as session:
        for row in session.exec(select(RecipientRow).where(RecipientRow.case_id == case_id)):
            row.relation = {"kind": "unconfirmed", "about": {"id": customer}}
            session.add(row)
    return case_id


def question_of(store: Store, number: int) -> Question:
    """With its link and code."""
    with store.reading() as session:
        question = read_question(session, number, store.clock(), key=confirmation_key(store))
    assert question
    return question


def answer(store: Store, number: int, *, yes: bool) -> Outcome:
    """As the reader would."""
    question = question_of(store, number)
    return take_answer(store, question.link.reveal(), question.code.reveal(), yes=yes)


def letters(store: Store, kind: str) -> list[tuple[str, str | None, dict[str, object]]]:
    """What waits in the outbox."""
    with store.reading() as session:
        rows = session.exec(select(NoticeRow).where(NoticeRow.kind == kind).order_by(col(NoticeRow.id)))
        return [(row.to, row.case_id, row.details) for row in rows]


def acts(store: Store, case_id: str) -> list[str]:
    """The case's history."""
    return [entry.act for entry in read_case(store, case_id).history]


def test_a_held_letter_asks_once(register: Store, clock: TurnableClock) -> None:
    """One question for a pair however many letters wait, however often the clock strikes; the history shows it."""
    case_id = hold_for(register)
    for address, customer in (("Kari.Virtanen@MAIL.example", "1001"), (TOR, "1002")):
        clock.turn(minutes=1)
        hold_for(register, address, customer)
    assert len(ask_for_held(register, ASKING)) == 2
    assert ask_for_held(register, ASKING) == []
    clock.turn(days=2)
    assert ask_for_held(register, ASKING) == []
    assert [to for to, _, _ in letters(register, "confirm_address")] == [KARI, TOR]
    assert acts(register, case_id) == ["address asked"]
    clock.turn(days=13)
    assert len(ask_for_held(register, ASKING)) == 2  # the first ones are over, and nobody has answered


def test_nothing_is_asked_where_it_is_not_wanted(register: Store) -> None:
    """Not with `confirmation = "off"`, not for other reasons, not once the case is decided."""
    decided = hold_for(register)
    decide_case(register, decided, "reject", timedelta())
    hold_for(register, TOR, "1002", reasons=("credential",))
    assert ask_for_held(register, ASKING) == []
    hold_for(register)
    assert ask_for_held(register, Settings()) == []
    assert letters(register, "confirm_address") == []


def test_who_cannot_answer_is_not_asked(register: Store, clock: TurnableClock) -> None:
    """An address that is disputed, bounces, or stands on nobody's record stops no other question."""
    hold_for(register, "stranger@mail.example", "1001")
    hold_for(register)
    hold_for(register, TOR, "1002")
    with register.writing() as session:
        bounce(session, KARI, None, "next hop", clock())
        dispute(session, TOR, "1002", "a reader", clock())
    assert ask_for_held(register, ASKING) == []


def test_two_nodes_ask_once(register: Store) -> None:
    """Whoever looks at the same moment, the address gets one letter."""
    hold_for(register)
    with ThreadPoolExecutor(4) as pool:
        lists = list(pool.map(lambda _: ask_for_held(register, ASKING), range(4)))
    assert sum(len(numbers) for numbers in lists) == 1
    assert len(letters(register, "confirm_address")) == 1


def test_people_may_ask_three_times_a_day(register: Store, clock: TurnableClock) -> None:
    """A stranger's mailbox is not flooded by clicks, raced or not; the next day one may ask again."""

    def click(_: int) -> int:
        with suppress(CannotAsk):
            return ask_confirmation(register, ASKING, KARI, "1001", "sofia")
        return 0

    with ThreadPoolExecutor(4) as pool:
        numbers = [number for number in pool.map(click, range(8)) if number]
    assert len(numbers) == 3
    with register.reading() as session:
        assert [question.state for question in states(session, clock())] == ["open", "replaced", "replaced"]
    with pytest.raises(CannotAsk, match="3 times"):
        ask_confirmation(register, ASKING, KARI, "1001", "sofia")
    clock.turn(days=1, seconds=1)
    assert ask_confirmation(register, ASKING, KARI, "1001", "sofia")


def test_yes_stands_in_the_history_and_releases_nothing(register: Store, clock: TurnableClock) -> None:
    """The held letters of that pair stay held for the reviewer, who reads the answer there; others are untouched."""
    mine, other = hold_for(register), hold_for(register, TOR, "1002")
    with register.writing() as session:
        bounce(session, KARI, None, "next hop", clock())
    number = ask_confirmation(register, ASKING, KARI, "1001", "sofia", case_id=mine)
    assert answer(register, number, yes=True) is Outcome.CONFIRMED
    assert acts(register, mine) == ["address asked", "address confirmed"]
    assert acts(register, other) == []
    assert read_case(register, mine).summary.state is CaseState.HELD
    assert ask_for_held(register, ASKING) != [number]
    with register.reading() as session:
        assert bounces(session) == []  # who answers can be reached
    assert letters(register, "address_disputed") == []


def test_no_tells_the_supervisors_of_the_case(register: Store) -> None:
    """The letter leads to the held case, else to the last one of the pair, else to the desk; ids only."""
    number = ask_confirmation(register, ASKING, KARI, "1001", "sofia")
    old, waiting = hold_for(register), hold_for(register)
    decide_case(register, old, "approve", timedelta(), state="released")
    assert answer(register, number, yes=False) is Outcome.DISPUTED
    details = {"question": number, "customer": "1001"}
    written = letters(register, "address_disputed")
    assert ("sofia@operator.example", waiting, details) in written
    assert acts(register, waiting) == ["address disputed"]
    assert acts(register, old) == []

    past = hold_for(register, TOR, "1002")
    decide_case(register, past, "approve", timedelta(), state="released")
    number = ask_confirmation(register, ASKING, TOR, "1002", "sofia")
    answer(register, number, yes=False)
    assert [case_id for _, case_id, _ in letters(register, "address_disputed")][-1] == past


def test_the_trail_holds_ids_only(register: Store) -> None:
    """Asked, wrong code, disputed: each is an entry without address, link or code, and the chain is whole."""
    number = ask_confirmation(register, ASKING, KARI, "1001", "sofia")
    question = question_of(register, number)
    code = question.code.reveal()
    wrong = ("3" if code[0] == "2" else "2") + code[1:]
    assert take_answer(register, question.link.reveal(), wrong, yes=True) is Outcome.WRONG_CODE
    assert take_answer(register, question.link.reveal(), code, yes=False) is Outcome.DISPUTED
    with register.reading() as session:
        entries = [entry for entry in session.exec(select(AuditRow)) if entry.act != "user added"]
        _, bad = register.audit.verify(session)
    assert bad is None
    assert [(entry.actor, entry.act) for entry in entries] == [
        ("sofia", "address asked"),
        ("reader", "wrong code"),
        ("reader", "address disputed"),
    ]
    assert all(entry.details == {"question": number, "customer": "1001"} for entry in entries)


def test_the_next_hops_word_on_a_mailbox(register: Store) -> None:
    """5.1.1 for one recipient is noted, once, for addresses on record; what all share is not; delivery ends it."""
    gone, fine = Answer.parse("550 5.1.1 no such user"), Answer.parse("250 2.1.5 fine")

    def note(**answers: Answer) -> list[str]:
        by_address = {f"{local.replace('_', '.')}@mail.example": answer for local, answer in answers.items()}
        with register.writing() as session:
            note_answers(session, register, by_address)
            return [standing.address for standing in bounces(session)]

    assert note(kari_virtanen=gone, tor_ek=gone) == []
    assert note(stranger=gone) == []
    assert note(kari_virtanen=gone, tor_ek=fine) == [KARI]
    assert note(kari_virtanen=gone) == [KARI]
    assert note(kari_virtanen=Answer.parse("450 4.2.0 later")) == [KARI]
    assert note(kari_virtanen=fine) == []
    with register.writing() as session:
        bounce(session, TOR, None, "olli", register.clock())
    assert note(tor_ek=fine) == [TOR]
    with register.reading() as session:
        noted = [entry.act for entry in session.exec(select(AuditRow)) if entry.actor == "next hop"]
    assert noted == ["address bounces", "address works again"]
