"""Held for some while others get it: on the disk before it leaves, a case only afterwards, or gone."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlmodel import col, select

from mailguard.cases.deciding.decide import decide
from mailguard.cases.holding.prepare import PreparedHold, prepare_hold
from mailguard.cases.holding.set_aside import TERM, NoLongerSetAside, keep, set_aside, undo, undo_left
from mailguard.cases.listing import list_cases
from mailguard.cases.reading import open_body, read_case
from mailguard.cases.releasing.claim import claim
from mailguard.core.answer import Answer
from mailguard.core.decision import Action, Decision
from mailguard.core.envelope import Envelope
from mailguard.core.errors import BadDecision, DiskFull, StoreError
from mailguard.core.person import Person
from mailguard.core.relation import Relation, RelationKind
from mailguard.core.settings import StoreSettings
from mailguard.core.verdict import RecipientVerdict, Verdict
from mailguard.message.read import read_letter
from mailguard.store.database.disk import Disk
from mailguard.store.store import Store, open_store
from mailguard.store.tables.audit import AuditRow
from mailguard.store.tables.cases import BodyRow, CaseRow
from mailguard.store.tables.outbox import NoticeRow
from mailguard.store.tables.set_aside import SetAsideRow
from tests.conftest import TurnableClock
from tests.support.letters import CUSTOMER, SENDER, judgement_of, write_letter

COLLEAGUE = "boss@operator.example"
RAW = write_letter("Hei,\n\nPIN 4826\n")
TAKEN = Answer(250, ("2.0.0 Ok: queued as 4XyZ",))


def prepared(store: Store) -> PreparedHold:
    """A letter that is held for the customer, and may go to a colleague."""
    others = (RecipientVerdict(COLLEAGUE, Verdict.PASS, Relation(COLLEAGUE, RelationKind.INTERNAL)),)
    judgement = judgement_of(RAW, (CUSTOMER,), "4826")
    return prepare_hold(store, Envelope(SENDER, (CUSTOMER,)), RAW, judgement, passing=others)


def put_aside(store: Store) -> PreparedHold:
    """The first step."""
    held = prepared(store)
    set_aside(store, held, [COLLEAGUE])
    return held


def acts(store: Store, case_id: str) -> list[str]:
    """What the audit trail says of the case."""
    with store.reading() as session:
        query = select(AuditRow.act).where(AuditRow.case_id == case_id).order_by(col(AuditRow.seq))
        return list(session.exec(query))


def details(store: Store, case_id: str) -> Mapping[str, object]:
    """Of the last entry about it."""
    with store.reading() as session:
        query = select(AuditRow.details).where(AuditRow.case_id == case_id).order_by(col(AuditRow.seq).desc())
        return session.exec(query.limit(1)).one()


def count(store: Store, table: type) -> int:
    """Rows of a table."""
    with store.reading() as session:
        return len(session.exec(select(table)).all())


def test_set_aside_is_on_the_disk_and_nobody_sees_it(any_store: Store) -> None:
    """The sealed octets are there before anything leaves; no case, no letter, no entry that the queue looks for."""
    held = put_aside(any_store)
    with any_store.reading() as session:
        (row,) = session.exec(select(SetAsideRow)).all()
    assert (row.case_id, row.passing, b"4826" in row.sealed) == (held.case_id, [COLLEAGUE], False)
    assert list_cases(any_store).cases == ()
    assert [count(any_store, table) for table in (CaseRow, BodyRow, NoticeRow)] == [0, 0, 0]
    assert acts(any_store, held.case_id) == ["set aside"]


def test_kept_it_is_a_case_for_the_others_alone(any_store: Store, supervisor: Person) -> None:
    """Its recipients are those who wait; who has it is named beside them, and never sent to or decided on."""
    held = put_aside(any_store)
    keep(any_store, held, TAKEN)
    case = read_case(any_store, held.case_id)
    assert case.summary.recipients == (CUSTOMER,)
    assert [(one.address, one.relation) for one in case.passed] == [(COLLEAGUE, "internal")]
    assert open_body(any_store, held.case_id) == RAW
    assert acts(any_store, held.case_id) == ["set aside", "hold"]
    assert details(any_store, held.case_id)["passed"] == [COLLEAGUE]
    assert details(any_store, held.case_id)["answer"] == str(TAKEN)
    assert (count(any_store, SetAsideRow), count(any_store, NoticeRow) > 0) == (0, True)
    with pytest.raises(BadDecision):
        decide(any_store, held.case_id, Decision(Action.APPROVE, "", (COLLEAGUE,)), supervisor, read_letter)
    decide(any_store, held.case_id, Decision(Action.APPROVE, ""), supervisor, read_letter)
    job = claim(any_store, any_store.clock())
    assert job is not None
    assert (job.envelope.recipients, job.raw) == ((CUSTOMER,), RAW)


@pytest.mark.parametrize("in_doubt", [False, True])
def test_undone_nothing_is_left_but_the_entry(any_store: Store, in_doubt: bool) -> None:
    """The octets are gone; the trail says why, and whether somebody may get it twice. To undo it again does nothing."""
    held = put_aside(any_store)
    for _ in range(2):
        undo(any_store, held.case_id, {"answer": "550 5.7.1 no"}, in_doubt=in_doubt)
    assert [count(any_store, table) for table in (SetAsideRow, CaseRow, BodyRow, NoticeRow)] == [0, 0, 0, 0]
    assert acts(any_store, held.case_id) == ["set aside", "set aside undone"]
    said = details(any_store, held.case_id)
    assert (said["answer"], said["passing"], "note" in said) == ("550 5.7.1 no", [COLLEAGUE], in_doubt)
    with any_store.reading() as session:
        assert any_store.audit.verify(session)[1] is None


def test_kept_twice_is_one_case(any_store: Store) -> None:
    """A commit whose end was not heard is tried again, and nothing is doubled."""
    held = put_aside(any_store)
    for _ in range(2):
        keep(any_store, held, TAKEN)
    assert count(any_store, CaseRow) == 1
    assert acts(any_store, held.case_id) == ["set aside", "hold"]


def test_undone_it_is_not_kept(any_store: Store) -> None:
    """Who is too slow to keep it finds it gone and must not say 250; what was kept is not undone."""
    slow, quick = put_aside(any_store), put_aside(any_store)
    undo(any_store, slow.case_id, {}, in_doubt=True)
    with pytest.raises(NoLongerSetAside):
        keep(any_store, slow, TAKEN)
    keep(any_store, quick, TAKEN)
    undo(any_store, quick.case_id, {}, in_doubt=True)
    assert [case.id for case in list_cases(any_store).cases] == [quick.case_id]


def test_left_behind_it_is_undone_after_its_term(any_store: Store, clock: TurnableClock) -> None:
    """What a dead guard has set aside ends by itself; the trail names those who may get the message twice."""
    left = put_aside(any_store)
    clock.turn(seconds=TERM.total_seconds() - 1)
    under_way = put_aside(any_store)
    assert undo_left(any_store) == 0
    clock.turn(seconds=1)
    assert undo_left(any_store) == 1
    assert acts(any_store, left.case_id)[-1] == "set aside undone"
    said = details(any_store, left.case_id)
    assert (said["passing"], "once more" in str(said["note"])) == ([COLLEAGUE], True)
    keep(any_store, under_way, TAKEN)


def test_a_guard_that_starts_undoes_what_the_one_before_left(any_store: Store) -> None:
    """At once on SQLite, whose database is one guard's; on PostgreSQL it may be another node's that is at work."""
    put_aside(any_store)
    alone = any_store.engine.dialect.name == "sqlite"
    assert undo_left(any_store, at_start=True) == int(alone)


def test_what_has_no_room_is_not_set_aside(store: Store, tmp_path: Path) -> None:
    """452 before anything has left, not after."""
    full = Disk(tmp_path / "guard.db", 1 << 40)
    with pytest.raises(DiskFull):
        prepared(Store(store.engine, store.sealer, store.clock, full))
    assert count(store, SetAsideRow) == 0


def test_failing_half_way_leaves_the_first_step(any_store: Store) -> None:
    """A commit that cannot be done makes no half of a case: the message is aside still, and can be kept or undone."""
    held = put_aside(any_store)
    with any_store.writing() as session:
        session.connection().exec_driver_sql("ALTER TABLE notices RENAME TO elsewhere")
    with pytest.raises(StoreError):
        keep(any_store, held, TAKEN)
    with any_store.writing() as session:
        session.connection().exec_driver_sql("ALTER TABLE elsewhere RENAME TO notices")
    assert [count(any_store, table) for table in (SetAsideRow, CaseRow, BodyRow)] == [1, 0, 0]
    keep(any_store, held, TAKEN)
    assert open_body(any_store, held.case_id) == RAW


class AnyOrder(RuleBasedStateMachine):
    """Clients that try until they have their 250, guards that die, next hops that refuse: in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        place = Path(self.folder.name)
        self.clock = TurnableClock()
        self.store = open_store(
            StoreSettings(database_url=f"sqlite:///{place}/guard.db", key_file=place / "guard.key"),
            self.clock,
        )
        self.aside: dict[str, PreparedHold] = {}
        """What some guard believes to be aside, those too that have been undone behind its back."""
        self.answered: set[str] = set()
        """Cases that a client has heard of."""

    @rule()
    def begin(self) -> None:
        """The first step."""
        held = put_aside(self.store)
        self.aside[held.case_id] = held

    @precondition(lambda self: self.aside)
    @rule(data=st.data(), times=st.integers(1, 2))
    def taken(self, data: st.DataObject, times: int) -> None:
        """The next hop says 250; the client hears it only if the message was kept."""
        case_id = data.draw(st.sampled_from(sorted(self.aside)))
        try:
            for _ in range(times):
                keep(self.store, self.aside[case_id], TAKEN)
        except NoLongerSetAside:
            del self.aside[case_id]
            return
        del self.aside[case_id]
        self.answered.add(case_id)

    @precondition(lambda self: self.aside)
    @rule(data=st.data())
    def refused(self, data: st.DataObject) -> None:
        """The next hop says no."""
        case_id = data.draw(st.sampled_from(sorted(self.aside)))
        del self.aside[case_id]
        undo(self.store, case_id, {"answer": "451 later"}, in_doubt=False)

    @rule(start=st.booleans(), minutes=st.integers(0, 90))
    def clean_up(self, start: bool, minutes: int) -> None:
        """Time goes by, or a guard begins."""
        self.clock.turn(minutes=minutes)
        undo_left(self.store, at_start=start)

    @invariant()
    def told_is_kept(self) -> None:
        """What a client has heard of is a case, and there is no case that nobody was told of."""
        with self.store.reading() as session:
            assert set(session.exec(select(CaseRow.id))) == self.answered
            assert set(session.exec(select(SetAsideRow.case_id))) <= self.aside.keys()

    def teardown(self) -> None:
        """Every message has one end in the trail."""
        undo_left(self.store, at_start=True)
        with self.store.reading() as session:
            assert self.store.audit.verify(session)[1] is None
            entries = session.exec(select(AuditRow.case_id, AuditRow.act)).all()
        ends = {case_id: act for case_id, act in entries if act != "set aside"}
        assert len(entries) == 2 * len(ends)
        assert {case_id for case_id, act in ends.items() if act == "hold"} == self.answered
        self.store.close()
        self.folder.cleanup()


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=15, stateful_step_count=15, deadline=None)
