"""What supervisors, and those above them, are told of what waits: once each, whatever clocks and nodes do."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, select

from mailguard.cases.deadlines.expire import expire
from mailguard.cases.deadlines.terms import Terms
from mailguard.cases.deciding.delegations import delegate
from mailguard.core.calendar import BusinessCalendar
from mailguard.core.person import Role
from mailguard.core.settings import CaseSettings
from mailguard.notices.escalate import escalate
from mailguard.notices.remind import remind
from mailguard.store.people import add_user
from mailguard.store.store import Store
from mailguard.store.tables.audit import AuditRow
from mailguard.store.tables.cases import CaseRow, IdentityRow
from mailguard.store.tables.outbox import NoticeRow
from tests.conftest import TurnableClock
from tests.notices.outbox import written
from tests.support.case_rows import add_case, decide_case

WEEK = Terms()
SIXTEEN = Terms(CaseSettings(expire_hours=16), BusinessCalendar())
"""Two working days of eight hours each."""


@pytest.fixture
def any_house(any_store: Store) -> Store:
    """Two supervisors, ops, an administrator and an auditor, on both databases."""
    return _with_people(any_store)


@pytest.fixture
def house(store: Store) -> Store:
    """The same on SQLite."""
    return _with_people(store)


def _with_people(store: Store) -> Store:
    people = {"anna": Role.SUPERVISOR, "boris": Role.SUPERVISOR, "otto": Role.OPS, "ada": Role.ADMIN}
    for name, role in (people | {"vidar": Role.AUDITOR}).items():
        add_user(store, name, email=f"{name}@operator.example", role=role, password=None)
    return store


def run(store: Store, terms: Terms = WEEK) -> tuple[list[str], list[str], list[str]]:
    """The job as the schedule runs it: who was reminded of, told higher up, returned."""
    return remind(store, terms), escalate(store, terms), expire(store, terms)


REMINDERS = [("reminder", "anna@operator.example"), ("reminder", "boris@operator.example")]
ESCALATIONS = [("escalation", "ada@operator.example"), ("escalation", "otto@operator.example")]
RETURNED = [("expired", "seller@operator.example")]


def test_a_case_that_nobody_decides(any_house: Store, clock: TurnableClock) -> None:
    """At half the time supervisors are reminded, at three quarters it is told higher up, at the end it is returned."""
    case_id = add_case(any_house, clock())
    assert run(any_house) == ([], [], [])
    for hours, told, letters in (
        (84, ([case_id], [], []), REMINDERS),
        (42, ([], [case_id], []), ESCALATIONS + REMINDERS),
        (42, ([], [], [case_id]), sorted(ESCALATIONS + REMINDERS + RETURNED)),
    ):
        clock.turn(hours=hours, seconds=-1)
        assert run(any_house) == ([], [], [])
        clock.turn(seconds=1)
        assert run(any_house) == told
        assert run(any_house) == ([], [], [])
        assert written(any_house) == letters


def test_each_leaves_its_entry(house: Store, clock: TurnableClock) -> None:
    """The audit trail names the deadline and who was told; the expiry whether anybody was reminded."""
    add_case(house, clock())
    for _ in range(4):
        run(house)
        clock.turn(hours=42)
    run(house)
    with house.reading() as session:
        acts = ("reminder", "escalation", "expiry")
        entries = session.exec(select(AuditRow).where(col(AuditRow.act).in_(acts)).order_by(col(AuditRow.seq))).all()
        assert house.audit.verify(session)[1] is None
    deadline = "2026-11-23T09:00:00+00:00"
    assert [(entry.act, entry.actor, entry.details) for entry in entries] == [
        ("reminder", "guard", {"deadline": deadline, "to": ["anna", "boris"]}),
        ("escalation", "guard", {"deadline": deadline, "to": ["ada@operator.example", "otto@operator.example"]}),
        ("expiry", "guard", {"deadline": deadline, "reminded": True}),
    ]


def test_business_hours_do_not_run_at_night(house: Store, clock: TurnableClock) -> None:
    """With sixteen hours from Monday nine o'clock it ends on Wednesday at nine, and nothing happens at night."""
    case_id = add_case(house, clock())
    happened = {}
    for hour in range(60):
        for what, ids in zip(("reminded", "escalated", "expired"), run(house, SIXTEEN), strict=True):
            if ids:
                assert ids == [case_id]
                happened[what] = hour
        clock.turn(hours=1)
    assert happened == {"reminded": 24, "escalated": 28, "expired": 48}


def test_a_guard_that_was_down_makes_up_for_it_once(any_house: Store, clock: TurnableClock) -> None:
    """Both letters of a case are due at once: each is written once, and the word higher up knows of the reminder."""
    case_id = add_case(any_house, clock())
    clock.turn(days=6)
    assert run(any_house) == ([case_id], [case_id], [])
    assert run(any_house) == ([], [], [])
    with any_house.reading() as session:
        row = session.exec(select(NoticeRow).where(NoticeRow.kind == "escalation")).first()
    assert row is not None
    assert row.details == {"reminded": ["anna@operator.example", "boris@operator.example"]}


def test_a_guard_that_was_down_too_long_returns_it_and_says_so(house: Store, clock: TurnableClock) -> None:
    """Nobody is reminded of what is returned at the same moment; the sender's letter says that nobody was."""
    case_id = add_case(house, clock())
    clock.turn(days=20)
    assert run(house) == ([], [], [case_id])
    assert written(house) == RETURNED
    with house.reading() as session:
        assert session.exec(select(NoticeRow.details)).one() == {"reminded": False}


def test_a_clock_that_jumps_writes_nothing_twice(any_house: Store, clock: TurnableClock) -> None:
    """Back an hour, after each step: nothing. Forward a day: the letters that are due then, and no expiry before its
    deadline."""
    case_id = add_case(any_house, clock())
    clock.turn(hours=84)
    assert run(any_house) == ([case_id], [], [])
    clock.turn(hours=-1)
    assert run(any_house) == ([], [], [])
    clock.turn(days=2)
    assert run(any_house) == ([], [case_id], [])
    clock.turn(days=-2)
    assert run(any_house) == ([], [], [])
    clock.turn(hours=85)
    assert run(any_house) == ([], [], [case_id])
    clock.turn(days=-7)
    assert run(any_house) == ([], [], [])
    assert written(any_house) == sorted(ESCALATIONS + REMINDERS + RETURNED)


def test_many_nodes_do_each_once(any_house: Store, clock: TurnableClock) -> None:
    """Nodes that look at once write each letter once, and return each message once."""
    for _ in range(5):
        add_case(any_house, clock())
    for days, place, count in ((4, 0, 10), (2, 1, 20), (2, 2, 25)):
        clock.turn(days=days)
        with ThreadPoolExecutor(4) as pool:
            done = list(pool.map(lambda _: run(any_house), range(4)))
        assert sum(len(lists[place]) for lists in done) == 5
        assert sum(len(ids) for lists in done for ids in lists) == 5
        assert len(written(any_house)) == count


def test_decided_cases_and_the_senders_own_are_left_out(house: Store, clock: TurnableClock) -> None:
    """Nobody is told of a decided case, nor reminded of their own message or of one that they have approved."""
    decided, own, first = (add_case(house, clock(), approvals_needed=2) for _ in range(3))
    decide_case(house, decided, "reject", timedelta(hours=1))
    decide_case(house, first, "approve", timedelta(hours=1), "held", by="boris")
    with house.writing() as session:
        session.add(IdentityRow(case_id=own, address="anna@operator.example"))
    clock.turn(days=6)
    assert [sorted(ids) for ids in run(house)] == [sorted([own, first]), sorted([own, first]), []]
    with house.reading() as session:
        told = select(NoticeRow.case_id, NoticeRow.to).where(NoticeRow.kind == "reminder")
        names = {(case_id, to.partition("@")[0]) for case_id, to in session.exec(told)}
    assert names == {(own, "boris"), (own, "vera"), (first, "anna"), (first, "vera")}


def test_deputies_are_reminded_too(house: Store, clock: TurnableClock) -> None:
    """Who stands in for a supervisor gets the reminder, an administrator's deputy does not."""
    today = clock().date()
    for giver, deputy in (("anna", "otto"), ("ada", "olga")):
        add_user(house, "olga", email="olga@operator.example", role=Role.OPS, password=None)
        delegate(house, giver, deputy, today, today + timedelta(days=30), "on holiday", zone="UTC")
    add_case(house, clock())
    clock.turn(days=4)
    run(house)
    people = ("anna", "boris", "otto")
    assert written(house) == [("reminder", f"{name}@operator.example") for name in people]


def test_with_nobody_to_remind_it_is_tried_again_and_told_higher_up(house: Store, clock: TurnableClock) -> None:
    """A case whose only supervisors are its senders: those above learn that nobody could be reminded; a supervisor who
    comes later is."""
    case_id = add_case(house, clock())
    with house.writing() as session:
        for name in ("anna", "boris"):
            session.add(IdentityRow(case_id=case_id, address=f"{name}@operator.example"))
    clock.turn(days=6)
    assert run(house) == ([], [case_id], [])
    with house.reading() as session:
        assert session.exec(select(NoticeRow.details).where(NoticeRow.kind == "escalation")).first() == {"reminded": []}
    add_user(house, "vera", email="vera@operator.example", role=Role.SUPERVISOR, password=None)
    assert run(house) == ([case_id], [], [])


def test_the_configuration_names_who_is_above(house: Store, clock: TurnableClock) -> None:
    """`cases.escalate_to` instead of ops and administrators; an address that is there twice gets one letter."""
    add_case(house, clock())
    chosen = CaseSettings(escalate_to=["boss@operator.example", "Boss@OPERATOR.example", "duty@operator.example"])
    clock.turn(days=6)
    run(house, Terms(chosen, BusinessCalendar()))
    assert [to for kind, to in written(house) if kind == "escalation"] == [
        "boss@operator.example",
        "duty@operator.example",
    ]


def test_a_waiting_case_keeps_the_deadlines_that_it_was_given(house: Store, clock: TurnableClock) -> None:
    """A shorter term in the configuration is for what is held from then on."""
    case_id = add_case(house, clock())
    assert run(house) == ([], [], [])
    clock.turn(days=3)
    assert run(house, SIXTEEN) == ([], [], [])
    clock.turn(hours=12)
    assert run(house, SIXTEEN) == ([case_id], [], [])


def test_cases_of_the_version_before_are_given_deadlines(any_house: Store, clock: TurnableClock) -> None:
    """Reckoned from when they were held; of one that was reminded of already nobody is reminded again."""
    old, known = add_case(any_house, clock()), add_case(any_house, clock())
    with any_house.writing() as session:
        reminder = NoticeRow(
            kind="reminder", case_id=known, to="anna@operator.example", details={}, created_at=clock(), due_at=None
        )
        session.add(reminder)
    clock.turn(days=4)
    assert run(any_house) == ([old], [], [])
    assert run(any_house) == ([], [], [])
    with any_house.reading() as session:
        rows = session.exec(select(CaseRow)).all()
    week = datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert {(row.remind_at, row.expires_at) for row in rows} == {(None, week)}
