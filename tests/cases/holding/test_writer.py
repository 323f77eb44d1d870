"""The hold writer: many holds in one commit, each whole or not at all, and everybody told the truth."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, text
from sqlalchemy.engine import Connection
from sqlmodel import select

from mailguard.cases.holding.prepare import PreparedHold, prepare_hold
from mailguard.cases.holding.writer import HoldWriter
from mailguard.cases.reading import open_body, read_case
from mailguard.core.envelope import Client, Envelope
from mailguard.core.errors import DiskFull, StoreError
from mailguard.core.person import Person, Role
from mailguard.core.settings import StoreSettings
from mailguard.store.store import Store, open_store
from mailguard.store.tables.audit import AuditRow
from mailguard.store.tables.cases import BodyRow, CaseRow, IdentityRow, RecipientRow
from mailguard.store.tables.outbox import NoticeRow
from tests.cases.conftest import add
from tests.support.letters import CUSTOMER, SENDER, judgement_of, write_letter
from tests.support.waiting import PATIENCE


@pytest.fixture
def postgres_store(postgres_url: str, tmp_path: Path) -> Iterator[Store]:
    """A fresh store on PostgreSQL."""
    opened = open_store(StoreSettings(database_url=postgres_url, key_file=tmp_path / "guard.key"))
    yield opened
    opened.close()


def prepare(store: Store, text: str = "Your PIN is 4826.", *, sender: str = SENDER) -> PreparedHold:
    """A message that is ready to be kept."""
    raw = write_letter(text, sender=sender)
    envelope = Envelope(sender, (CUSTOMER,), Client("192.0.2.7", "app.example"))
    return prepare_hold(store, envelope, raw, judgement_of(raw, (CUSTOMER,), "4826"))


def poisoned(held: PreparedHold) -> PreparedHold:
    """The same with a row that the database refuses: a case cannot be born approved (four eyes)."""
    return replace(held, case=held.case | {"state": "approved"})


@contextmanager
def together(store: Store) -> Iterator[HoldWriter]:
    """A writer that waits until the block has handed over everything, so that it all goes into one group."""
    begun, gate = threading.Event(), threading.Event()

    def wait(_: object) -> None:
        begun.set()
        gate.wait(PATIENCE)

    event.listen(store.engine, "begin", wait)
    try:
        with HoldWriter(store) as writer:
            writer.submit(prepare(store, "The first, which the others wait for."))
            begun.wait(PATIENCE)
            yield writer
            gate.set()
    finally:
        gate.set()
        event.remove(store.engine, "begin", wait)


def assert_whole(store: Store, kept: set[str]) -> None:
    """Exactly these cases are there, each with all its rows, and the audit chain is whole."""
    with store.reading() as session:
        assert set(session.exec(select(CaseRow.id))) == kept
        for table in (RecipientRow, IdentityRow, BodyRow, NoticeRow):
            assert set(session.exec(select(table.case_id))) == kept, table.__tablename__
        entries = session.exec(select(AuditRow.case_id).where(AuditRow.act == "hold")).all()
        assert len(entries) == len(kept)
        assert set(entries) == kept
        assert store.audit.verify(session)[1] is None
    for case_id in kept:
        assert open_body(store, case_id) is not None


def outcome(future: "Future[str]") -> str:
    """The case id, or the name of the error."""
    error = future.exception(PATIENCE)
    return type(error).__name__ if error else future.result()


def test_many_threads_hold_at_once(any_store: Store, supervisor: Person) -> None:
    """Twenty threads with ten letters each: 200 whole cases, each with its own bytes, and one unbroken chain."""
    with HoldWriter(any_store) as writer, ThreadPoolExecutor(20) as threads:

        def client(number: int) -> dict[str, str]:
            texts = [f"Your PIN is 4826, thread {number}, letter {letter}." for letter in range(10)]
            return {writer.submit(prepare(any_store, text)).result(PATIENCE): text for text in texts}

        kept = {case_id: text for told in threads.map(client, range(20)) for case_id, text in told.items()}
    assert len(kept) == 200
    assert_whole(any_store, set(kept))
    for case_id, body in kept.items():
        raw = open_body(any_store, case_id)
        assert raw is not None
        assert body.encode() in raw


def test_group_is_one_commit(store: Store) -> None:
    """What waits while the database is busy goes to the disk together, and who is on record is read once."""
    statements: list[str] = []
    with together(store) as writer:
        event.listen(store.engine, "before_cursor_execute", lambda c, cursor, sql, *_: statements.append(sql))
        waiting = [writer.submit(prepare(store)) for _ in range(30)]
    assert len({future.result(PATIENCE) for future in waiting}) == 30
    # The first one alone, then all others.
    assert sum("INSERT INTO cases" in sql for sql in statements) == 2
    assert sum("user_addresses" in sql for sql in statements) == 1


def test_same_rows_as_a_hold_alone(any_store: Store, supervisor: Person) -> None:
    """A case of a group reads like any other: recipients, findings, history, and the letters that are to be written."""
    add(any_store, "otto", Role.SUPERVISOR, SENDER)
    with together(any_store) as writer:
        waiting = [writer.submit(prepare(any_store, sender=s)) for s in (SENDER, "x@operator.example", "")]
    own, other, nobody = [future.result(PATIENCE) for future in waiting]
    case = read_case(any_store, own)
    assert [entry.act for entry in case.history] == ["hold"]
    assert case.findings[0]["rule"] == "test.pin"
    with any_store.reading() as session:
        told = {
            case_id: {row.to for row in session.exec(select(NoticeRow).where(NoticeRow.case_id == case_id))}
            for case_id in (own, other, nobody)
        }
    otto = "otto@operator.example"
    assert told[own] == {SENDER, supervisor.email}
    assert told[other] == {"x@operator.example", supervisor.email, otto}
    assert told[nobody] == {supervisor.email, otto}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(poison=st.lists(st.booleans(), min_size=1, max_size=12))
def test_poison_fails_alone(any_store: Store, poison: list[bool]) -> None:
    """Whichever items of a group the database refuses: they fail, all others are kept, nothing is half there."""
    with any_store.reading() as session:
        before = set(session.exec(select(CaseRow.id)))
    with together(any_store) as writer:
        items = [poisoned(prepare(any_store)) if bad else prepare(any_store) for bad in poison]
        waiting = [writer.submit(item) for item in items]
    told = [outcome(future) for future in waiting]
    for item, bad, said in zip(items, poison, told, strict=True):
        assert said == ("StoreError" if bad else item.case_id)
    with any_store.reading() as session:
        after = set(session.exec(select(CaseRow.id))) - before
    assert len(after) == poison.count(False) + 1  # with the first, which all waited for
    assert {item.case_id for item, bad in zip(items, poison, strict=True) if not bad} <= after
    assert_whole(any_store, after | before)


def test_value_that_no_driver_takes_is_poison_too(any_store: Store) -> None:
    """Not only the database refuses: a lone surrogate fails in the driver, outside of its own errors."""
    with together(any_store) as writer:
        odd = prepare(any_store)
        bad = writer.submit(replace(odd, case=odd.case | {"subject": "\udc80"}))
        good = writer.submit(prepare(any_store))
    assert good.result(PATIENCE)
    assert isinstance(bad.exception(PATIENCE), Exception)
    with any_store.reading() as session:
        assert session.get(CaseRow, odd.case_id) is None


def test_full_disk_in_mid_group_keeps_nothing(store: Store) -> None:
    """The file cannot grow any more: all of the group are told 452, nothing of it is there, and it recovers."""
    with store.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    limit = f"PRAGMA max_page_count={pages + 20}"
    with together(store) as writer:
        event.listen(store.engine, "checkout", shrink := lambda raw, *_: raw.execute(limit))
        store.engine.dispose()
        waiting = [writer.submit(prepare(store, "x" * 30_000)) for _ in range(10)]
    errors = [future.exception(PATIENCE) for future in waiting]
    assert {type(error) for error in errors} == {DiskFull}
    assert len({id(error) for error in errors}) == 10
    event.remove(store.engine, "checkout", shrink)
    store.engine.dispose()
    with HoldWriter(store) as writer:
        again = writer.submit(prepare(store)).result(PATIENCE)
    with store.reading() as session:
        kept = set(session.exec(select(CaseRow.id)))
    assert again in kept
    assert len(kept) <= 2
    assert_whole(store, kept)


@pytest.mark.parametrize("step", ["INSERT INTO bodies", "UPDATE audit_head", "COMMIT"])
def test_killed_connection_in_mid_group(postgres_store: Store, step: str) -> None:
    """Before the last rows or before the commit: everybody hears 451, nothing is half kept, the next hold is well."""
    store = postgres_store
    killed: list[int] = []

    def kill(connection: Connection) -> None:
        if not killed:
            killed.append(connection.connection.driver_connection.info.backend_pid)  # type: ignore[union-attr]
            with store.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as other:
                other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": killed[0]})

    def kill_before(connection: Connection, cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(step):
            kill(connection)

    with together(store) as writer:
        waiting = [writer.submit(prepare(store)) for _ in range(5)]
        event.listen(store.engine, "commit", kill) if step == "COMMIT" else event.listen(
            store.engine, "before_cursor_execute", kill_before
        )
    told = [outcome(future) for future in waiting]
    # The trouble met the one that all waited for, and with it those that waited.
    assert killed
    assert told == ["StoreError"] * 5
    assert_whole(store, set())
    with HoldWriter(store) as writer:
        assert_whole(store, {writer.submit(prepare(store)).result(PATIENCE)})


def test_locked_database_fails_all_that_wait_at_once(store: Store) -> None:
    """Another program holds the lock: nobody waits for it twice, and afterwards it goes on by itself."""
    event.listen(store.engine, "checkout", lambda raw, *_: raw.execute("PRAGMA busy_timeout=200"))
    with store.writing() as session, HoldWriter(store) as writer:
        session.connection()
        waiting = [writer.submit(prepare(store)) for _ in range(3)]
        errors = [future.exception(PATIENCE) for future in waiting]
    assert [str(error) for error in errors] == ["database: database is locked"] * 3
    with HoldWriter(store) as writer:
        assert_whole(store, {writer.submit(prepare(store)).result(PATIENCE)})


def test_failure_of_the_last_step_keeps_nothing_of_any(any_store: Store) -> None:
    """Without the head of the audit chain no entry can be written: no row, no body and no letter of the group stays."""
    with any_store.writing() as session:
        session.connection().exec_driver_sql("DROP TABLE audit_head")
    with HoldWriter(any_store) as writer:
        waiting = [writer.submit(prepare(any_store)) for _ in range(5)]
    assert [outcome(future) for future in waiting] == ["StoreError"] * 5
    with any_store.reading() as session:
        for table in (CaseRow, RecipientRow, IdentityRow, BodyRow, NoticeRow, AuditRow):
            assert session.exec(select(table)).all() == []


def test_too_many_are_sent_away(store: Store) -> None:
    """What waits is bounded by number and by octets; a message that is larger than all is taken when nothing waits."""
    for bound in ({"most_waiting": 3}, {"octets_waiting": 2500}):
        begun, gate = threading.Event(), threading.Event()

        def wait(_: object, begun: threading.Event = begun, gate: threading.Event = gate) -> None:
            begun.set()
            gate.wait(PATIENCE)

        event.listen(store.engine, "begin", wait)
        with HoldWriter(store, **bound) as writer:
            first = writer.submit(prepare(store, "x" * 5000))
            begun.wait(PATIENCE)
            taken = []
            while (item := _submitted(writer, prepare(store, "x" * 500))) is not None:
                taken.append(item)
            assert 2 <= len(taken) <= 4
            gate.set()
            assert len({first.result(PATIENCE), *(future.result(PATIENCE) for future in taken)}) == len(taken) + 1
        event.remove(store.engine, "begin", wait)


def test_close_writes_what_waits(store: Store) -> None:
    """Everything that was taken in is kept when `close` returns; afterwards nothing is taken in."""
    writer = HoldWriter(store)
    waiting = [writer.submit(prepare(store)) for _ in range(150)]
    writer.close()
    assert all(future.done() for future in waiting)
    assert_whole(store, {future.result() for future in waiting})
    with pytest.raises(StoreError, match="stopping"):
        writer.submit(prepare(store))
    writer.close()


async def test_waiter_that_goes_away_changes_nothing(store: Store) -> None:
    """A task that is cancelled while it waits for the commit withdraws nothing: the message is kept."""
    held = prepare(store)
    with together(store) as writer:
        future = writer.submit(held)
        waiting = asyncio.create_task(_wait_for(future))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert not future.cancel()
    assert future.result(PATIENCE) == held.case_id
    assert read_case(store, held.case_id).summary.id == held.case_id


def _submitted(writer: HoldWriter, held: PreparedHold) -> "Future[str] | None":
    try:
        return writer.submit(held)
    except StoreError:
        return None


async def _wait_for(future: "Future[str]") -> str:
    return await asyncio.wrap_future(future)
