"""Questions to addresses: one answer each, no guessing, nothing readable in the table; and addresses that bounce."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text, update

from mailguard.core.answer import Answer
from mailguard.core.errors import CannotAsk
from mailguard.core.letter_code import MOST_WRONG_CODES, is_code
from mailguard.customers.askable import find_askable
from mailguard.customers.bounces import bounce, bounces, bouncing, is_on_record, revoke, says_no_mailbox
from mailguard.customers.confirmations import (
    Outcome,
    Question,
    answer,
    ask,
    confirmed,
    count_asked,
    open_question,
    read_question,
    states,
)
from mailguard.customers.disputes import dispute, list_disputes
from mailguard.customers.importing import import_customers
from mailguard.customers.tables.memory import CONFIRMATIONS
from mailguard.customers.tables.register import EMAILS
from mailguard.store.store import Store
from tests.conftest import TurnableClock
from tests.customers.conftest import HEADER

KEY = b"k" * 32
KARI = "Kari.Virtanen@gmail.com"
ROWS = (
    "1001,Kari,Virtanen,,kari.virtanen@gmail.com,,1970-01-02,Rantatie 5,00100,Helsinki,FI,,,no",
    "1002,Kari,Virtanen,,shared@mail.example,,1980-01-02,Mäkitie 1,33100,Tampere,FI,,,no",
    "1003,Tor,Ek,,shared@mail.example,,,Storgatan 1,11122,Stockholm,SE,,,no",
    "1004,Anna,Nowak,,home@mail.example,,,Dluga 3,00-001,Warszawa,PL,,,no",
    "1005,Jan,Nowak,,home@mail.example,,,Dluga 3,00-001,Warszawa,PL,,,no",
)


@pytest.fixture
def register(any_store: Store, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store with five customers, on both databases."""
    file = tmp_path_factory.mktemp("register") / "customers.csv"
    file.write_text("\n".join([HEADER, *ROWS, ""]), encoding="utf-8")
    import_customers(any_store.engine, file, {}, lambda done, total: None)
    return any_store


def _ask(store: Store, address: str = KARI, customer_id: str = "1001", days: int = 14) -> Question:
    with store.writing() as session:
        return ask(session, address, customer_id, "sofia", store.clock(), days, key=KEY, language="fi")


def _answer(store: Store, question: Question, *, yes: bool = True, code: str = "") -> Outcome:
    with store.writing() as session:
        given_code = code or question.code.reveal()
        return answer(session, question.link.reveal(), given_code, yes, store.clock()).outcome


def _wrong(question: Question) -> str:
    code = question.code.reveal()
    return ("3" if code[0] == "2" else "2") + code[1:]


def _confirmed(store: Store, address: str = KARI) -> frozenset[str]:
    with store.reading() as session:
        return confirmed(session, address)


def _state(store: Store, question: Question) -> str:
    with store.reading() as session:
        found = open_question(session, question.link.reveal(), store.clock())
    assert found is not None
    return found.state


def test_yes_confirms_the_pair_and_nobody_else(register: Store) -> None:
    """The right code and "yes" make the address the customer's, in whatever spelling it is asked for."""
    question = _ask(register)
    assert _confirmed(register) == frozenset()
    assert _answer(register, question) is Outcome.CONFIRMED
    assert _confirmed(register, "karivirtanen+shop@googlemail.com") == {"1001"}
    assert _confirmed(register, "shared@mail.example") == frozenset()
    assert _state(register, question) == "confirmed"


def test_no_disputes_for_that_customer_only(register: Store) -> None:
    """ "This is not me" puts a dispute on record for that customer, and confirms nothing."""
    question = _ask(register)
    assert _answer(register, question, yes=False) is Outcome.DISPUTED
    with register.reading() as session:
        (standing,) = list_disputes(session)
    assert (standing.address, standing.customer_id) == (KARI, "1001")
    assert standing.by == f"answer to question {question.id}"
    assert _confirmed(register) == frozenset()


def test_an_answer_counts_once(register: Store) -> None:
    """A second answer changes nothing, and says so only to who knows the code."""
    question = _ask(register)
    _answer(register, question)
    assert _answer(register, question, yes=False) is Outcome.ALREADY
    assert _answer(register, question, code=_wrong(question)) is Outcome.CLOSED
    assert _state(register, question) == "confirmed"
    with register.reading() as session:
        assert list_disputes(session) == []


def test_two_answers_at_once_have_one_outcome(register: Store) -> None:
    """Of racing yes and no, one counts; the others find the question answered."""
    question = _ask(register)
    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(lambda number: _answer(register, question, yes=number % 2 == 0), range(6)))
    assert outcomes.count(Outcome.ALREADY) == 5
    won = next(outcome for outcome in outcomes if outcome is not Outcome.ALREADY)
    assert _state(register, question) == won.value
    with register.reading() as session:
        assert len(list_disputes(session)) == (won is Outcome.DISPUTED)


def test_five_wrong_codes_close_the_question(register: Store) -> None:
    """After five guesses the right code is worth nothing, and more guesses are not counted."""
    question = _ask(register)
    guesses = [_answer(register, question, code=_wrong(question)) for _ in range(MOST_WRONG_CODES)]
    assert set(guesses) == {Outcome.WRONG_CODE}
    assert _answer(register, question) is Outcome.CLOSED
    assert _state(register, question) == "closed"
    assert _confirmed(register) == frozenset()


def test_guesses_at_once_are_all_counted(register: Store) -> None:
    """Twenty wrong codes at one moment are five tries and not one more."""
    question = _ask(register)
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda _: _answer(register, question, code=_wrong(question)), range(20)))
    assert outcomes.count(Outcome.WRONG_CODE) == MOST_WRONG_CODES
    assert outcomes.count(Outcome.CLOSED) == 20 - MOST_WRONG_CODES


def test_a_question_ends_by_time(register: Store, clock: TurnableClock) -> None:
    """On its last moment the code is good, and afterwards it is not."""
    early, late = _ask(register), _ask(register, "shared@mail.example", "1002")
    clock.turn(days=14, seconds=-1)
    assert _answer(register, early) is Outcome.CONFIRMED
    clock.turn(seconds=1)
    assert _answer(register, late) is Outcome.CLOSED
    assert _state(register, late) == "expired"
    with register.reading() as session:
        assert read_question(session, late.id, clock(), key=KEY) is None


def test_asking_again_replaces_the_open_question(register: Store) -> None:
    """The first link is worth nothing any more, the second is another, and other pairs are left alone."""
    other = _ask(register, KARI, "1002")
    first = _ask(register)
    second = _ask(register, "karivirtanen@gmail.com")
    assert first.link != second.link
    assert first.code != second.code
    assert _answer(register, first) is Outcome.CLOSED
    assert _state(register, first) == "replaced"
    assert _answer(register, second) is Outcome.CONFIRMED
    assert _answer(register, other) is Outcome.CONFIRMED


def test_the_letter_can_be_written_again(register: Store) -> None:
    """Link and code are made anew from the row and the key, and with another key they are others."""
    question = _ask(register)
    with register.reading() as session:
        again = read_question(session, question.id, register.clock(), key=KEY)
        stranger = read_question(session, question.id, register.clock(), key=b"x" * 32)
    assert again == question
    assert stranger is not None
    assert stranger.link != question.link
    assert stranger.code != question.code
    assert (len(question.link.reveal()), len(question.code.reveal())) == (43, 9)


def test_the_table_holds_neither_link_nor_code(register: Store) -> None:
    """No column of the row is or contains the link or the code, and the code's digest is worth nothing without the
    link.
    """
    question = _ask(register)
    with register.reading() as session:
        row = session.execute(select(CONFIRMATIONS)).one()
    written = " ".join(str(value) for value in row)
    assert question.link.reveal() not in written
    assert question.code.reveal() not in written
    assert question.code.reveal().replace("-", "") not in written
    with register.writing() as session:
        # Two questions with the same code would have different digests: the key is the link.
        session.execute(update(CONFIRMATIONS).values(link_digest="0" * 64))
    assert _answer(register, question) is Outcome.CLOSED


def test_unknown_links_find_nothing(register: Store) -> None:
    """Made-up, empty and odd links are no question, with whatever code."""
    _ask(register)
    for link in ("", "x" * 43, "\0", "ä" * 9, "\ud800", "../../etc", "%" * 5000):
        with register.writing() as session:
            assert open_question(session, link, register.clock()) is None
            assert answer(session, link, "2345-6789", True, register.clock()).outcome is Outcome.CLOSED


def test_an_answer_ends_with_the_address_on_the_record(register: Store, clock: TurnableClock) -> None:
    """An address that was taken off the record is not confirmed, nor when it comes back later."""
    _answer(register, _ask(register))
    with register.writing() as session:
        session.execute(update(EMAILS).where(EMAILS.c.customer_id == "1001").values(former=True))
    assert _confirmed(register) == frozenset()
    clock.turn(days=30)
    with register.writing() as session:
        session.execute(update(EMAILS).where(EMAILS.c.customer_id == "1001").values(former=False, added_at=clock()))
    assert _confirmed(register) == frozenset()
    clock.turn(days=1)
    _answer(register, _ask(register))
    assert _confirmed(register) == {"1001"}


def test_lists_say_what_became_of_each_question(register: Store, clock: TurnableClock) -> None:
    """Latest first, by address or by customer, without any secret in them."""
    one, two, three = _ask(register), _ask(register, "shared@mail.example", "1002"), _ask(register)
    _answer(register, three, yes=False)
    with register.reading() as session:
        everything = states(session, clock())
        assert [(q.id, q.state) for q in everything] == [(three.id, "disputed"), (two.id, "open"), (one.id, "replaced")]
        assert [q.id for q in states(session, clock(), address="karivirtanen@gmail.com")] == [three.id, one.id]
        assert [q.id for q in states(session, clock(), customer_id="1002")] == [two.id]
        assert everything[0].answered_at == everything[0].at == clock()
        assert count_asked(session, KARI, clock() - timedelta(days=1)) == 2
        assert count_asked(session, KARI, clock()) == 0
    shown = str(everything)
    assert not any(q.link.reveal() in shown or q.code.reveal() in shown for q in (one, two, three))
    assert three.link.reveal() not in repr(three)


@pytest.mark.parametrize(
    ("address", "customer_id", "problem"),
    [
        ("nobody@mail.example", "1001", "not on record"),
        ("kari.virtanen@gmail.com", "1002", "not on record"),
        ("shared@mail.example", "1002", "2 customers"),
    ],
)
def test_what_cannot_be_asked(register: Store, address: str, customer_id: str, problem: str) -> None:
    """An address that is not on the record, or that belongs to another household's customer too, is not asked."""
    with register.writing() as session, pytest.raises(CannotAsk, match=problem):
        find_askable(session, address, customer_id)


def test_a_household_may_be_asked_and_a_disputed_address_not(register: Store) -> None:
    """A couple with one mailbox is asked; who has said "not me" is left in peace."""
    with register.writing() as session:
        found = find_askable(session, "HOME@mail.example", "1004")
        assert (found.address, found.country) == ("home@mail.example", "PL")
        dispute(session, "home@mail.example", "1004", "a reader", register.clock())
        with pytest.raises(CannotAsk, match="disputed"):
            find_askable(session, "home@mail.example", "1004")
        assert find_askable(session, "home@mail.example", "1005")
        dispute(session, "home@mail.example", None, "a reader", register.clock())
        with pytest.raises(CannotAsk, match="disputed"):
            find_askable(session, "home@mail.example", "1005")


@given(written=st.text(max_size=60))
def test_only_what_looks_like_a_code_is_a_guess(written: str) -> None:
    """A code is eight of thirty characters; case, blanks and hyphens do not matter, and anything else is no guess."""
    assert not is_code(written) or len([ch for ch in written if ch.isalnum()]) == 8
    assert is_code(" 2345-abcd. ")
    assert not is_code("2345-ABC1")


def test_bounces_stand_until_they_are_taken_back(register: Store, clock: TurnableClock) -> None:
    """For all customers or one, once however often it is noted; taken back by a person or only what the hop noted."""
    with register.writing() as session:
        assert bounce(session, KARI, None, "next hop", clock())
        assert not bounce(session, "karivirtanen@gmail.com", None, "next hop", clock())
        assert bounce(session, KARI, "1001", "olli", clock())
        assert bouncing(session, "karivirtanen@gmail.com") == {None, "1001"}
        assert [(b.customer_id, b.by, b.at) for b in bounces(session)] == [
            (None, "next hop", clock()),
            ("1001", "olli", clock()),
        ]
        assert is_on_record(session, KARI)
        assert not is_on_record(session, "nobody@mail.example")
    with register.writing() as session:
        assert revoke(session, KARI, "next hop", clock(), noted_by="next hop") == 1
        assert bouncing(session, KARI) == {"1001"}
        assert revoke(session, KARI, "olli", clock()) == 1
        assert bouncing(session, KARI) == frozenset()
        assert bounces(session) == []


@pytest.mark.parametrize(
    ("said", "none"),
    [
        ("550 5.1.1 no such user", True),
        ("550 5.2.1 mailbox disabled", True),
        ("556 5.1.10 null MX", True),
        ("550 5.7.1 spam", False),
        ("550 no such user", False),
        ("450 4.1.1 later", False),
        ("250 2.1.5 fine", False),
        ("550 5.1.11 other", False),
    ],
)
def test_which_answers_say_that_there_is_no_mailbox(said: str, none: bool) -> None:
    """Only a permanent answer with the enhanced code of a missing or closed mailbox."""
    assert says_no_mailbox(Answer.parse(said)) is none


def test_times_are_written_alike_on_both_databases(register: Store) -> None:
    """What SQLite keeps as text sorts as time does."""
    _ask(register)
    with register.reading() as session:
        kept = session.execute(text("SELECT asked_at, expires_at FROM confirmations")).one()
    assert str(kept[0])[:10] == "2026-11-16"
    assert str(kept[1])[:10] == "2026-11-30"
