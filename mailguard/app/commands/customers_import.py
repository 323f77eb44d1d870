"""`mailguard customers import`: a customer file into the register."""

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine

from mailguard.app.console import ConfigOption, Exit, err, out, progress_bar, settings_of, told
from mailguard.core.errors import InputError, TooManyDropped
from mailguard.core.one_line import one_line
from mailguard.core.settings import RegisterSettings
from mailguard.customers.file import CustomerFile
from mailguard.customers.importing import ImportResult, import_rows
from mailguard.customers.source_states import BY_HAND, note_success
from mailguard.store.store import Store, open_store

_SHOWN_BAD_ROWS = 20


def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, UTF-8, with a header row.")],
    whole: Annotated[
        bool, typer.Option("--whole", help="FILE is the whole register: customers not in it are taken off record.")
    ] = False,
    allow_drop: Annotated[
        bool,
        typer.Option("--allow-drop", help="With --whole: also when more than register.most_dropped_percent would go."),
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Import a customer file. All good rows come in together; bad rows are told by line.

    Columns: customer_id, first_name, last_name, former_names, emails, phone, birth_date (YYYY-MM-DD), street, postcode,
    city, country, username, tags, email_confirmed (yes or no), and national_id if you like. Needed are customer_id,
    first_name, last_name and emails; the more of the others there are, the more letters are recognised. Several values
    in one cell are parted by ; and other headings are mapped by register.columns in the configuration.

    Customers that FILE does not name stay on record; with --whole they go, but for those of register.sources.

    Exit 0: all rows imported. 3: some rows were bad. 2: the file is broken or lacks too many customers, and nothing was
    changed.
    """
    with told():
        settings = settings_of(config)
        with open_store(settings.store) as store:
            result = _import(store.engine, file, settings.register_, whole, allow_drop)
            _note(store, result)
    for bad in result.bad_rows[:_SHOWN_BAD_ROWS]:
        err.print(f"{file}: line {bad.line}: {bad.problem}", soft_wrap=True)
    if len(result.bad_rows) > _SHOWN_BAD_ROWS:
        err.print(f"{file}: and {len(result.bad_rows) - _SHOWN_BAD_ROWS} more bad rows", soft_wrap=True)
    if result.ignored:
        headings = one_line(", ".join(result.ignored), 500)
        err.print(f"{file}: headings passed over (map them by register.columns): {headings}", soft_wrap=True)
    counts = f"{result.imported} new, {result.updated} changed, {result.unchanged} unchanged"
    dropped = f", {result.dropped} taken off record" if whole else ""
    out.print(f"{counts}{dropped}, {len(result.bad_rows)} bad rows")
    raise typer.Exit(Exit.SOME if result.bad_rows else Exit.DONE)


def _import(engine: Engine, file: Path, settings: RegisterSettings, whole: bool, allow_drop: bool) -> ImportResult:
    with progress_bar("importing") as progress, CustomerFile.open(file) as rows:
        try:
            return import_rows(
                engine,
                rows,
                settings.columns,
                progress,
                whole=whole,
                most_dropped=None if allow_drop else settings.most_dropped_percent / 100,
            )
        except TooManyDropped as error:
            # The operator's to mend, with words for this command: a sync cannot be told on the command line.
            raise InputError(f"{error}, or say --allow-drop") from None


def _note(store: Store, result: ImportResult) -> None:
    note_success(store.engine, BY_HAND, store.clock())
    numbers = {"new": result.imported, "changed": result.updated, "bad": len(result.bad_rows)}
    if result.dropped:
        numbers["dropped"] = result.dropped
    with store.writing() as session:
        store.audit.append(session, "import", actor="command line", at=store.clock(), details=numbers)
