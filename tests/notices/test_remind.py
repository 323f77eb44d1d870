"""Reminders of what waits."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlmodel import select

from mailguard.core.person import Role
from mailguard.notices.remind import remind
from mailguard.store.people import add_user
from mailguard.store.store import Store
from mailguard.store.tables import IdentityRow, NoticeRow
from tests.conftest import TurnableClock
from tests.support.case_rows import add_case, decide_case


def _written(store: Store) -> list[tuple[str | None, str]]:
    with store.reading() as session:
        rows = session.exec(select(NoticeRow).where(NoticeRow.kind == "reminder")).all()
        return sorted((row.case_id, row.to) for row in rows)


def _people(store: Store) -> None:
    for name, role in (("anna", Role.SUPERVISOR), ("boris", Role.SUPERVISOR), ("otto", Role.OPS)):
        add_user(store, name, email=f"{name}@operator.example", role=role, password=None)


def test_half_time_reminds_every_supervisor_once(any_store: Store, clock: TurnableClock) -> None:
    """After half the time each supervisor gets one reminder, ops none, and calling again writes no more."""
    _people(any_store)
    case_id = add_case(any_store, clock())
    assert remind(any_store, 7) == []
    clock.turn(days=3, hours=13)
    assert remind(any_store, 7) == [case_id]
    assert remind(any_store, 7) == []
    assert _written(any_store) == [(case_id, "anna@operator.example"), (case_id, "boris@operator.example")]


def test_decided_cases_and_the_senders_own_are_left_out(store: Store, clock: TurnableClock) -> None:
    """Nobody is reminded of a decided case, nor of their own message."""
    _people(store)
    decided, own = add_case(store, clock()), add_case(store, clock())
    decide_case(store, decided, "reject", timedelta(hours=1))
    with store.writing() as session:
        session.add(IdentityRow(case_id=own, address="anna@operator.example"))
    clock.turn(days=4)
    assert remind(store, 7) == [own]
    assert _written(store) == [(own, "boris@operator.example"), (own, "vera@operator.example")]


def test_two_nodes_remind_once(any_store: Store, clock: TurnableClock) -> None:
    """Nodes that look at once write each reminder once."""
    _people(any_store)
    for _ in range(5):
        add_case(any_store, clock())
    clock.turn(days=4)
    with ThreadPoolExecutor(4) as pool:
        lists = list(pool.map(lambda _: remind(any_store, 7), range(4)))
    assert sum(len(ids) for ids in lists) == 5
    assert len(_written(any_store)) == 10
