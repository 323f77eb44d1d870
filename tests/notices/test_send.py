"""The worker: every letter once, over two databases, with a next hop that answers as it likes."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from email import message_from_bytes
from typing import Any

import pytest
from structlog.testing import capture_logs

from mailguard.core.answer import Answer
from mailguard.core.envelope import Envelope
from mailguard.core.errors import NextHopError
from mailguard.core.settings import Settings
from mailguard.notices.send import NoticeWorker
from mailguard.store.store import Store
from mailguard.store.tables.outbox import NoticeRow
from tests.conftest import TurnableClock
from tests.support.case_rows import SECRET, add_case, decide_case

OK = Answer(250, ("2.0.0 queued",))
SETTINGS = Settings(notices={"from_address": "mailguard@operator.example"})


class NextHop:
    """Takes letters, and says what it is told to say."""

    def __init__(self) -> None:
        self.taken: list[tuple[Envelope, bytes]] = []
        self.answer: Answer | Exception = OK
        self.first = asyncio.Event()

    async def __call__(self, envelope: Envelope, letter: bytes) -> dict[str, Answer]:
        await asyncio.sleep(0)
        if isinstance(self.answer, Exception):
            raise self.answer
        self.taken.append((envelope, letter))
        self.first.set()
        return dict.fromkeys(envelope.recipients, self.answer)


@pytest.fixture
def next_hop() -> NextHop:
    """A next hop that takes everything."""
    return NextHop()


def _write(store: Store, kind: str, to: str = "seller@operator.example", case_id: str | None = None) -> int:
    now = store.clock()
    case_id = case_id or add_case(store, now, rules=("pin.en",))
    with store.writing() as session:
        row = NoticeRow(kind=kind, to=to, case_id=case_id, details={}, created_at=now, due_at=now)
        session.add(row)
        session.flush()
        assert row.id is not None
        return row.id


def _row(store: Store, number: int) -> NoticeRow:
    with store.reading() as session:
        row = session.get(NoticeRow, number)
        assert row is not None
        return row


async def test_due_letter_goes_out_once(any_store: Store, next_hop: NextHop, clock: TurnableClock) -> None:
    """A due letter goes out under the null reverse-path, is marked as sent, and is not sent again."""
    number = _write(any_store, "held")
    worker = NoticeWorker(any_store, next_hop, SETTINGS, clock)
    assert await worker.run_once() == 1
    assert await worker.run_once() == 0
    ((envelope, letter),) = next_hop.taken
    assert envelope.reverse_path == ""
    assert envelope.recipients == ("seller@operator.example",)
    assert message_from_bytes(letter)["To"] == "seller@operator.example"
    row = _row(any_store, number)
    assert row.sent_at == clock()
    assert row.due_at is None
    assert row.last_answer == "250 2.0.0 queued"


async def test_letters_and_logs_show_nothing_of_the_message(
    store: Store, next_hop: NextHop, clock: TurnableClock
) -> None:
    """Neither subject, nor From, nor the reasons' own sentences, nor an address in the logs."""
    kinds = ("held", "to_review", "reminder", "escalation", "rejected", "expired", "undeliverable", "withdrawn")
    for kind in kinds:
        _write(store, kind)
    with capture_logs() as logs:
        assert await NoticeWorker(store, next_hop, SETTINGS, clock).run_once() == len(kinds)
    for _, letter in next_hop.taken:
        whole = "".join(str(part.get_payload(decode=True)) for part in message_from_bytes(letter).walk())
        assert SECRET not in whole
        assert SECRET.encode() not in letter
        assert "2044" not in whole
        assert "order papers" not in whole
    assert len(logs) == len(kinds)
    assert "@" not in str(logs)


async def test_two_workers_send_each_letter_once(any_store: Store, next_hop: NextHop, clock: TurnableClock) -> None:
    """Workers side by side share the letters between them."""
    case_id = add_case(any_store, clock())
    for number in range(12):
        _write(any_store, "held", f"s{number}@operator.example", case_id)
    workers = [NoticeWorker(any_store, next_hop, SETTINGS, clock) for _ in range(3)]
    assert sum(await asyncio.gather(*(worker.run_once() for worker in workers))) == 12
    assert len({envelope.recipients for envelope, _ in next_hop.taken}) == len(next_hop.taken) == 12


async def test_refused_for_good_is_given_up(store: Store, next_hop: NextHop, clock: TurnableClock) -> None:
    """A 5yz answer ends it, with the answer on record."""
    number = _write(store, "held")
    next_hop.answer = Answer(550, ("5.1.1 no such user",))
    worker = NoticeWorker(store, next_hop, SETTINGS, clock)
    assert await worker.run_once() == 0
    clock.turn(days=1)
    assert await worker.run_once() == 0
    assert len(next_hop.taken) == 1
    row = _row(store, number)
    assert (row.sent_at, row.due_at, row.last_answer) == (None, None, "550 5.1.1 no such user")


@pytest.mark.parametrize("trouble", [Answer(451, ("4.3.0 later",)), NextHopError("away"), OSError("broken pipe")])
async def test_trouble_is_tried_again_with_growing_pauses(
    store: Store, next_hop: NextHop, clock: TurnableClock, trouble: Answer | Exception
) -> None:
    """After a 4yz answer or a lost next hop the letter waits, longer each time, and goes out in the end."""
    number = _write(store, "held")
    worker = NoticeWorker(store, next_hop, SETTINGS, clock)
    next_hop.answer = trouble
    pauses = []
    for _ in range(9):
        assert await worker.run_once() == 0
        due = _row(store, number).due_at
        assert due is not None
        pauses.append(due - clock())
        clock.now = due
    assert pauses == sorted(pauses)
    assert pauses[0] == timedelta(minutes=1)
    assert pauses[-1] == timedelta(hours=1)
    next_hop.answer = OK
    assert await worker.run_once() == 1


async def test_after_five_days_it_is_given_up(store: Store, next_hop: NextHop, clock: TurnableClock) -> None:
    """A letter that nobody took for five days is not tried for ever."""
    number = _write(store, "held")
    next_hop.answer = NextHopError("away")
    clock.turn(days=5, minutes=1)
    await NoticeWorker(store, next_hop, SETTINGS, clock).run_once()
    assert _row(store, number).due_at is None
    assert _row(store, number).last_answer == "next hop: NextHopError"


async def test_lost_next_hop_stops_the_round(store: Store, next_hop: NextHop, clock: TurnableClock) -> None:
    """While the next hop is away, one letter tries it, not all of them."""
    numbers = [_write(store, "held") for _ in range(3)]
    next_hop.answer = NextHopError("away")
    await NoticeWorker(store, next_hop, SETTINGS, clock).run_once()
    assert [_row(store, number).tries for number in numbers] == [1, 0, 0]


async def test_letter_of_a_dead_worker_is_taken_over(store: Store, next_hop: NextHop, clock: TurnableClock) -> None:
    """A worker that dies with a letter in hand loses it to another after the claim has run out."""
    _write(store, "held")
    worker = NoticeWorker(store, next_hop, SETTINGS, clock)

    async def dies(envelope: Envelope, letter: bytes) -> dict[str, Answer]:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await NoticeWorker(store, dies, SETTINGS, clock).run_once()
    assert await worker.run_once() == 0
    clock.turn(minutes=21)
    assert await worker.run_once() == 1


@pytest.mark.parametrize("kind", ["to_review", "reminder", "escalation"])
async def test_nobody_is_asked_about_a_decided_case(
    store: Store, next_hop: NextHop, clock: TurnableClock, kind: str
) -> None:
    """A request for review, a reminder or word higher up that comes too late is not sent."""
    case_id = add_case(store, clock())
    number = _write(store, kind, "vera@operator.example", case_id)
    decide_case(store, case_id, "reject", timedelta(minutes=1))
    assert await NoticeWorker(store, next_hop, SETTINGS, clock).run_once() == 0
    assert next_hop.taken == []
    assert _row(store, number).last_answer == "not sent: the case is rejected already"


@pytest.mark.parametrize(
    "to", ["", "MAILER-DAEMON@x.example", "list-request@x.example", "mailguard@operator.example", "a b@x.example"]
)
async def test_no_letter_to_robots_or_itself(store: Store, next_hop: NextHop, clock: TurnableClock, to: str) -> None:
    """Null reverse-path, mail systems, lists, the guard's own address and odd addresses get nothing: no loop begins."""
    number = _write(store, "held", to)
    assert await NoticeWorker(store, next_hop, SETTINGS, clock).run_once() == 0
    assert next_hop.taken == []
    assert _row(store, number).due_at is None


async def test_unknown_kind_does_not_stop_the_others(store: Store, next_hop: NextHop, clock: TurnableClock) -> None:
    """A row that no template knows is given up by name; the next letter goes out."""
    number = _write(store, "poem")
    _write(store, "held")
    assert await NoticeWorker(store, next_hop, SETTINGS, clock).run_once() == 1
    assert "poem" in (_row(store, number).last_answer or "")


async def test_worker_runs_until_cancelled(store: Store, next_hop: NextHop, clock: TurnableClock) -> None:
    """`run` sends what comes, lives through a database that is away, and ends when cancelled."""
    with store.writing() as session:
        session.connection().exec_driver_sql("ALTER TABLE notices RENAME TO away")
    with capture_logs() as logs:
        worker = asyncio.create_task(NoticeWorker(store, next_hop, SETTINGS, clock, pause=0.01).run())
        async with asyncio.timeout(120):
            while not logs:
                await asyncio.sleep(0.01)
    with store.writing() as session:
        session.connection().exec_driver_sql("ALTER TABLE away RENAME TO notices")
    _write(store, "held")
    async with asyncio.timeout(120):
        await next_hop.first.wait()
    worker.cancel()
    with pytest.raises(asyncio.CancelledError):
        await worker


async def test_a_stop_in_the_middle_of_a_letter_is_not_lost(store: Store, clock: TurnableClock) -> None:
    """A next hop's connection that swallows the cancellation keeps no worker alive; the letter is on record as sent."""
    number = _write(store, "held")
    begun = asyncio.Event()

    async def deaf(envelope: Envelope, letter: bytes) -> dict[str, Answer]:
        begun.set()
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(0.05)
        return dict.fromkeys(envelope.recipients, OK)

    worker = asyncio.create_task(NoticeWorker(store, deaf, SETTINGS, clock).run())
    async with asyncio.timeout(120):
        await begun.wait()
        worker.cancel()
        with pytest.raises(asyncio.CancelledError):
            await worker
    assert _row(store, number).sent_at == clock()


@pytest.mark.parametrize(
    "values",
    [{"sender": "mailguard@operator.example"}, {"message_id": "<notice-7.MG-7K4M-92QT@operator.example>"}],
)
async def test_a_letter_of_ours_that_comes_back_calls_forth_no_other(
    store: Store, next_hop: NextHop, clock: TurnableClock, values: dict[str, Any]
) -> None:
    """Sent on by a reader's mailbox to the front door and held there, it is a case like any; nobody is written to."""
    case_id = add_case(store, clock(), **values)
    for kind in ("held", "to_review"):
        _write(store, kind, "vera@operator.example", case_id)
    assert await NoticeWorker(store, next_hop, SETTINGS, clock).run_once() == 0
    assert next_hop.taken == []
    _write(store, "reminder", "vera@operator.example", case_id)
    assert await NoticeWorker(store, next_hop, SETTINGS, clock).run_once() == 1
