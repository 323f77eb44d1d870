"""Faults of what stands around either database: keys, clock, register, next hop; the rows are in `matrix.ANY`."""

import os
import shutil
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlmodel import col, select

from mailguard.app.register_sync import sync_claimed
from mailguard.cases.deciding.decide import decide
from mailguard.cases.reading import read_case
from mailguard.core.case import CaseState
from mailguard.core.clock import utc_now
from mailguard.core.decision import Action, Decision
from mailguard.core.errors import MailguardError
from mailguard.core.settings import load_settings
from mailguard.customers.source_states import source_states
from mailguard.store.tables.outbox import NoticeRow
from tests.app.conftest import CUSTOMERS
from tests.faults.house import House, eventually, open_house
from tests.faults.matrix import ANY
from tests.support.sink import Sink

_APPROVAL = Decision(Action.APPROVE, "She asked for it.")


class ShiftedClock:
    """The machine's clock, put back or ahead while somebody looks at it."""

    def __init__(self) -> None:
        self.shift = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.shift


@pytest.mark.parametrize("spoilt", ["gone", "a folder"])
async def test_key_file_gone(tmp_path: Path, spoilt: str) -> None:
    """A serving guard has its key in memory: it goes on holding, opening and releasing."""
    async with open_house(tmp_path) as house:
        await house.send("PIN-koodi: 4826")
        key = tmp_path / "guard.key"
        kept = key.read_bytes()
        key.unlink()
        if spoilt == "a folder":
            key.mkdir()
        await house.assert_row(ANY["key file gone"])
        decide(house.store, house.held[0], _APPROVAL, house.sofia)
        assert await eventually(lambda: _is(house, house.held[0], CaseState.RELEASED))
        if spoilt == "a folder":
            key.rmdir()
        key.write_bytes(kept)
        await house.assert_recovered()


async def test_register_gone(tmp_path: Path, postgres_url: str) -> None:
    """Without the customers nothing can be judged; what was held before is decided and leaves."""
    async with open_house(tmp_path, database_url=postgres_url) as house:
        await house.send("PIN-koodi: 4826")
        _run(house, "ALTER TABLE customers RENAME TO customers_away")
        await house.assert_row(ANY["register gone"])
        decide(house.store, house.held[0], _APPROVAL, house.sofia)
        assert await eventually(lambda: _is(house, house.held[0], CaseState.RELEASED))
        _run(house, "ALTER TABLE customers_away RENAME TO customers")
        await house.assert_recovered()


async def test_source_away(tmp_path: Path) -> None:
    """The register of before is used, and ops is told."""
    export = tmp_path / "export"
    export.mkdir()
    (export / "all.csv").write_text(CUSTOMERS, encoding="utf-8")
    os.utime(export / "all.csv", (1, 1))
    extra = (
        '[report]\nto = ["olli@operator.example"]\n'
        f'[[register.sources]]\nname = "crm"\nkind = "csv"\nfolder = "{export}"\n'
    )
    async with open_house(tmp_path, extra=extra) as house:
        settings = load_settings(tmp_path / "mailguard.toml")
        (source,) = settings.register_.sources
        assert await eventually(lambda: _is_synced(house))
        shutil.rmtree(export)
        with pytest.raises(MailguardError):
            sync_claimed(house.store, settings, source, lambda done, total: None, actor="guard")
        await house.assert_row(ANY["source away"])
        assert await _letters(house, "register_trouble")
        await house.assert_recovered()


@pytest.mark.parametrize("fault", ["clock back an hour", "clock forward a day"])
async def test_clock_jumps(tmp_path: Path, fault: str) -> None:
    """Mail is held, decided and released on either side of the jump, nothing ends too early, the chain is whole."""
    clock = ShiftedClock()
    async with open_house(tmp_path, clock=clock) as house:
        for _ in range(2):
            await house.send("PIN-koodi: 4826")
        decide(house.store, house.held[0], _APPROVAL, house.sofia)
        assert await eventually(lambda: _is(house, house.held[0], CaseState.RELEASED))
        clock.shift = timedelta(hours=-1) if "back" in fault else timedelta(days=1)
        await house.assert_row(ANY[fault])
        for case_id in house.held[1:]:
            decide(house.store, case_id, _APPROVAL, house.sofia)
        for case_id in house.held[1:]:
            assert await eventually(partial(_is, house, case_id, CaseState.RELEASED))
        clock.shift = timedelta()
        await house.assert_recovered()


async def test_next_hop_down_for_hours(tmp_path: Path) -> None:
    """Clients are told at MAIL; approved mail waits for hours and leaves in the order of approval."""
    clock = ShiftedClock()
    async with open_house(tmp_path, clock=clock) as house:
        for _ in range(3):
            await house.send("PIN-koodi: 4826")
        await _close(house.sink)
        await house.assert_row(ANY["next hop down"])
        for case_id in reversed(house.held):
            decide(house.store, case_id, _APPROVAL, house.sofia)
            clock.shift += timedelta(seconds=1)
        for hours in (1, 5, 23):
            await eventually(lambda: _have_tried(house))
            clock.shift += timedelta(hours=hours)
        await _open(house.sink)
        for case_id in house.held:
            assert await eventually(partial(_is, house, case_id, CaseState.RELEASED))
        stamps = [m.body.split(b"\r\n")[0] for m in house.sink.messages if m.body.startswith(b"X-Mailguard-Case")]
        assert sorted(stamps) == sorted(f"X-Mailguard-Case: {case_id}".encode() for case_id in house.held)
        await house.assert_recovered()


async def test_next_hop_down_for_five_days(tmp_path: Path) -> None:
    """Then it is given up: undeliverable, with a letter to ops, and a person may send it again."""
    clock = ShiftedClock()
    async with open_house(tmp_path, clock=clock) as house:
        await house.send("PIN-koodi: 4826")
        await _close(house.sink)
        decide(house.store, house.held[0], _APPROVAL, house.sofia)
        await eventually(lambda: _have_tried(house))
        clock.shift += timedelta(days=5, minutes=1)
        assert await eventually(lambda: _is(house, house.held[0], CaseState.UNDELIVERABLE))
        assert await _letters(house, "undeliverable")
        await _open(house.sink)


async def _is(house: House, case_id: str, state: CaseState) -> bool:
    return read_case(house.store, case_id).summary.state == state


async def _have_tried(house: House) -> bool:
    """Whether each approved case was tried and waits."""
    details = [read_case(house.store, case_id) for case_id in house.held]
    return all(case.tries and case.release_at and case.release_at > house.store.clock() for case in details)


async def _is_synced(house: House) -> bool:
    states = source_states(house.store.engine)
    return "crm" in states and states["crm"].synced_at is not None


async def _letters(house: House, kind: str) -> list[NoticeRow]:
    with house.store.reading() as session:
        return list(session.exec(select(NoticeRow).where(col(NoticeRow.kind) == kind)))


def _run(house: House, statement: str) -> None:
    with house.store.engine.begin() as connection:
        connection.exec_driver_sql(statement)


async def _close(sink: Sink) -> None:
    """Nobody listens there any more."""
    await sink.__aexit__()


async def _open(sink: Sink) -> None:
    """At the same port again."""
    await sink.__aenter__()
