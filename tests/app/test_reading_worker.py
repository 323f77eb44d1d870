"""The reading worker, a next hop and a database: what it does with each verdict, trouble and stop."""

import asyncio
import io
import math
import time
import zipfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from mailguard.app import after_reading
from mailguard.app.reading_later import ReadingWorker
from mailguard.app.tally import Tally
from mailguard.app.wiring import Guard, open_guard
from mailguard.cases.awaiting.claim import claim_unread, count_unread
from mailguard.cases.awaiting.keep import keep_unread
from mailguard.cases.awaiting.listing import Unread, each_unread
from mailguard.cases.listing import list_cases
from mailguard.cases.reading import read_case
from mailguard.core.envelope import Envelope
from mailguard.core.rule_folders import shipped_rules
from mailguard.core.settings import NextHopSettings, RulesSettings, Settings, StoreSettings
from mailguard.core.settings.message import MessageSettings
from mailguard.core.verdict import ReasonCode, Verdict
from mailguard.incidents.tracing.trace import Subject, Wanted, trace
from mailguard.notices.compose import compose
from mailguard.notices.facts import read_facts
from mailguard.relay.next_hop import NextHop
from mailguard.store.tables.audit import AuditRow
from mailguard.store.tables.journal import JournalRecipientRow
from mailguard.store.tables.outbox import NoticeRow
from tests.conftest import TurnableClock
from tests.support.letters import CUSTOMER, SENDER
from tests.support.need import need_program
from tests.support.pictured import CLEAN, OTHER, SECRET, letter, until, with_file
from tests.support.pictures import png_of, scan_of
from tests.support.sink import DROP, STALL, Sink

COLLEAGUE = "mikko@operator.example"


@pytest.fixture(autouse=True)
def _tesseract() -> None:
    need_program("tesseract", "tesseract-ocr")


def _waiting(guard: Guard) -> list[Unread]:
    with guard.store.reading() as session:
        return list(each_unread(session))


@asynccontextmanager
async def _worker(
    folder: Path, clock: TurnableClock, **sections: Any
) -> AsyncIterator[tuple[ReadingWorker, Guard, Sink, list[Tally]]]:
    store = StoreSettings(database_url=f"sqlite:///{folder}/guard.db", key_file=folder / "guard.key")
    settings = Settings(store=store, message=MessageSettings(ocr="later"), **sections)
    counted: list[Tally] = []
    async with Sink() as sink:
        with open_guard(settings, prove=False) as guard:
            guard.store.clock = clock
            next_hop = NextHop(NextHopSettings(port=sink.port, timeout=600), "guard.example")
            yield ReadingWorker(guard, next_hop, counted.append), guard, sink, counted
            await next_hop.close()


async def test_what_may_pass_unreadable_waits_to_be_read(tmp_path: Path, clock: TurnableClock) -> None:
    """Colleagues may have what cannot be read, by a site's own table; a picture can be: nobody has it before."""
    line = "  - {content: unreadable, relation: any, verdict: hold, reason: unreadable}"
    table = (shipped_rules() / "policy.yaml").read_text(encoding="utf-8")
    assert line in table
    inside = "  - {content: unreadable, relation: internal, verdict: pass}"
    (tmp_path / "own").mkdir()
    (tmp_path / "own/policy.yaml").write_text(table.replace(line, f"{inside}\n{line}"), encoding="utf-8")
    sections = {"rules": RulesSettings(folder=tmp_path / "own"), "register": {"internal_domains": ["operator.example"]}}
    async with _worker(tmp_path, clock, **sections) as (worker, guard, sink, _):
        raw = letter(png_of(SECRET))
        for to in ((COLLEAGUE,), (CUSTOMER, COLLEAGUE)):
            judgement = guard.judge.judge(Envelope(SENDER, to), raw)
            assert (judgement.verdict, judgement.awaits_reading) == (Verdict.HOLD, True)
            assert judgement.unhindered == ()
        # Held for another reason, and yet nobody has it unread.
        other = guard.judge.judge(Envelope(SENDER, (CUSTOMER, COLLEAGUE)), raw.replace(b"katso", b"kat\0so"))
        assert (other.verdict, other.awaits_reading, other.unhindered) == (Verdict.HOLD, False, ())
        case_id = keep_unread(guard.store, Envelope(SENDER, (COLLEAGUE,), message_id="7K4M92QTC3VE"), raw)
        assert await worker.run_once()
        assert [reason["code"] for reason in read_case(guard.store, case_id).reasons] == ["credential"]
        assert not sink.messages


async def test_who_is_refused_becomes_a_case(tmp_path: Path, clock: TurnableClock) -> None:
    """The client has had its 250: a person and the sender learn who did not get it, and why; the other has it."""
    async with _worker(tmp_path, clock) as (worker, guard, sink, counted):
        sink.steps["rcpt"] = lambda line: b"550 5.1.1 nobody here\r\n" if b"anna" in line else b"250 2.1.5 fine\r\n"
        envelope = Envelope(SENDER, (CUSTOMER, OTHER), message_id="7K4M92QTC3VE")
        case_id = keep_unread(guard.store, envelope, letter(png_of(CLEAN)))
        assert await worker.run_once()
        case = read_case(guard.store, case_id)
        assert [(one.address, one.answer) for one in case.recipients] == [(OTHER, "550 5.1.1 nobody here")]
        assert [one.address for one in case.passed] == [CUSTOMER]
        assert [(reason["code"], OTHER in reason["text"]) for reason in case.reasons] == [("refused", True)]
        assert (case.recipients[0].reasons, case.recipients[0].verdict) == (("refused",), "hold")
        (listed,) = list_cases(guard.store).cases
        assert (listed.reasons, OTHER in listed.reason) == (("refused",), True)
        assert [entry.act for entry in case.history] == ["awaits reading", "passed after reading", "hold"]
        assert [message.rcpt for message in sink.messages] == [[f"RCPT TO:<{CUSTOMER}>\r\n".encode()]]
        assert [(one.fate, one.split, one.reasons, one.domains) for one in counted] == [
            ("held", True, ("refused",), ("example.org",))
        ]
        assert not await worker.run_once()
        with guard.store.reading() as session:
            notice = session.exec(select(NoticeRow).where(NoticeRow.kind == "held")).one()
            facts = read_facts(session, case_id)
        assert facts is not None
        assert notice.to == SENDER
        written = message_from_bytes(compose(notice, facts, guard.settings), policy=SMTP)
        assert isinstance(written, EmailMessage)
        told = written.get_body(("plain",))
        assert told is not None
        words = " ".join(told.get_content().split())
        assert f"{OTHER}: The mail server did not take the message for this address." in words
        assert "Other recipients of the message have it already" in words
        await worker._after.journal.flush()
        (traced,) = trace(guard.store, Wanted(Subject.MESSAGE, case_id)).messages
        assert (traced.fate, traced.reasons) == ("held", ("refused",))
        assert {one.address: traced.has_reached(one) for one in traced.recipients} == {CUSTOMER: True, OTHER: False}


async def test_who_got_it_before_it_was_held_is_named(tmp_path: Path, clock: TurnableClock) -> None:
    """One has it, one is tried again and then refused: the case is the latter's, and says that the first has it.

    An operator's own table, which has no line about refusals, keeps nothing of it.
    """
    (tmp_path / "own").mkdir()
    table = (shipped_rules() / "policy.yaml").read_text(encoding="utf-8")
    assert "refused" not in table
    (tmp_path / "own/policy.yaml").write_text(table, encoding="utf-8")
    async with _worker(tmp_path, clock, rules=RulesSettings(folder=tmp_path / "own")) as (worker, guard, sink, _):
        envelope = Envelope(SENDER, (CUSTOMER, OTHER), message_id="7K4M92QTC3VE")
        case_id = keep_unread(guard.store, envelope, letter(png_of(CLEAN)))
        answers = [b"550 5.1.1 nobody here\r\n", b"451 4.2.0 later\r\n"]
        sink.steps["rcpt"] = lambda line: answers.pop() if b"anna" in line else b"250 2.1.5 fine\r\n"
        while answers:
            assert await worker.run_once()
            clock.turn(minutes=1)
        case = read_case(guard.store, case_id)
        assert ([one.address for one in case.recipients], [one.address for one in case.passed]) == ([OTHER], [CUSTOMER])
        assert [reason["code"] for reason in case.reasons] == ["refused"]
        assert len(sink.messages) == 1


async def test_a_next_hop_that_is_away_is_tried_again(tmp_path: Path, clock: TurnableClock) -> None:
    """Lost, then 451 for one: each try waits longer, nobody gets it twice, and it is counted once."""
    async with _worker(tmp_path, clock) as (worker, guard, sink, counted):
        envelope = Envelope(SENDER, (CUSTOMER, OTHER), message_id="7K4M92QTC3VE")
        keep_unread(guard.store, envelope, letter(png_of(CLEAN)))
        sink.steps["mail"] = DROP
        assert await worker.run_once()
        assert not await worker.run_once()
        clock.turn(seconds=31)
        sink.steps = {"rcpt": lambda line: b"451 4.2.0 later\r\n" if b"anna" in line else b"250 2.1.5 fine\r\n"}
        assert await worker.run_once()
        clock.turn(seconds=61)
        sink.steps = {}
        assert await worker.run_once()
        said = [message.rcpt for message in sink.messages]
        assert said == [[f"RCPT TO:<{to}>\r\n".encode()] for to in (CUSTOMER, OTHER)]
        assert ([one.fate for one in counted], count_unread(guard.store)) == (["passed"], 0)
        assert list_cases(guard.store).cases == ()
        await worker._after.journal.flush()
        with guard.store.reading() as session:
            assert set(session.exec(select(JournalRecipientRow.address))) == {CUSTOMER, OTHER}


async def test_the_register_is_not_asked_when_the_message_has_left(tmp_path: Path, clock: TurnableClock) -> None:
    """It goes away while the next hop answers, who has refused one: what was taken for the other is written down."""
    async with _worker(tmp_path, clock) as (worker, guard, sink, counted):

        def taken(_: bytes) -> bytes:
            with guard.store.recording() as connection:
                connection.execute(text("ALTER TABLE customers RENAME TO away"))
            guard.judge._register._reached_at = -math.inf
            return b"250 2.0.0 Ok\r\n"

        sink.steps["rcpt"] = lambda line: b"550 5.1.1 nobody here\r\n" if b"anna" in line else b"250 2.1.5 fine\r\n"
        sink.steps["dot"] = taken
        envelope = Envelope(SENDER, (CUSTOMER, OTHER), message_id="7K4M92QTC3VE")
        case_id = keep_unread(guard.store, envelope, letter(png_of(CLEAN)))
        assert await worker.run_once()
        clock.turn(days=1)
        assert not await worker.run_once()
        assert [one.address for one in read_case(guard.store, case_id).recipients] == [OTHER]
        assert (len(sink.messages), [one.fate for one in counted]) == (1, ["held"])


async def test_a_stop_does_not_wait_for_a_database(tmp_path: Path, clock: TurnableClock) -> None:
    """Taken by the next hop, and it cannot be written down: a stop ends it, the mark stays, the second copy has one."""
    async with _worker(tmp_path, clock) as (worker, guard, sink, _):
        case_id = keep_unread(guard.store, Envelope(SENDER, (CUSTOMER,)), letter(png_of(CLEAN)))
        with guard.store.recording() as connection:
            for number, what in enumerate(("DELETE", "UPDATE OF tries")):
                full = f"CREATE TRIGGER full{number} BEFORE {what} ON awaiting_reading"
                connection.execute(text(f"{full} BEGIN SELECT RAISE(ABORT, 'full'); END"))
        running = asyncio.create_task(worker.run())
        await until(lambda: bool(sink.messages))
        running.cancel()
        async with asyncio.timeout(120):
            await asyncio.gather(running, return_exceptions=True)
        assert len(sink.messages) == 1
        with guard.store.recording() as connection:
            for number in range(2):
                connection.execute(text(f"DROP TRIGGER full{number}"))
        clock.turn(days=1)
        assert await worker.run_once()
        assert (len(sink.messages), count_unread(guard.store)) == (2, 0)
        with guard.store.reading() as session:
            acts = list(
                session.exec(select(AuditRow.act).where(AuditRow.case_id == case_id).order_by(col(AuditRow.seq)))
            )
        assert acts == ["awaits reading", "release again", "passed after reading"]


async def test_a_next_hop_that_is_lost_does_not_keep_a_stopped_guard(tmp_path: Path, clock: TurnableClock) -> None:
    """Told to stop while the next hop has the message, and it hangs up: the worker ends, and the message waits."""
    async with _worker(tmp_path, clock) as (worker, guard, sink, _):
        keep_unread(guard.store, Envelope(SENDER, (CUSTOMER,)), letter(png_of(CLEAN)))
        sink.steps["dot"] = STALL
        running = asyncio.create_task(worker.run())
        await until(lambda: bool(sink.messages))
        running.cancel()
        await asyncio.sleep(0)
        sink.hang_up()
        async with asyncio.timeout(120):
            await asyncio.gather(running, return_exceptions=True)
        assert count_unread(guard.store) == 1


async def test_a_next_hop_that_hangs_keeps_nothing_from_a_person(
    tmp_path: Path, clock: TurnableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More clean messages than there are readers hang there: what is to be held is a case all the same.

    So many are sent at once and no more; the others are tried later, and each is sent once.
    """
    monkeypatch.setattr(after_reading, "_SENT_AT_ONCE", 3)
    async with _worker(tmp_path, clock) as (worker, guard, sink, counted):
        sink.steps["dot"] = STALL
        for number in range(5):
            keep_unread(guard.store, Envelope(SENDER, (CUSTOMER,)), letter(png_of(CLEAN), words=f"Hei {number}."))
            clock.turn(seconds=1)
        secret = keep_unread(guard.store, Envelope(SENDER, (CUSTOMER,)), letter(png_of(SECRET)))
        running = asyncio.create_task(worker.run())
        await until(lambda: [case.id for case in list_cases(guard.store).cases] == [secret])
        put_off = "it has not answered for 3 others yet"
        await until(lambda: Counter(one.problem for one in _waiting(guard)) == {"": 3, put_off: 2})
        await until(lambda: len(sink.messages) == 3)
        sink.steps = {}
        sink.answer_stalled()
        await until(lambda: count_unread(guard.store) == 2)
        clock.turn(minutes=1)
        await until(lambda: count_unread(guard.store) == 0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert len({message.wire for message in sink.messages}) == len(sink.messages) == 5
        assert Counter(one.fate for one in counted) == {"passed": 5, "held": 1}


async def test_two_nodes_send_each_message_once(tmp_path: Path, postgres_url: str) -> None:
    """Four workers on one PostgreSQL: none sends what another one has, and the trail says so of each."""
    store = StoreSettings(database_url=postgres_url, key_file=tmp_path / "guard.key")
    settings = Settings(store=store, message=MessageSettings(ocr="later"))
    async with Sink() as sink:
        with open_guard(settings, prove=False) as one, open_guard(settings, prove=False) as other:
            next_hop = NextHop(NextHopSettings(port=sink.port), "guard.example")
            for number in range(12):
                message = letter(png_of(f"{CLEAN} {number % 3}"), words=f"Hei, katso liite {number}.")
                keep_unread(one.store, Envelope(SENDER, (CUSTOMER,)), message)
            nodes = [ReadingWorker(guard, next_hop, lambda _: None) for guard in (one, other)]
            running = [asyncio.create_task(node.run()) for node in nodes]
            await until(lambda: count_unread(one.store) == 0)
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            await next_hop.close()
            with one.store.reading() as session:
                acts = list(session.exec(select(AuditRow.act).order_by(col(AuditRow.seq))))
    assert len({message.wire for message in sink.messages}) == len(sink.messages) == 12
    assert Counter(acts) == {"awaits reading": 12, "passed after reading": 12}


def test_what_is_read_later_and_what_is_held_at_once(tmp_path: Path) -> None:
    """Pictures wherever they are: in files, in PDF pages, in archives. One too many is a case, before and after."""
    store = StoreSettings(database_url=f"sqlite:///{tmp_path}/guard.db", key_file=tmp_path / "guard.key")
    settings = Settings(store=store, message=MessageSettings(ocr="later", ocr_pictures=1))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("screen.png", png_of(SECRET + "!"))
    kinds = {
        "picture": letter(png_of(SECRET)),
        "scan": with_file(scan_of(SECRET), "application", "pdf", "scan.pdf"),
        "archive": with_file(packed.getvalue(), "application", "zip", "screens.zip"),
    }
    envelope = Envelope(SENDER, (CUSTOMER,))
    with open_guard(settings, prove=False) as guard:
        for kind, raw in kinds.items():
            at_the_door = guard.judge.judge(envelope, raw)
            assert at_the_door.awaits_reading, kind
            assert guard.judge.judge_at_once(envelope, raw) is None
            read = guard.judge.judge_patiently(envelope, raw)
            assert [reason.code for reason in read.reasons] == [ReasonCode.CREDENTIAL], kind
            # Known by now, it needs nobody's patience; the verdict is the same.
            again = guard.judge.judge(envelope, raw)
            assert (again.awaits_reading, again.reasons) == (False, read.reasons)
        many = letter(png_of(CLEAN), png_of(CLEAN + "?"))
        for judged in (guard.judge.judge(envelope, many), guard.judge.judge_patiently(envelope, many)):
            assert (judged.verdict, judged.awaits_reading) == (Verdict.HOLD, False)


async def test_a_case_that_cannot_be_written_is_tried_again_soon(tmp_path: Path, clock: TurnableClock) -> None:
    """A database that refuses it for a moment costs half a minute; four times, and it is still read to its end."""
    async with _worker(tmp_path, clock) as (worker, guard, sink, counted):
        envelope = Envelope(SENDER, (CUSTOMER,), message_id="7K4M92QTC3VE")
        case_id = keep_unread(guard.store, envelope, letter(png_of(SECRET)))
        with guard.store.recording() as connection:
            full = "CREATE TRIGGER full BEFORE INSERT ON cases BEGIN SELECT RAISE(ABORT, 'full'); END"
            connection.execute(text(full))
        for pause in (30, 60, 120, 240):
            assert await worker.run_once()
            clock.turn(seconds=pause - 1)
            assert not await worker.run_once()
            clock.turn(seconds=2)
        with guard.store.recording() as connection:
            connection.execute(text("DROP TRIGGER full"))
        assert await worker.run_once()
        assert [reason["code"] for reason in read_case(guard.store, case_id).reasons] == ["credential"]
        assert ([one.fate for one in counted], sink.messages) == (["held"], [])


async def test_a_stop_does_not_wait_for_pictures(tmp_path: Path, clock: TurnableClock) -> None:
    """What is being read is put back as it was, for whoever serves next; no picture holds up the end."""
    async with _worker(tmp_path, clock) as (worker, guard, sink, _):
        keep_unread(guard.store, Envelope(SENDER, (CUSTOMER,)), letter(*(png_of(f"{CLEAN} {n}") for n in range(20))))
        assert guard.recognizer is not None
        running = asyncio.create_task(worker.run())
        await until(lambda: bool(guard.recognizer and guard.recognizer._running))
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert not sink.messages
        again = claim_unread(guard.store, clock())
        assert again is not None
        assert not again.given_up
        until_read = time.monotonic() + 600
        while guard.recognizer._running and time.monotonic() < until_read:
            await asyncio.sleep(0.05)
        assert not guard.recognizer._running
