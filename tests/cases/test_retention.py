"""What is kept ends: the key of a letter, the letter, and in the end everything about the case but the audit trail."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import select

from mailguard.cases import retention
from mailguard.cases.deciding.decide import decide
from mailguard.cases.reading import open_body, open_letter, read_case
from mailguard.cases.releasing.claim import claim
from mailguard.cases.releasing.settle import settle
from mailguard.cases.retention import destroy_bodies, keep_terms, remove_cases
from mailguard.cases.reveal import reveal
from mailguard.core.answer import Answer
from mailguard.core.case import CaseState
from mailguard.core.decision import Action, Decision
from mailguard.core.errors import BadDecision, NoSuchCase
from mailguard.core.person import Person, Role
from mailguard.core.reason import ReasonCode
from mailguard.core.settings import StoreSettings
from mailguard.store.store import Store
from mailguard.store.tables.audit import AuditRow
from mailguard.store.tables.cases import CaseRow
from tests.cases.conftest import add
from tests.conftest import TurnableClock
from tests.support.letters import CUSTOMER, hold_letter

REJECT = Decision(Action.REJECT, "wrong address")
APPROVE = Decision(Action.APPROVE, "it is her own")


def _counts(store: Store) -> dict[str, int]:
    tables = ("cases", "recipients", "sender_identities", "bodies", "decisions", "notices")
    with store.reading() as session:
        connection = session.connection()
        return {name: connection.scalar(text(f"SELECT count(*) FROM {name}")) or 0 for name in tables}


def _acts(store: Store, case_id: str) -> list[str]:
    with store.reading() as session:
        return list(session.exec(select(AuditRow.act).where(AuditRow.case_id == case_id).order_by("seq")))


def test_a_case_ends_in_three_steps(any_store: Store, supervisor: Person, clock: TurnableClock) -> None:
    """Key and body go after the retention time, all rows after the metadata time, each with its audit entry."""
    case_id = hold_letter(any_store)
    decide(any_store, case_id, REJECT, supervisor)
    clock.turn(days=90)
    assert (destroy_bodies(any_store, 90), remove_cases(any_store, 730, {})) == (0, 0)
    clock.turn(minutes=1)
    assert (destroy_bodies(any_store, 90), destroy_bodies(any_store, 90)) == (1, 0)
    assert open_body(any_store, case_id) is None
    assert read_case(any_store, case_id).summary.state is CaseState.REJECTED
    clock.turn(days=640)
    assert (remove_cases(any_store, 730, {}), remove_cases(any_store, 730, {})) == (1, 0)
    with pytest.raises(NoSuchCase):
        read_case(any_store, case_id)
    assert set(_counts(any_store).values()) == {0}
    assert _acts(any_store, case_id)[-3:] == ["data key destroyed", "body destroyed", "case removed"]
    with any_store.reading() as session:
        assert any_store.audit.verify(session)[1] is None


def test_what_waits_for_somebody_is_kept(any_store: Store, supervisor: Person, clock: TurnableClock) -> None:
    """Held, approved and undeliverable cases stay whole, however long ago they began."""
    hold_letter(any_store)
    refused = hold_letter(any_store)
    decide(any_store, refused, APPROVE, supervisor)
    job = claim(any_store, clock())
    assert job is not None
    assert settle(any_store, job, {CUSTOMER: Answer(550, ("5.1.1 no such user",))}, clock()) is CaseState.UNDELIVERABLE
    decide(any_store, hold_letter(any_store), APPROVE, supervisor)
    before = _counts(any_store)
    clock.turn(days=5000)
    keep_terms(any_store, StoreSettings(metadata_days=1))
    assert _counts(any_store) == before


def test_a_case_is_not_removed_before_its_letter(any_store: Store, supervisor: Person, clock: TurnableClock) -> None:
    """Where the metadata time is the shorter one, the case stays until its letter has been destroyed."""
    decide(any_store, hold_letter(any_store), REJECT, supervisor)
    clock.turn(days=10)
    assert remove_cases(any_store, 5, {}) == 0
    destroy_bodies(any_store, 5)
    assert remove_cases(any_store, 5, {}) == 1


_TERMS = {ReasonCode.NAMESAKE: 1825, ReasonCode.RECORDING: 30}
_CASES_OF_AGE = [
    # (reasons, days since its end, whether it goes)
    (["credential"], 731, True),
    (["credential"], 729, False),
    (["namesake"], 731, False),
    (["namesake"], 1826, True),
    (["namesake", "credential"], 1824, False),
    (["recording"], 31, True),
    (["recording"], 29, False),
    (["recording", "credential"], 31, False),
    (["recording", "credential"], 731, True),
    (["recording", "namesake"], 731, False),
    ([], 729, False),
    ([], 731, True),
]


def test_the_longest_term_of_a_case_holds(any_store: Store, supervisor: Person, clock: TurnableClock) -> None:
    """`metadata_days_for` lengthens or shortens the term of a reason; any other reason brings the usual one."""
    going = {_end_case(any_store, supervisor, reasons, age): goes for reasons, age, goes in _CASES_OF_AGE}
    destroy_bodies(any_store, 1)
    assert remove_cases(any_store, 730, _TERMS) == sum(going.values())
    with any_store.reading() as session:
        left = set(session.exec(select(CaseRow.id)))
    assert left == {case_id for case_id, goes in going.items() if not goes}


def _end_case(store: Store, supervisor: Person, reasons: list[str], age: int) -> str:
    case_id = hold_letter(store)
    decide(store, case_id, REJECT, supervisor)
    # Words of a reason that look like a code are none.
    told = [{"code": code, "text": 'it says "code": "namesake"'} for code in reasons]
    with store.writing() as session:
        case = session.get_one(CaseRow, case_id)
        case.judgement = {**case.judgement, "reasons": told}
        case.ended_at = store.clock() - timedelta(days=age)
        session.add(case)
    return case_id


class _KilledError(Exception):
    """Stands for kill -9: nothing after it runs."""


def test_stopped_between_key_and_body(any_store: Store, supervisor: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key is gone, the page says that the letter is no longer kept, and the next run takes the body."""
    cases = [hold_letter(any_store) for _ in range(3)]
    for case_id in cases:
        decide(any_store, case_id, REJECT, supervisor)
    any_store.clock.turn(days=91)  # type: ignore[attr-defined]
    with monkeypatch.context() as patched:
        patched.setattr(retention, "_act_on_all", _second_call_kills(retention._act_on_all))
        with pytest.raises(_KilledError):
            destroy_bodies(any_store, 90)
    assert _counts(any_store)["bodies"] == 3
    for case_id in cases:
        assert open_letter(any_store, case_id) is None
        with pytest.raises(BadDecision, match="no longer kept"):
            reveal(any_store, case_id, 0, supervisor, "to see it")
    assert destroy_bodies(any_store, 90) == 3
    assert [_acts(any_store, case_id).count("data key destroyed") for case_id in cases] == [1, 1, 1]


def _second_call_kills(step: Callable[..., int]) -> Callable[..., int]:
    calls = itertools.count(1)

    def killed(*arguments: object) -> int:
        if next(calls) == 2:
            raise _KilledError
        return step(*arguments)

    return killed


def test_nothing_of_the_body_is_left_in_the_files(store: Store, tmp_path: Path) -> None:
    """Of sealed body and wrapped key no octets are left in database or log; of a removed case no address either."""
    supervisor = add(store, "sofia", Role.SUPERVISOR)
    case_id = hold_letter(store)
    decide(store, case_id, REJECT, supervisor)
    with store.reading() as session:
        wrapped, sealed = session.connection().execute(text("SELECT wrapped_key, sealed FROM bodies")).one()
    assert _stands(tmp_path, wrapped)
    assert _stands(tmp_path, CUSTOMER.encode())
    store.clock.turn(days=91)  # type: ignore[attr-defined]
    keep_terms(store, StoreSettings())
    assert not _stands(tmp_path, wrapped)
    assert not _stands(tmp_path, sealed[-40:])
    store.clock.turn(days=700)  # type: ignore[attr-defined]
    keep_terms(store, StoreSettings())
    assert not _stands(tmp_path, CUSTOMER.encode())


def _stands(folder: Path, octets: bytes) -> bool:
    return any(octets in file.read_bytes() for file in folder.iterdir())


def test_many_cases_go_in_batches(any_store: Store, supervisor: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """More cases than fit in one transaction all go, and none is counted twice."""
    monkeypatch.setattr(retention, "_BATCH", 3)
    for _ in range(7):
        decide(any_store, hold_letter(any_store), REJECT, supervisor)
    any_store.clock.turn(days=800)  # type: ignore[attr-defined]
    assert destroy_bodies(any_store, 90) == 7
    assert remove_cases(any_store, 730, {}) == 7
