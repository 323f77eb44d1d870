"""How each source's last sync went, and who is at it now (table `register_sources`)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from mailguard.core.one_line import one_line
from mailguard.customers.asking import translated
from mailguard.customers.moments import as_utc
from mailguard.customers.tables.register import CUSTOMERS
from mailguard.customers.tables.sources import SOURCES

BY_HAND = ""
"""The name under which imports of a customer file stand here, and in `customers.source`."""
CLAIM = timedelta(minutes=15)
"""A sync that shows no sign of life for so long is taken to be dead."""
_RETRY = timedelta(minutes=10)
"""A sync that failed is tried again sooner than its interval says."""
_LONGEST_PROBLEM = 500
_S = SOURCES.c


@dataclass(frozen=True, slots=True)
class SourceState:
    """One source's row."""

    name: str
    tried_at: datetime
    synced_at: datetime | None
    customers: int
    problem: str


def source_states(engine: Engine) -> dict[str, SourceState]:
    """The row of every source that was ever tried, by its name. Raises RegisterError."""
    query = select(_S.name, _S.tried_at, _S.synced_at, _S.customers, _S.problem)
    with translated(engine), engine.connect() as connection:
        return {
            name: SourceState(name, as_utc(tried), synced and as_utc(synced), customers, problem)
            for name, tried, synced, customers, problem in connection.execute(query)
        }


def count_by_source(engine: Engine) -> dict[str, int]:
    """Customers on record by the source that they are from. Reads all of them. Raises RegisterError."""
    query = select(CUSTOMERS.c.source, func.count()).group_by(CUSTOMERS.c.source)
    with translated(engine), engine.connect() as connection:
        return {source: int(number) for source, number in connection.execute(query)}


def claim(engine: Engine, name: str, now: datetime, every: timedelta | None = None) -> bool:
    """Take a source's sync for oneself; of several nodes, one gets it.

    With `every` only when it is due; without, whenever nobody is at it. Raises RegisterError.
    """
    with _writing(engine) as connection:
        if _is_new(connection, name, now):
            return True
        free = [_S.name == name, or_(_S.claimed_until.is_(None), _S.claimed_until <= now)]
        if every is not None:
            soon = min(every, _RETRY)
            # A claim that ran out was never given back: whoever had it has died over it.
            dead = _S.claimed_until.is_not(None)
            free.append(or_(_S.tried_at <= now - every, (_S.problem != "") & (_S.tried_at <= now - soon), dead))
        taken = connection.execute(update(SOURCES).where(*free).values(tried_at=now, claimed_until=now + CLAIM))
        return taken.rowcount == 1


def renew(engine: Engine, name: str, now: datetime) -> None:
    """A sign of life of whoever has claimed the source."""
    _write(engine, name, claimed_until=now + CLAIM)


def note_success(engine: Engine, name: str, now: datetime) -> None:
    """The sync (or the import by hand) came through. Counts the source's customers."""
    with _writing(engine) as connection:
        _is_new(connection, name, now)
        customers = connection.scalar(select(func.count()).where(CUSTOMERS.c.source == name)) or 0
        values = {"tried_at": now, "synced_at": now, "customers": customers, "problem": "", "claimed_until": None}
        connection.execute(update(SOURCES).where(_S.name == name).values(values))


def note_failure(engine: Engine, name: str, now: datetime, problem: str) -> None:
    """The sync did not come through, and why."""
    _write(engine, name, tried_at=now, problem=one_line(problem, _LONGEST_PROBLEM) or "failed", claimed_until=None)


def _write(engine: Engine, name: str, **values: object) -> None:
    with _writing(engine) as connection:
        connection.execute(update(SOURCES).where(_S.name == name).values(values))


def _is_new(connection: Connection, name: str, now: datetime) -> bool:
    insert = insert_postgresql if connection.dialect.name == "postgresql" else insert_sqlite
    row = insert(SOURCES).values(name=name, tried_at=now, customers=0, problem="", claimed_until=now + CLAIM)
    # Without the option PostgreSQL's driver does not tell of an INSERT how many rows it made.
    made = connection.execute(row.on_conflict_do_nothing().execution_options(preserve_rowcount=True))
    return made.rowcount == 1


@contextmanager
def _writing(engine: Engine) -> Iterator[Connection]:
    with translated(engine), engine.execution_options(mailguard_writes=True).begin() as connection:
        yield connection
