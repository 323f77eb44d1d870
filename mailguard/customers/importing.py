"""Import customers from a file or another source: bad rows are told by line, the others come in as one."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from mailguard.core.clock import utc_now
from mailguard.core.errors import InputError, RegisterError, TooManyDropped
from mailguard.customers.file import CustomerFile
from mailguard.customers.headings import find_columns
from mailguard.customers.known import KnownRows
from mailguard.customers.parsing import parse_batches
from mailguard.customers.rows import BadRow
from mailguard.customers.sifting import Progress, Rows, Sieve
from mailguard.customers.staged_postgres import stage_postgres
from mailguard.customers.staged_sqlite import stage_sqlite
from mailguard.customers.staging import Staging

__all__ = ["BadRow", "ImportResult", "Progress", "Rows", "import_customers", "import_rows"]


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did."""

    imported: int
    """New customers."""
    updated: int
    """Customers on record whose row was different."""
    bad_rows: list[BadRow] = field(default_factory=list)
    unchanged: int = 0
    """Customers on record whose row was the same: nothing was written."""
    dropped: int = 0
    """Customers taken off record because a whole source does not name them."""
    ignored: tuple[str, ...] = ()
    """Headings that mean nothing to us, as the source spells them."""


def import_customers(engine: Engine, file: Path, columns: dict[str, str], progress: Progress) -> ImportResult:
    """Read a CSV file (UTF-8, header row) into the register: `import_rows` of a file, whose customers have no source.

    Customers that the file does not name stay on record.
    """
    with CustomerFile.open(file) as rows:
        return import_rows(engine, rows, columns, progress)


def import_rows(
    engine: Engine,
    rows: Rows,
    columns: Mapping[str, str],
    progress: Progress,
    *,
    source: str = "",
    whole: bool = False,
    most_dropped: float | None = None,
    at: datetime | None = None,
) -> ImportResult:
    """Read the rows of a source into the register, in one transaction.

    `columns` maps other headings to the contract's columns. `whole`: customers of this source whom the rows do not name
    go off record; a bad row names its customer too. `at` is now if not given.

    Raises, and changes nothing: InputError for rows that are no customers (a needed column missing, more bad rows than
    good ones), TooManyDropped when a larger share (0 to 1) than `most_dropped` of the source's customers would go off
    record, RegisterError when the database fails or another import is under way, and what `rows` raises.
    """
    headings = find_columns(rows.name, rows.header, columns)
    with _translated(engine), _stage(engine) as staging:
        known = KnownRows(staging.count())
        known.learn(staging.known())
        sieve = Sieve(rows, headings.places, known, source)
        good, domains = 0, Counter[str]()
        with closing(parse_batches(sieve.batches(progress), source, staging.writer)) as parsed_batches:
            for batch, parsed in parsed_batches:
                staging.take(parsed.load)
                good += parsed.good
                domains.update(parsed.domains)
                for place, problem in parsed.bad:
                    sieve.reject(batch[place], problem)
        good += sieve.unchanged
        bad_rows = sorted(sieve.bad_rows)
        if len(bad_rows) > good:
            raise InputError(
                f"{rows.name}: {len(bad_rows)} bad rows and {good} good ones: nothing was imported "
                f"(line {bad_rows[0].line}: {bad_rows[0].problem})"
            )
        gone = _find_gone(staging, known, source, most_dropped, rows.name) if whole else []
        merged = staging.merge(gone, domains, at or utc_now())
    return ImportResult(
        merged.new,
        merged.changed,
        bad_rows,
        unchanged=good - merged.new - merged.changed,
        dropped=merged.dropped,
        ignored=headings.ignored,
    )


def _find_gone(staging: Staging, known: KnownRows, source: str, most_dropped: float | None, name: str) -> Sequence[str]:
    customers, gone = 0, []
    for customer_id in staging.ids_of(source):
        customers += 1
        if known.is_missing(customer_id):
            gone.append(customer_id)
    if most_dropped is not None and len(gone) > most_dropped * customers:
        raise TooManyDropped(name, len(gone), customers, most_dropped)
    return gone


@contextmanager
def _stage(engine: Engine) -> Iterator[Staging]:
    if engine.dialect.name == "postgresql":
        with stage_postgres(engine) as in_database:
            yield in_database
    else:
        with stage_sqlite(engine) as beside:
            yield beside


@contextmanager
def _translated(engine: Engine) -> Iterator[None]:
    # Only the kind of the error is told: its text may quote customers.
    try:
        yield
    except DBAPIError as error:
        raise RegisterError(f"customers cannot be imported: {type(error.orig).__name__}") from None
    except (SQLAlchemyError, engine.dialect.loaded_dbapi.Error, BrokenExecutor) as error:
        raise RegisterError(f"customers cannot be imported: {type(error).__name__}") from None
    except OSError as error:
        raise RegisterError(f"customers cannot be imported: {error.strerror}") from None
