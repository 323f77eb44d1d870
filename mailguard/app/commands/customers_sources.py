"""`mailguard customers sync` and `mailguard customers sources`."""

from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from mailguard.app.console import ConfigOption, Exit, err, out, settings_of, told
from mailguard.app.register_sync import sync_claimed
from mailguard.core.errors import InputError, MailguardError, SourceError, TooManyDropped
from mailguard.core.settings import RegisterSettings, Settings
from mailguard.core.settings.sources import SourceSettings
from mailguard.customers.freshness import SourceFreshness, freshness, limit_hours
from mailguard.customers.source_states import BY_HAND, claim, count_by_source, source_states
from mailguard.customers.syncing import SyncResult, describe
from mailguard.store.store import Store, open_store

_NONE = "no source is configured: add a table [[register.sources]], or import a file with `mailguard customers import`"


def sync_sources(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="One source; without it: all of them.")] = None,
    allow_drop: Annotated[
        bool,
        typer.Option("--allow-drop", help="Also when more than register.most_dropped_percent would go off record."),
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Fetch the register from its sources now. Each comes in whole, or changes nothing.

    Customers of a source that it no longer names go off record; a sync that would take more than
    register.most_dropped_percent of them is refused.

    Exit 0: all came through. 1: a source failed, and its customers are as they were.
    """
    with told():
        settings = settings_of(config)
        if allow_drop:
            generous = settings.register_.model_copy(update={"most_dropped_percent": 100.0})
            settings = settings.model_copy(update={"register_": generous})
        sources = _chosen(settings.register_, name)
        with open_store(settings.store) as store:
            results = {source.name: _sync(store, settings, source) for source in sources}
    table = Table("source", "new", "changed", "unchanged", "dropped", "bad rows", box=None, pad_edge=False)
    for source, result in results.items():
        if result is not None:
            done = result.imported
            counted = (done.imported, done.updated, done.unchanged, done.dropped, len(done.bad_rows))
            table.add_row(source, *map(str, counted))
    if table.row_count:
        out.print(table)
    raise typer.Exit(Exit.DONE if all(results.values()) else Exit.FAILED)


def list_sources(config: ConfigOption = None) -> None:
    """List the sources: when each came through last, how many customers it has, and what is wrong."""
    with told():
        settings = settings_of(config)
        with open_store(settings.store) as store:
            fresh = freshness(store.engine, settings.register_, store.clock)
            states = source_states(store.engine)
            counts = count_by_source(store.engine)
    kinds = {source.name: getattr(source, "kind", "") for source in settings.register_.sources}
    table = Table("source", "kind", "last sync", "age", "customers", "state", box=None, pad_edge=False)
    for source in fresh.sources:
        state = states.get(source.name)
        at = f"{state.synced_at:%Y-%m-%d %H:%M}" if state and state.synced_at else "never"
        label, kind = source.name or "customer file", kinds.get(source.name, "by hand")
        table.add_row(label, kind, at, _age(source), str(source.customers), _state(source))
    for name in sorted(counts.keys() - kinds.keys() - {BY_HAND}):
        table.add_row(name, "gone", "-", "-", str(counts[name]), "not configured any more")
    out.print(table)
    for source in fresh.sources:
        if source.problem:
            # Beside the table: a sentence in a narrow column is hard to read.
            out.print(f"{source.name}: the last try failed: {source.problem}", soft_wrap=True)
    limit = limit_hours(settings.register_)
    if fresh.stale:
        out.print(f"the register is stale (older than {limit} h): sensitive mail is held", style="red")


def _chosen(settings: RegisterSettings, name: str | None) -> list[SourceSettings]:
    if not settings.sources:
        raise InputError(_NONE)
    chosen: list[SourceSettings] = [source for source in settings.sources if name in (None, source.name)]
    if not chosen:
        known = ", ".join(source.name for source in settings.sources)
        raise InputError(f"there is no source {name!r}; known here: {known}")
    return chosen


def _sync(store: Store, settings: Settings, source: SourceSettings) -> SyncResult | None:
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=err,
        transient=True, disable=not err.is_terminal,
    )  # fmt: skip
    try:
        if not claim(store.engine, source.name, store.clock()):
            raise SourceError("is being synced by another process right now")
        with bar:
            task = bar.add_task(source.name, total=None)

            def show(done: int, total: int) -> None:
                bar.update(task, completed=done, total=total or None)

            result = sync_claimed(store, settings, source, show, actor="command line")
    except MailguardError as error:
        hint = ", or say --allow-drop" if isinstance(error, TooManyDropped) else ""
        err.print(f"mailguard: source {source.name}: {describe(error, source)}{hint}", soft_wrap=True)
        return None
    for bad in result.bad_rows:
        err.print(f"{source.name}: {bad}", soft_wrap=True)
    if result.taken:
        told = f"{result.taken} customers were another source's before: name each customer in one source only"
        err.print(f"{source.name}: {told}", soft_wrap=True)
    if (more := len(result.imported.bad_rows) - len(result.bad_rows)) > 0:
        err.print(f"{source.name}: and {more} more bad rows")
    return result


def _age(source: SourceFreshness) -> str:
    if source.age_hours is None:
        return "-"
    hours = source.age_hours
    return f"{hours / 24:.0f} days" if hours >= 48 else f"{hours:.0f} h" if hours >= 1 else f"{hours * 60:.0f} min"


def _state(source: SourceFreshness) -> str:
    return ", ".join(filter(None, ("stale" if source.stale else "", "failing" if source.problem else ""))) or "ok"
