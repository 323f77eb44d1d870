"""Kept until its pictures are read: sealed, nobody's case, and ended once, by the worker that has it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import col, select

from mailguard.cases.awaiting.claim import (
    CLAIM,
    ReadingJob,
    claim_unread,
    count_unread,
    forget_reading_claims,
    put_back,
    renew_reading,
    start_sending,
)
from mailguard.cases.awaiting.conclude import Sent, end_unread, send_again, sort_answers, try_again
from mailguard.cases.awaiting.envelope import pack_envelope, unpack_envelope
from mailguard.cases.awaiting.keep import keep_unread
from mailguard.cases.holding.hold import write_holds
from mailguard.cases.holding.prepare import PreparedHold, prepare_hold
from mailguard.cases.listing import list_cases
from mailguard.cases.reading import open_body, read_case
from mailguard.core.answer import Answer
from mailguard.core.case import CaseState
from mailguard.core.envelope import Client, Envelope
from mailguard.core.errors import ClaimLost, DiskFull, StoreError
from mailguard.store.database.disk import Disk
from mailguard.store.keys.listing import list_keys
from mailguard.store.keys.rotation import rotate
from mailguard.store.store import Store
from mailguard.store.tables.audit import AuditRow
from mailguard.store.tables.awaiting import AwaitingRow
from mailguard.store.tables.outbox import NoticeRow
from tests.conftest import TurnableClock
from tests.support.letters import CUSTOMER, SENDER, judgement_of, write_letter

OTHER = "anna@example.org"
RAW = write_letter("Hei,\n\nsalasanasi on Kesaranta77\n")
ENVELOPE = Envelope(SENDER, (CUSTOMER, OTHER), Client("192.0.2.7", "pc.example", "mira"), message_id="7K4M92QTC3VE")
CASE = "MG-7K4M-92QT"
OK, NO, LATER = Answer(250, ("2.0.0 Ok",)), Answer(550, ("5.1.1 nobody here",)), Answer(451, ("4.3.0 later",))


def claimed(store: Store) -> ReadingJob:
    """The next message, claimed now."""
    job = claim_unread(store, store.clock())
    assert job is not None
    return job


def held(store: Store, envelope: Envelope = ENVELOPE) -> PreparedHold:
    """The case that it becomes."""
    return prepare_hold(store, envelope, RAW, judgement_of(RAW, envelope.recipients, "Kesaranta77"))


def acts(store: Store) -> list[str]:
    """What the audit trail says of it."""
    with store.reading() as session:
        return list(session.exec(select(AuditRow.act).where(AuditRow.case_id == CASE).order_by(col(AuditRow.seq))))


def row(store: Store) -> AwaitingRow | None:
    """What is kept of it."""
    with store.reading() as session:
        return session.get(AwaitingRow, CASE)


def test_kept_sealed_and_shown_to_nobody(any_store: Store) -> None:
    """It has the id that its case would have; no case, no letter, no readable octet; the trail knows its digest."""
    assert keep_unread(any_store, ENVELOPE, RAW) == CASE
    assert (count_unread(any_store), acts(any_store)) == (1, ["awaits reading"])
    assert list_cases(any_store).cases == ()
    kept = row(any_store)
    assert kept is not None
    assert b"Kesaranta77" not in kept.sealed
    assert (kept.sha256, kept.size) == (sha256(RAW).hexdigest(), len(RAW))
    with any_store.reading() as session:
        assert session.exec(select(NoticeRow)).first() is None


def test_no_room_nothing_kept(store: Store, tmp_path: Path) -> None:
    """A disk that is nearly full is told before the client hears 250."""
    store.disk = Disk(tmp_path / "guard.db", 1 << 40)
    with pytest.raises(DiskFull):
        keep_unread(store, ENVELOPE, RAW)
    assert count_unread(store) == 0


_WORDS = st.text(max_size=12)


@given(
    st.builds(
        Envelope,
        _WORDS,
        st.lists(_WORDS, max_size=3).map(tuple),
        st.builds(
            Client, _WORDS, _WORDS, st.none() | _WORDS, st.lists(st.tuples(_WORDS, _WORDS), max_size=2).map(tuple)
        ),
        st.booleans(),
        st.booleans(),
        _WORDS,
        st.lists(st.tuples(_WORDS, _WORDS), max_size=2).map(tuple),
        _WORDS,
    )
)
def test_an_envelope_comes_back_as_it_was_said(envelope: Envelope) -> None:
    """Every word of it, whatever it is."""
    packed = pack_envelope(envelope)
    assert unpack_envelope(packed) == envelope


def test_what_a_client_calls_itself_keeps_no_message_out(any_store: Store) -> None:
    """NUL and octets of no alphabet in EHLO, login and forwarded names are kept as they were said."""
    odd = Client("192.0.2.7", "pc\0\udcff", "mi\0ra", (("HELO", "\udc80"),))
    keep_unread(any_store, replace(ENVELOPE, client=odd), RAW)
    assert claimed(any_store).envelope.client == odd


def test_claimed_whole_and_by_one(any_store: Store, clock: TurnableClock) -> None:
    """What comes out is what was kept; nobody else gets it until the claim is over, and then the first has lost it."""
    keep_unread(any_store, ENVELOPE, RAW)
    first = claimed(any_store)
    assert (first.raw, first.envelope, first.remaining) == (RAW, ENVELOPE, ENVELOPE.recipients)
    assert claim_unread(any_store, clock()) is None
    clock.turn(seconds=CLAIM.total_seconds() + 1)
    assert claim_unread(any_store, clock(), besides={CASE}) is None
    second = claimed(any_store)
    too_late: list[Callable[[], None]] = [
        lambda: end_unread(any_store, first, passed=[CUSTOMER]),
        lambda: end_unread(any_store, first, held(any_store)),
        lambda: start_sending(any_store, first, clock()),
        lambda: try_again(any_store, first, "no", clock()),
        lambda: send_again(any_store, first, Sent((OTHER,), (), "451 later", ""), clock()),
    ]
    for late in too_late:
        with pytest.raises(ClaimLost):
            late()
    assert list_cases(any_store).cases == ()
    end_unread(any_store, second, passed=second.remaining, answer="250 2.0.0 Ok")
    assert (count_unread(any_store), acts(any_store)) == (0, ["awaits reading", "passed after reading"])


def test_it_becomes_the_case_that_the_client_was_told_of(any_store: Store) -> None:
    """In one step with its end: whole, held, with its letters; it is in no list of what waits any more."""
    keep_unread(any_store, ENVELOPE, RAW)
    end_unread(any_store, claimed(any_store), held(any_store))
    case = read_case(any_store, CASE)
    assert case.summary.state == CaseState.HELD
    assert [one.address for one in case.recipients] == [CUSTOMER, OTHER]
    assert open_body(any_store, CASE) == RAW
    assert (count_unread(any_store), acts(any_store)) == (0, ["awaits reading", "hold"])
    with any_store.reading() as session:
        assert [notice.to for notice in session.exec(select(NoticeRow))] == [SENDER]


def test_a_case_that_cannot_be_written_leaves_it_waiting(any_store: Store) -> None:
    """Both or nothing: the message is never between row and case."""
    keep_unread(any_store, ENVELOPE, RAW)
    twin = held(any_store)
    write_holds(any_store, [twin])
    with pytest.raises(StoreError):
        end_unread(any_store, claimed(any_store), twin)
    assert count_unread(any_store) == 1


def test_a_case_that_is_there_already_is_no_name_for_another(any_store: Store) -> None:
    """The client is sent away and comes with another id: under this one the message could never become a case."""
    write_holds(any_store, [held(any_store)])
    with pytest.raises(StoreError, match="already"):
        keep_unread(any_store, ENVELOPE, RAW)
    assert count_unread(any_store) == 0


def test_a_claim_is_held_as_long_as_its_worker_lives(any_store: Store, clock: TurnableClock) -> None:
    """Twenty pictures and a slow next hop take longer than a claim; once it is another's, it is not taken back."""
    keep_unread(any_store, ENVELOPE, RAW)
    first = claimed(any_store)
    for _ in range(3):
        clock.turn(seconds=0.8 * CLAIM.total_seconds())
        assert renew_reading(any_store, first, clock())
        assert claim_unread(any_store, clock()) is None
    clock.turn(seconds=CLAIM.total_seconds() + 1)
    claimed(any_store)
    assert not renew_reading(any_store, first, clock())


def test_trouble_is_no_death(any_store: Store, clock: TurnableClock) -> None:
    """A database or disk that is away says nothing about the message; what nobody has thought of may be its doing."""
    for blamed in (False, True):
        keep_unread(any_store, replace(ENVELOPE, message_id=f"7K4M92Q{blamed:d}C3VE"), RAW)
        for _ in range(4):
            job = claimed(any_store)
            assert not (job.given_up and not blamed)
            try_again(any_store, job, "away", clock(), in_doubt=True, blamed=blamed)
            clock.turn(hours=1)
        last = claimed(any_store)
        assert last.given_up == blamed
        end_unread(any_store, last, passed=last.remaining)


def test_keys_are_exchanged_while_it_waits(any_store: Store) -> None:
    """Wrapped anew with everything else: the old key leaves the file, and the message opens."""
    keep_unread(any_store, ENVELOPE, RAW)
    assert [key.bodies for key in list_keys(any_store)] == [1]
    rotated = rotate(any_store, "otto", lambda done, all_: None, node="a")
    assert len(rotated.dropped) == 1
    assert claimed(any_store).raw == RAW


def test_what_ends_its_worker_is_given_up(any_store: Store, clock: TurnableClock) -> None:
    """Three times a worker dies of it; the fourth is told to leave it to a person. A stop counts for none."""
    keep_unread(any_store, ENVELOPE, RAW)
    for _ in range(5):
        put_back(any_store, claimed(any_store))
    for _ in range(3):
        assert not claimed(any_store).given_up
        clock.turn(seconds=CLAIM.total_seconds() + 1)
    assert claimed(any_store).given_up


def test_a_restart_takes_up_what_was_claimed(store: Store) -> None:
    """SQLite's file belongs to one guard: what it was at when it died is due again at once."""
    keep_unread(store, ENVELOPE, RAW)
    claimed(store)
    forget_reading_claims(store)
    assert claimed(store).raw == RAW


def test_a_second_copy_is_on_record(any_store: Store, clock: TurnableClock) -> None:
    """Who was lost between the final dot and the answer may have sent it: the next try says so."""
    keep_unread(any_store, ENVELOPE, RAW)
    job = claimed(any_store)
    start_sending(any_store, job, clock())
    try_again(any_store, job, "lost after the final dot", clock(), in_doubt=True)
    clock.turn(minutes=1)
    again = claimed(any_store)
    start_sending(any_store, again, clock())
    assert acts(any_store) == ["awaits reading", "release again"]
    try_again(any_store, again, "no route", clock())
    clock.turn(minutes=2)
    start_sending(any_store, claimed(any_store), clock())
    assert acts(any_store) == ["awaits reading", "release again"]


def test_pauses_double_up_to_an_hour(any_store: Store, clock: TurnableClock) -> None:
    """Half a minute, a minute, ... an hour, an hour."""
    keep_unread(any_store, ENVELOPE, RAW)
    pauses = []
    for _ in range(9):
        try_again(any_store, claimed(any_store), "no route", clock())
        kept = row(any_store)
        assert kept is not None
        pauses.append((kept.due_at - clock()).total_seconds())
        clock.now = kept.due_at
    assert pauses == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]


def test_each_recipient_has_an_answer_of_their_own(any_store: Store, clock: TurnableClock) -> None:
    """Who has it is not sent to again; who is refused is kept in mind; the rest is tried again, for five days."""
    keep_unread(any_store, ENVELOPE, RAW)
    job = claimed(any_store)
    assert sort_answers(job, {CUSTOMER: OK, OTHER: NO}, clock()) == Sent((), (OTHER,), str(NO), str(OK))
    sent = sort_answers(job, {CUSTOMER: OK, OTHER: LATER}, clock())
    assert sent == Sent((OTHER,), (), str(LATER), str(OK))
    send_again(any_store, job, sent, clock())
    assert acts(any_store) == ["awaits reading", "passed after reading"]
    # The trail says of who has it what was said of them, not of another.
    with any_store.reading() as session:
        told = session.exec(select(AuditRow.details).order_by(col(AuditRow.seq).desc())).first()
    assert told == {"recipients": [CUSTOMER], "answer": str(OK)}
    clock.turn(minutes=1)
    again = claimed(any_store)
    assert again.remaining == (OTHER,)
    late = clock() + timedelta(days=5)
    assert sort_answers(again, {OTHER: LATER}, late) == Sent((), (OTHER,), str(LATER), "")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE awaiting_reading SET sealed = 'x'",
        "UPDATE awaiting_reading SET sha256 = 'x'",
        "UPDATE awaiting_reading SET size = 1",
        "UPDATE awaiting_reading SET case_id = 'MG-2222-2222'",
        "UPDATE awaiting_reading SET claims = 0",
        "DELETE FROM awaiting_reading",
    ],
)
def test_the_database_itself_keeps_it_whole(any_store: Store, statement: str) -> None:
    """Also from a program with a bug: what was taken from the client is not changed, and no claim is forgotten."""
    keep_unread(any_store, ENVELOPE, RAW)
    claimed(any_store)
    with pytest.raises(StoreError, match="custody"), any_store.recording() as connection:
        connection.execute(text(statement))
