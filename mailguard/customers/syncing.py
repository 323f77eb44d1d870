"""Sync one source: fetch all of it, and import it whole or not at all."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from mailguard.core.clock import Clock, utc_now
from mailguard.core.customer import REQUIRED
from mailguard.core.errors import MailguardError, SourceError
from mailguard.core.settings import RegisterSettings
from mailguard.core.settings.sources import SourceSettings
from mailguard.customers.importing import ImportResult, Progress, import_rows
from mailguard.customers.source_states import BY_HAND, CLAIM, count_by_source, note_failure, note_success, renew
from mailguard.customers.sources.opening import SourceRows, open_source

_SHOWN_BAD_ROWS = 20


@dataclass(frozen=True, slots=True)
class SyncResult:
    """A sync that came through."""

    source: str
    imported: ImportResult
    bad_rows: tuple[str, ...] = ()
    """The first bad rows, in words: where, and what is wrong."""
    taken: int = 0
    """Customers on record from other sources before. Two sources that name the same ones take them from each other at
    every sync, and what the register says of them changes to and fro."""

    @property
    def changed(self) -> bool:
        """Whether anything in the register is different now."""
        return bool(self.imported.imported or self.imported.updated or self.imported.dropped)


def sync(
    engine: Engine, source: SourceSettings, settings: RegisterSettings, progress: Progress, clock: Clock = utc_now
) -> SyncResult:
    """Bring the register in line with a source that the caller has claimed, and note how it went.

    Customers of this source that it no longer names go off record. Raises SourceError when the source fails, breaks
    off or gives nothing, TooManyDropped when it would take more than `most_dropped_percent` of its customers off
    record, InputError when its columns or most of its rows are no customers, RegisterError when our database fails.
    Then nothing was changed, and the problem stands in `register_sources`.
    """
    try:
        result = _sync(engine, source, settings, _alive(engine, source.name, progress, clock), clock())
    except MailguardError as error:
        note_failure(engine, source.name, clock(), describe(error, source))
        raise
    except Exception as error:
        # The text of a stranger's exception may quote customers.
        note_failure(engine, source.name, clock(), f"failed with {type(error).__name__}")
        raise SourceError(f"failed with {type(error).__name__}") from None
    note_success(engine, source.name, clock())
    return result


def describe(error: MailguardError, source: SourceSettings) -> str:
    """What went wrong, without the source's name before it."""
    return str(error).removeprefix(f"{source.name}: ")


def _sync(
    engine: Engine, source: SourceSettings, settings: RegisterSettings, progress: Progress, now: datetime
) -> SyncResult:
    before = _others(engine, source)
    with open_source(source) as rows:
        imported = import_rows(
            engine,
            _Whole(rows, source.columns),
            source.columns,
            progress,
            source=source.name,
            whole=True,
            most_dropped=settings.most_dropped_percent / 100,
            at=now,
        )
        shown = imported.bad_rows[:_SHOWN_BAD_ROWS]
        told = tuple(f"{rows.place(bad.line)}: {bad.problem}" for bad in shown)
    return SyncResult(source.name, imported, told, taken=max(before - _others(engine, source), 0))


def _others(engine: Engine, source: SourceSettings) -> int:
    """How many customers other sources have. Those that were imported by hand may be taken over for good."""
    counted = count_by_source(engine)
    return sum(number for name, number in counted.items() if name not in (source.name, BY_HAND))


class _Whole:
    """The rows of a source, refused at their end when they cannot be a whole register."""

    def __init__(self, rows: SourceRows, columns: dict[str, str]) -> None:
        self._rows = rows
        self._columns = columns
        self.name = rows.name
        self.header = rows.header

    @property
    def size(self) -> int:
        return self._rows.size

    @property
    def position(self) -> int:
        return self._rows.position

    def rows(self) -> Iterator[tuple[int, Sequence[str]]]:
        # An attribute or key that is spelt wrong in `columns` is empty everywhere, and would empty the register.
        empty = self._needed()
        any_row = False
        rows = self._rows.rows()
        for number, cells in rows:
            any_row = True
            empty = {place: name for place, name in empty.items() if len(cells) <= place or not cells[place].strip()}
            yield number, cells
            if not empty:
                yield from rows
        if not any_row:
            raise SourceError("gave no customers at all")
        if empty:
            raise SourceError(f"{', '.join(sorted(empty.values()))} is empty in every row: look at `columns`")

    def _needed(self) -> dict[int, str]:
        mapped = {theirs.strip().lower(): ours for theirs, ours in self._columns.items()}
        headings = [heading.strip().lower() for heading in self.header]
        ours = [mapped.get(heading, heading) for heading in headings]
        return {place: name for place, name in enumerate(ours) if name in REQUIRED}


def _alive(engine: Engine, name: str, progress: Progress, clock: Clock) -> Progress:
    """The progress, which also renews the claim now and then."""
    renewed: list[datetime] = [clock()]

    def show(done: int, total: int) -> None:
        now = clock()
        if now - renewed[0] > CLAIM / 5:
            renew(engine, name, now)
            renewed[0] = now
        progress(done, total)

    return show
