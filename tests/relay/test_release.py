"""Approved messages on their way out, with the real store and a real next hop."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from mailguard.cases.deciding.decide import decide
from mailguard.cases.reading import read_case
from mailguard.cases.releasing.claim import claim, renew, start
from mailguard.cases.releasing.job import ReleaseJob
from mailguard.cases.releasing.settle import postpone, settle
from mailguard.core.answer import Answer
from mailguard.core.case import CaseState
from mailguard.core.decision import Action, Decision
from mailguard.core.envelope import Envelope
from mailguard.core.errors import ClaimLost, StoreError
from mailguard.core.person import Person, Role
from mailguard.core.settings import NextHopSettings
from mailguard.relay.next_hop import NextHop
from mailguard.relay.release import ReleaseWorker
from mailguard.store.people import add_user
from mailguard.store.store import Store
from tests.conftest import TurnableClock
from tests.support.holding import hold
from tests.support.letters import hold_letter, judgement_of, write_letter
from tests.support.loop_clock import put_forward
from tests.support.sink import DROP, STALL, Sink, SinkMessage
from tests.support.waiting import happened

TWO = ("matti.virtanen@post.example", "anna@example.org")


@pytest.fixture
def supervisor(store: Store) -> Person:
    """Somebody who may decide."""
    return add_user(store, "sofia", email="sofia@operator.example", role=Role.SUPERVISOR, password="a long pass phrase")


@pytest.fixture
def supervisor_of_any(any_store: Store) -> Person:
    """The same on both databases."""
    return add_user(
        any_store, "sofia", email="sofia@operator.example", role=Role.SUPERVISOR, password="a long pass phrase"
    )


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
    """The loop works off what is due, and looks again a second later."""
    worker = ReleaseWorker(store, next_hop, clock)
    running = asyncio.ensure_future(worker.run())
    await asyncio.sleep(0.05)
    for count in (1, 2):
        _approve(store, supervisor)
        await happened(lambda count=count: len(sink.messages) >= count)  # type: ignore[misc]
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
    hop = NextHop(NextHopSettings(port=sink.port, timeout=60), "guard.example")
    case_id = _approve(store, supervisor)
    sink.steps["dot"] = STALL
    running = asyncio.ensure_future(ReleaseWorker(store, hop, clock).run())
    await happened(lambda: sink.messages)
    running.cancel()
    asyncio.get_running_loop().call_later(0.05, put_forward, 61)
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


async def test_the_null_reverse_path_stays_null(
    store: Store, worker: ReleaseWorker, sink: Sink, supervisor: Person
) -> None:
    """A held bounce leaves as `MAIL FROM:<>`, and nothing else."""
    raw = write_letter("Your PIN is 4826.", sender="mailer-daemon@operator.example", to=TWO[0])
    case_id = hold(store, Envelope("", TWO[:1]), raw, judgement_of(raw, TWO[:1]))
    decide(store, case_id, Decision(Action.APPROVE, "known customer"), supervisor)
    assert await worker.run_once()
    (message,) = sink.messages
    assert message.mail == b"MAIL FROM:<> SIZE=%d\r\n" % len(message.body)
    assert read_case(store, case_id).summary.state == "released"


def _job(store: Store, clock: TurnableClock) -> ReleaseJob:
    job = claim(store, clock())
    assert job is not None
    return job


def _acts(store: Store, case_id: str) -> list[str]:
    return [entry.act for entry in read_case(store, case_id).history]


async def test_many_workers_send_each_message_once(any_store: Store, supervisor_of_any: Person, sink: Sink) -> None:
    """Three nodes, four messages at once each: every case leaves once."""
    cases = {_approve(any_store, supervisor_of_any) for _ in range(10)}
    hops = [NextHop(NextHopSettings(port=sink.port), "guard.example") for _ in range(3)]
    workers = [asyncio.create_task(ReleaseWorker(any_store, hop, any_store.clock).run()) for hop in hops]
    async with asyncio.timeout(120):
        while {read_case(any_store, case_id).summary.state for case_id in cases} != {"released"}:
            await asyncio.sleep(0.05)
    for worker in workers:
        worker.cancel()
    await asyncio.gather(*workers, return_exceptions=True)
    for hop in hops:
        await hop.close()
    assert Counter(_case_of(message) for message in sink.messages) == Counter(cases)


async def test_a_slow_next_hop_makes_no_queue(
    store: Store, sink: Sink, next_hop: NextHop, supervisor: Person, clock: TurnableClock
) -> None:
    """Where four may leave at once, three do while one waits for its answer, what is due longest first."""
    cases = []
    for _ in range(5):
        cases.append(_approve(store, supervisor))
        clock.turn(seconds=1)
    sink.steps["dot"] = STALL
    running = asyncio.create_task(ReleaseWorker(store, next_hop, clock, at_once=4).run())
    await happened(lambda: len(sink.messages) >= 4)
    assert {_case_of(message) for message in sink.messages} == set(cases[:4])
    sink.hang_up()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def test_a_worker_that_lost_its_claim_sends_nothing(
    any_store: Store, supervisor_of_any: Person, clock: TurnableClock
) -> None:
    """The last look before the dot: a case that is another's by now is not sent, however slow the first one was."""
    _approve(any_store, supervisor_of_any)
    slow = _job(any_store, clock)
    clock.turn(minutes=6)
    quick = _job(any_store, clock)
    with pytest.raises(ClaimLost):
        start(any_store, slow, clock())
    assert not renew(any_store, slow, clock())
    start(any_store, quick, clock())
    taken = dict.fromkeys(TWO, Answer(250, ("2.0.0 taken",)))
    assert settle(any_store, quick, taken, clock()) is CaseState.RELEASED
    assert "release again" not in _acts(any_store, quick.case_id)


def test_a_second_copy_is_in_the_audit_trail(any_store: Store, supervisor_of_any: Person, clock: TurnableClock) -> None:
    """A worker that was at the dot when it died: whoever sends it again says so first, once."""
    case_id = _approve(any_store, supervisor_of_any)
    start(any_store, _job(any_store, clock), clock())
    clock.turn(minutes=6)
    second = _job(any_store, clock)
    start(any_store, second, clock())
    settle(any_store, second, dict.fromkeys(TWO, Answer(451, ("later",))), clock())
    clock.turn(hours=1)
    third = _job(any_store, clock)
    start(any_store, third, clock())
    settle(any_store, third, dict.fromkeys(TWO, Answer(250, ("taken",))), clock())
    assert _acts(any_store, case_id).count("release again") == 1


def test_a_late_answer_changes_nothing_but_who_has_it(
    any_store: Store, supervisor_of_any: Person, clock: TurnableClock
) -> None:
    """A slow worker's 250 keeps others from sending it there again; its refusals no longer count."""
    case_id = _approve(any_store, supervisor_of_any)
    slow = _job(any_store, clock)
    start(any_store, slow, clock())
    clock.turn(minutes=6)
    quick = _job(any_store, clock)
    late = {TWO[0]: Answer(250, ("taken",)), TWO[1]: Answer(550, ("no",))}
    assert settle(any_store, slow, late, clock()) is CaseState.APPROVED
    assert postpone(any_store, slow, "gone", clock()) is CaseState.APPROVED
    with pytest.raises(ClaimLost):
        start(any_store, quick, clock())
    clock.turn(minutes=6)
    third = _job(any_store, clock)
    assert third.envelope.recipients == (TWO[1],)
    start(any_store, third, clock())
    assert settle(any_store, third, {TWO[1]: Answer(250, ("taken",))}, clock()) is CaseState.RELEASED
    assert "late answer" in _acts(any_store, case_id)


async def test_a_clock_that_jumps_ahead_takes_no_case_from_its_worker(
    store: Store, sink: Sink, next_hop: NextHop, supervisor: Person, clock: TurnableClock
) -> None:
    """A day ahead, in the midst of a message: the claim has ended by the clock, and it is still not sent twice."""
    case_id = _approve(store, supervisor)
    sink.steps["dot"] = STALL
    worker = ReleaseWorker(store, next_hop, clock)
    running = asyncio.create_task(worker.run())
    await happened(lambda: sink.messages)
    clock.turn(days=1)
    await asyncio.sleep(1.3)
    assert len(sink.messages) == 1
    sink.hang_up()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert read_case(store, case_id).summary.state == "approved"


async def test_an_answer_is_kept_until_it_is_written_down(
    store: Store, worker: ReleaseWorker, sink: Sink, supervisor: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that is away when the next hop has taken the message makes no second copy."""
    case_id = _approve(store, supervisor)
    troubles = [StoreError("database is locked")]

    def settle_later(*given: Any, **named: Any) -> CaseState:
        if troubles:
            raise troubles.pop()
        return settle(*given, **named)

    monkeypatch.setattr("mailguard.relay.release.settle", settle_later)
    monkeypatch.setattr("mailguard.relay.release._PAUSE", 0.01)
    assert await worker.run_once()
    assert len(sink.messages) == 1
    assert read_case(store, case_id).summary.state == "released"


async def test_a_lost_answer_is_remembered(
    store: Store, worker: ReleaseWorker, sink: Sink, supervisor: Person, clock: TurnableClock
) -> None:
    """The next hop hung up behind the dot: it is tried again, and the audit trail says that it may be the second."""
    case_id = _approve(store, supervisor)
    sink.steps["dot"] = DROP
    assert await worker.run_once()
    sink.steps["connect"] = DROP
    clock.turn(minutes=2)
    assert await worker.run_once()
    sink.steps.clear()
    clock.turn(hours=1)
    assert await worker.run_once()
    assert read_case(store, case_id).summary.state == "released"
    assert _acts(store, case_id).count("release again") == 1
    assert [_case_of(message) for message in sink.messages] == [case_id, case_id]


def _case_of(message: SinkMessage) -> str:
    return message.body.split(b"\r\n", 1)[0].decode().removeprefix("X-Mailguard-Case: ")
