"""Runs of the register audit: begun, carried out, kept. The desk shows the last one that came to its end."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Engine, Row, delete, insert, or_, select, update

from mailguard.core.clock import Clock
from mailguard.core.errors import MailguardError
from mailguard.customers.asking import translated
from mailguard.customers.audit import audit_register
from mailguard.customers.auditing.risk import Likeness, Progress, Risk, RiskKind
from mailguard.customers.moments import as_utc
from mailguard.customers.tables.audits import AUDITS, RISKS

_BATCH = 5000
_DEAD_AFTER = timedelta(minutes=5)
"""A run that has said nothing for so long has been killed. Between two signs of life is at most one sort by name."""
_SIGN_EVERY = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class AuditRun:
    """One run."""

    id: int
    by: str
    at: datetime
    finished_at: datetime | None
    done: int
    total: int
    problem: str
    counts: dict[str, int]
    alive: bool
    """Under way, and not long silent."""

    @property
    def percent(self) -> int:
        """How far it is."""
        return 100 * self.done // self.total if self.total else 0


@dataclass(frozen=True, slots=True)
class KeptRisk:
    """A risk of a finished run, with its number in the order of the run."""

    id: int
    risk: Risk


def begin_run(engine: Engine, by: str, at: datetime) -> int | None:
    """Note that a run begins; gives its number, or None while another one is under way. Raises RegisterError."""
    row = {"started_by": by, "started_at": as_utc(at), "seen_at": as_utc(at), "done": 0, "total": 0}
    with translated(engine), _writer(engine).begin() as connection:
        # A lock for PostgreSQL, where two may ask at one moment; a writer of SQLite is alone anyway.
        latest = connection.execute(select(AUDITS).order_by(AUDITS.c.id.desc()).limit(1).with_for_update()).first()
        if latest is not None and _run(latest, at).alive:
            return None
        added = insert(AUDITS).values(row | {"problem": "", "counts": {}}).returning(AUDITS.c.id)
        return int(connection.execute(added).scalar_one())


def carry_out(
    engine: Engine, run_id: int, likeness: Likeness, clock: Clock, progress: Progress = lambda done, total: None
) -> None:
    """Run the audit and keep what it finds, in the place of what earlier runs found.

    Raises RegisterError, after writing down that the run has failed.
    """
    try:
        counts = _keep(engine, run_id, likeness, clock, progress)
    except Exception as error:
        problem = str(error) if isinstance(error, MailguardError) else type(error).__name__
        _change(engine, run_id, finished_at=as_utc(clock()), problem=problem[:300])
        raise
    _change(engine, run_id, finished_at=as_utc(clock()), counts=dict(counts))
    with translated(engine), _writer(engine).begin() as connection:
        connection.execute(delete(RISKS).where(RISKS.c.audit_id < run_id))


def last_run(engine: Engine, now: datetime) -> AuditRun | None:
    """The newest run, finished or not."""
    with translated(engine), engine.connect() as connection:
        row = connection.execute(select(AUDITS).order_by(AUDITS.c.id.desc()).limit(1)).first()
    return _run(row, now) if row else None


def last_finished(engine: Engine, now: datetime) -> AuditRun | None:
    """The newest run that came to its end, whose risks are kept."""
    ended = select(AUDITS).where(AUDITS.c.finished_at.is_not(None), AUDITS.c.problem == "")
    with translated(engine), engine.connect() as connection:
        row = connection.execute(ended.order_by(AUDITS.c.id.desc()).limit(1)).first()
    return _run(row, now) if row else None


def kept_risks(
    engine: Engine, run_id: int, *, kind: RiskKind | None = None, query: str = "", after: int = 0, limit: int = 50
) -> Sequence[KeptRisk]:
    """Risks of a finished run in its order, behind the number `after`; `query` is part of an address or customer."""
    found = select(RISKS).where(RISKS.c.audit_id == run_id, RISKS.c.id > after)
    if kind is not None:
        found = found.where(RISKS.c.kind == kind.value)
    if query.strip():
        found = found.where(_has(query.strip()))
    with translated(engine), engine.connect() as connection:
        return [_kept(row) for row in connection.execute(found.order_by(RISKS.c.id).limit(limit))]


def _keep(engine: Engine, run_id: int, likeness: Likeness, clock: Clock, progress: Progress) -> Counter[str]:
    counts: Counter[str] = Counter()
    told_at = clock()

    def tell(done: int, total: int) -> None:
        nonlocal told_at
        progress(done, total)
        if (now := clock()) - told_at >= _SIGN_EVERY or done in (0, total):
            told_at = now
            _change(engine, run_id, seen_at=as_utc(now), done=done, total=total)

    risks = audit_register(engine, likeness, tell, today=clock().date())
    while batch := list(islice(risks, _BATCH)):
        counts.update(risk.kind.value for risk in batch)
        with translated(engine), _writer(engine).begin() as connection:
            connection.execute(insert(RISKS), [_values(run_id, risk) for risk in batch])
    return counts


def _change(engine: Engine, run_id: int, **values: Any) -> None:
    with translated(engine), _writer(engine).begin() as connection:
        connection.execute(update(AUDITS).where(AUDITS.c.id == run_id).values(values))


def _writer(engine: Engine) -> Engine:
    return engine.execution_options(mailguard_writes=True)


def _values(run_id: int, risk: Risk) -> dict[str, object]:
    return {
        "audit_id": run_id,
        "kind": risk.kind.value,
        "customer_id": risk.customer_id,
        "address": risk.address,
        "other": risk.other,
        "text": risk.text,
    }


def _has(wanted: str) -> ColumnElement[bool]:
    columns = (RISKS.c.address, RISKS.c.other, RISKS.c.customer_id)
    return or_(*(column.icontains(wanted, autoescape=True) for column in columns))


def _kept(row: Row[Any]) -> KeptRisk:
    return KeptRisk(row.id, Risk(RiskKind(row.kind), row.customer_id, row.address, row.text, row.other))


def _run(row: Row[Any], now: datetime) -> AuditRun:
    finished_at = as_utc(row.finished_at) if row.finished_at else None
    return AuditRun(
        id=row.id,
        by=row.started_by,
        at=as_utc(row.started_at),
        finished_at=finished_at,
        done=row.done,
        total=row.total,
        problem=row.problem,
        counts=row.counts,
        alive=finished_at is None and now - as_utc(row.seen_at) < _DEAD_AFTER,
    )
