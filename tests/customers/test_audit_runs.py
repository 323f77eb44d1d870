"""Runs of the register audit are kept: one at a time, the last finished one shown, a killed one not waited for."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from mailguard.core.errors import RegisterError
from mailguard.customers.audit_runs import begin_run, carry_out, kept_risks, last_finished, last_run
from mailguard.customers.auditing.risk import RiskKind
from mailguard.customers.importing import import_customers
from mailguard.customers.tables.audits import RISKS
from mailguard.customers.tables.register import EMAILS
from mailguard.namesake.vocabulary import Vocabulary
from mailguard.store.store import Store
from tests.conftest import TurnableClock

_ROWS = """customer_id,first_name,last_name,emails,email_confirmed,street,postcode
1,Ada,Holm,ada.holm@gmail.com,no,Kuja 1,1
2,Ada,Holm,adaholm7@post.example,yes,Tie 2,2
3,Ina,Dahl,ina@gmial.com,yes,Tie 3,3
4,Ada,Holm,=cmd@post.example,no,Tie 4,4
5,Kim,Lund,=cmd@post.example,no,Tie 5,5
"""


@pytest.fixture
def engine(any_store: Store, tmp_path: Path) -> Engine:
    """A small register, on SQLite and on PostgreSQL."""
    file = tmp_path / "customers.csv"
    file.write_text(_ROWS, encoding="utf-8")
    import_customers(any_store.engine, file, {}, lambda done, total: None)
    return any_store.engine


def finish(engine: Engine, clock: TurnableClock) -> int:
    """A whole run."""
    run_id = begin_run(engine, "sofia", clock())
    assert run_id is not None
    carry_out(engine, run_id, Vocabulary(), clock)
    return run_id


def test_a_run_is_kept(engine: Engine, clock: TurnableClock) -> None:
    """A finished run says by whom, when and how many of each kind; its risks are filtered, searched and paged."""
    run_id = finish(engine, clock)
    run = last_finished(engine, clock())
    assert run is not None
    assert (run.id, run.by, run.at, run.finished_at, run.problem) == (run_id, "sofia", clock(), clock(), "")
    assert run.counts == {"shared_address": 1, "typo_domain": 1, "guessed_address": 1}
    kinds = [kept.risk.kind for kept in kept_risks(engine, run_id)]
    assert kinds == [RiskKind.SHARED, RiskKind.TYPO, RiskKind.GUESSED]
    assert [kept.risk.customer_id for kept in kept_risks(engine, run_id, kind=RiskKind.TYPO)] == ["3"]
    assert [kept.risk.customer_id for kept in kept_risks(engine, run_id, query="ADA.holm")] == ["1"]
    assert kept_risks(engine, run_id, query="%") == []
    first = kept_risks(engine, run_id, limit=1)
    assert [kept.risk.kind for kept in kept_risks(engine, run_id, after=first[0].id)] == kinds[1:]


def test_one_at_a_time(engine: Engine, clock: TurnableClock) -> None:
    """While a run is under way no other begins; one that has been silent for long is dead."""
    first = begin_run(engine, "sofia", clock())
    assert first is not None
    assert begin_run(engine, "adam", clock()) is None
    run = last_run(engine, clock())
    assert run is not None
    assert run.alive
    clock.turn(minutes=6)
    assert begin_run(engine, "adam", clock()) is not None


def test_the_last_finished_run_replaces_the_one_before(engine: Engine, clock: TurnableClock) -> None:
    """Risks of earlier runs go when a later one has come to its end, and not before."""
    first = finish(engine, clock)
    begun = begin_run(engine, "adam", clock())
    assert begun is not None
    assert len(kept_risks(engine, first)) == 3
    carry_out(engine, begun, Vocabulary(), clock)
    assert kept_risks(engine, first) == []
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(RISKS)) == 3


def test_a_failed_run_says_why(engine: Engine, clock: TurnableClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that fails is told as failed, and what an earlier one found stays."""
    before = finish(engine, clock)

    def fail(*_: object, **__: object) -> Iterator[None]:
        raise RegisterError("customer register: OperationalError")
        yield

    monkeypatch.setattr("mailguard.customers.audit_runs.audit_register", fail)
    run_id = begin_run(engine, "sofia", clock())
    assert run_id is not None
    with pytest.raises(RegisterError):
        carry_out(engine, run_id, Vocabulary(), clock)
    run, finished = last_run(engine, clock()), last_finished(engine, clock())
    assert run is not None
    assert finished is not None
    assert (run.problem, run.alive) == ("customer register: OperationalError", False)
    assert finished.id == before


def test_reading_changes_nothing(engine: Engine, clock: TurnableClock) -> None:
    """The audit leaves the register as it is."""
    before = _rows(engine)
    finish(engine, clock)
    assert _rows(engine) == before


def _rows(engine: Engine) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(select(EMAILS).order_by(EMAILS.c.canonical))]
