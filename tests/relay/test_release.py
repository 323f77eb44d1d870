"""Approved messages on their way out, with the real store and a real next hop."""

import asyncio

import pytest

from mailguard.cases.decide import decide
from mailguard.cases.hold import hold
from mailguard.cases.reading import read_case
from mailguard.cases.release import claim
from mailguard.core.decision import Action, Decision
from mailguard.core.envelope import Envelope
from mailguard.core.person import Person, Role
from mailguard.core.settings import NextHopSettings
from mailguard.relay.next_hop import NextHop
from mailguard.relay.release import ReleaseWorker
from mailguard.store.people import add_user
from mailguard.store.store import Store
from tests.conftest import TurnableClock
from tests.support.letters import hold_letter, judgement_of, write_letter
from tests.support.sink import DROP, STALL, Sink

TWO = ("matti.virtanen@post.example", "anna@example.org")


@pytest.fixture
def supervisor(store: Store) -> Person:
    """Somebody who may decide."""
    return add_user(store, "sofia", email="sofia@operator.example", role=Role.SUPERVISOR, password="a long pass phrase")


@pytest.fixture
async def worker(store: Store, next_hop: NextHop, clock: TurnableClock) -> ReleaseWorker:
    """The worker in front of the sink."""
    return ReleaseWorker(store, next_hop, clock)


def _approve(store: Store, person: Person, recipients: tuple[str, ...] | None = None) -> str:
    case_id = hold_letter(store, recipients=TWO)
    decide(store, case_id, Decision(Action.APPROVE, "known customer", recipients), person)
    return case_id


async def test_released_as_judged(store: Store, worker: ReleaseWorker, sink: Sink, supervisor: Person) -> None:
    """What leaves is two header lines and then, octet for octet, what was judged."""
    case_id = _approve(store, supervisor)
    assert await worker.run_once()
    (message,) = sink.messages
    head, _, rest = message.body.partition(b"\r\nX-Mailguard-Released: Mon, 16 Nov 2026 09:00:00 +0000\r\n")
    assert head == b"X-Mailguard-Case: " + case_id.encode()
    assert rest == write_letter("Your PIN is 4826.", to=", ".join(TWO))
    assert [line.split(b"<")[1] for line in message.rcpt] == [a.encode() + b">\r\n" for a in TWO]
    assert read_case(store, case_id).summary.state == "released"
    assert not await worker.run_once()


async def test_nothing_leaves_without_approval(store: Store, worker: ReleaseWorker, sink: Sink) -> None:
    """A case that nobody decided is not the worker's."""
    hold_letter(store)
    assert not await worker.run_once()
    assert sink.connections == 0


async def test_only_approved_recipients(store: Store, worker: ReleaseWorker, sink: Sink, supervisor: Person) -> None:
    """A recipient who was not approved is not in the envelope."""
    _approve(store, supervisor, (TWO[0],))
    await worker.run_once()
    assert sink.messages[0].rcpt == [b"RCPT TO:<" + TWO[0].encode() + b">\r\n"]


async def test_next_hop_that_is_away(
    store: Store, worker: ReleaseWorker, sink: Sink, supervisor: Person, clock: TurnableClock
) -> None:
    """A lost next hop and a 4yz put it off; later it goes, and to each recipient once."""
    case_id = _approve(store, supervisor)
    sink.steps["connect"] = DROP
    assert await worker.run_once()
    assert not await worker.run_once(), "it waits"
    sink.steps = {"rcpt": lambda line: b"450 4.2.0 later\r\n" if b"anna@" in line else b"250 ok\r\n"}
    clock.turn(minutes=10)
    assert await worker.run_once()
    assert len(sink.messages) == 1
    sink.steps.clear()
    clock.turn(minutes=10)
    assert await worker.run_once()
    assert [len(message.rcpt) for message in sink.messages] == [1, 1]
    assert b"anna@" in sink.messages[1].rcpt[0]
    assert read_case(store, case_id).summary.state == "released"


async def test_refused_for_good(store: Store, worker: ReleaseWorker, sink: Sink, supervisor: Person) -> None:
    """A refusal of one recipient is not lost behind the delivery to the other: undeliverable."""
    case_id = _approve(store, supervisor)
    sink.steps["rcpt"] = lambda line: b"550 5.1.1 unknown\r\n" if b"anna@" in line else b"250 ok\r\n"
    await worker.run_once()
    assert len(sink.messages) == 1
    assert read_case(store, case_id).summary.state == "undeliverable"


async def test_running(store: Store, next_hop: NextHop, sink: Sink, supervisor: Person, clock: TurnableClock) -> None:
    """The loop works off what is due, waits, and is woken by a call."""
    worker = ReleaseWorker(store, next_hop, clock)
    running = asyncio.ensure_future(worker.run())
    await asyncio.sleep(0.05)
    for count in (1, 2):
        _approve(store, supervisor)
        worker.wake()
        for _ in range(300):
            if len(sink.messages) == count:
                break
            await asyncio.sleep(0.01)
        assert len(sink.messages) == count
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_two_workers_send_it_once(
    store: Store, sink: Sink, supervisor: Person, clock: TurnableClock, next_hop: NextHop
) -> None:
    """A claim belongs to one worker."""
    _approve(store, supervisor)
    other = NextHop(NextHopSettings(port=sink.port), "guard.example")
    worked = await asyncio.gather(
        ReleaseWorker(store, next_hop, clock).run_once(), ReleaseWorker(store, other, clock).run_once()
    )
    await other.close()
    assert sorted(worked) == [False, True]
    assert len(sink.messages) == 1


async def test_a_crashed_workers_case_is_taken_over(
    store: Store, worker: ReleaseWorker, sink: Sink, supervisor: Person, clock: TurnableClock
) -> None:
    """A claim whose worker died ends by itself."""
    _approve(store, supervisor)
    assert claim(store, clock()) is not None
    assert not await worker.run_once()
    clock.turn(hours=1)
    assert await worker.run_once()
    assert len(sink.messages) == 1


async def test_stopping_in_the_middle(store: Store, sink: Sink, supervisor: Person, clock: TurnableClock) -> None:
    """A worker that is stopped while a message is on its way writes down what became of it first."""
    hop = NextHop(NextHopSettings(port=sink.port, timeout=0.3), "guard.example")
    case_id = _approve(store, supervisor)
    sink.steps["dot"] = STALL
    running = asyncio.ensure_future(ReleaseWorker(store, hop, clock).run())
    for _ in range(300):
        if sink.messages:
            break
        await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    case = read_case(store, case_id)
    assert (case.tries, case.summary.state) == (1, "approved")
    assert case.last_answer is not None


async def test_wishes_for_status_notifications_wait_with_the_message(
    store: Store, worker: ReleaseWorker, sink: Sink, supervisor: Person
) -> None:
    """RET, ENVID, NOTIFY and ORCPT of a held message go out with it, for the recipients that are approved."""
    sink.extensions = (*sink.extensions, "DSN")
    raw = write_letter("Your PIN is 4826.", to=", ".join(TWO))
    wishes = tuple((address, f"NOTIFY=NEVER ORCPT=rfc822;{address}") for address in TWO)
    envelope = Envelope("seller@operator.example", TWO, dsn="RET=HDRS ENVID=order7", recipient_dsn=wishes)
    case_id = hold(store, envelope, raw, judgement_of(raw, TWO))
    decide(store, case_id, Decision(Action.APPROVE, "known customer", (TWO[1],)), supervisor)
    assert await worker.run_once()
    (message,) = sink.messages
    assert message.mail.endswith(b" RET=HDRS ENVID=order7\r\n")
    assert message.rcpt == [b"RCPT TO:<anna@example.org> NOTIFY=NEVER ORCPT=rfc822;anna@example.org\r\n"]
