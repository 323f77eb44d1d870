"""A full week's figures written down when they were first reported: each later report of the week is made from them."""

from collections.abc import Iterator, Mapping, Sequence
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlmodel import Session, col, select

from mailguard.core.errors import InputError
from mailguard.core.settings import Settings
from mailguard.report.figures import SPAN, WeeklyFigures, figures_of_span
from mailguard.report.week import Week, read_week
from mailguard.store.store import Store
from mailguard.store.tables.figures import WeeklyFactsRow

_WRITTEN = TypeAdapter(WeeklyFigures)


def report_week(store: Store, week: str, settings: Settings) -> WeeklyFigures:
    """A week's figures as they are reported: a full week's always the same, from the first report on.

    Raises InputError for a name that is no ISO week, StoreError.
    """
    one = read_week(week, ZoneInfo(settings.report.time_zone))
    return next(report_weeks(store, (one,), settings))


def report_weeks(store: Store, weeks: Sequence[Week], settings: Settings) -> Iterator[WeeklyFigures]:
    """As `report_week` for weeks that follow each other."""
    known = read_facts(store, weeks[0].after(1 - SPAN).name, weeks[-1].name)
    missing = [week for week in weeks if week.name not in known]
    made = _make(store, missing, settings, known)
    for week in weeks:
        yield known[week.name] if week.name in known else next(made)


def stored_weeks(store: Store, most: int) -> list[str]:
    """Names of the weeks whose facts are kept, newest first."""
    with store.reading() as session:
        return list(session.exec(select(WeeklyFactsRow.week).order_by(col(WeeklyFactsRow.week).desc()).limit(most)))


def read_facts(store: Store, first: str, last: str) -> dict[str, WeeklyFigures]:
    """The facts that are kept of weeks from `first` to `last`, both included, by name."""
    query = select(WeeklyFactsRow.week, WeeklyFactsRow.facts).where(col(WeeklyFactsRow.week).between(first, last))
    with store.reading() as session:
        return {week: _read(week, facts) for week, facts in session.exec(query)}


def _make(
    store: Store, weeks: Sequence[Week], settings: Settings, known: Mapping[str, WeeklyFigures]
) -> Iterator[WeeklyFigures]:
    if not weeks:
        return
    # In one go where they follow each other, so that what eight reports show is looked up once.
    whole = [weeks[0].after(n) for n in range((weeks[-1].monday - weeks[0].monday).days // 7 + 1)]
    wanted = {week.name for week in weeks}
    for figures in figures_of_span(store, whole, settings, known):
        if figures.week.name in wanted:
            yield _keep(store, figures) if figures.complete else figures


def _keep(store: Store, figures: WeeklyFigures) -> WeeklyFigures:
    """Write the facts down, unless another was first; gives what is written, as it is read back."""
    with store.writing() as session:
        _insert(session, figures, store)
        written = session.exec(select(WeeklyFactsRow.facts).where(WeeklyFactsRow.week == figures.week.name)).one()
    return _read(figures.week.name, written)


def _insert(session: Session, figures: WeeklyFigures, store: Store) -> None:
    table: Table = WeeklyFactsRow.__table__  # type: ignore[attr-defined]
    connection = session.connection()
    insert = insert_postgresql if connection.dialect.name == "postgresql" else insert_sqlite
    row = {
        "week": figures.week.name,
        "facts": _WRITTEN.dump_python(figures, mode="json"),
        "made_at": store.clock(),
    }
    connection.execute(insert(table).values(row).on_conflict_do_nothing())


def _read(week: str, facts: object) -> WeeklyFigures:
    try:
        return _WRITTEN.validate_python(facts)
    except ValidationError as error:
        raise InputError(
            f"the facts of {week} were written by another mailguard: {error.error_count()} errors"
        ) from None
