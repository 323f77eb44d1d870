"""`mailguard store`: the database itself."""

import json
from typing import Annotated

import typer

from mailguard.app.commands.store_backup import backup_store, restore_store
from mailguard.app.console import ConfigOption, Format, FormatOption, out, settings_of, told
from mailguard.store.migrations.upgrade import Schema, Step
from mailguard.store.upkeep.upgrading import Status, read_status, upgrade_store

app = typer.Typer(no_args_is_help=True, help="The database that keeps held mail.")
app.command("backup")(backup_store)
app.command("restore")(restore_store)


@app.command("status")
def status(form: FormatOption = Format.TEXT, config: ConfigOption = None) -> None:
    """Version, size, cases by state, and who serves on the database. Changes nothing, reads every version."""
    with told():
        found = read_status(settings_of(config).store)
    if form is Format.JSON:
        out.print(json.dumps(_as_json(found)), soft_wrap=True)
        return
    out.print(f"database: {found.place}, {_size(found.octets)}", soft_wrap=True)
    out.print(f"version: {_version(found.schema)}", soft_wrap=True)
    out.print(f"cases: {', '.join(f'{count} {state}' for state, count in found.cases.items()) or 'none'}")
    out.print(f"serving now: {_nodes(found)}", soft_wrap=True)


@app.command("upgrade")
def upgrade(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    config: ConfigOption = None,
) -> None:
    """Bring the database to the version that this program needs. Make a backup before: there is no way back.

    All in one transaction: after an error or a crash half-way it is as it was. Guards of the version before go on
    serving meanwhile; those of this version start only after it. With nothing to do it says so.
    """
    with told():
        settings = settings_of(config).store
        found = read_status(settings)
        steps = found.schema.missing
        if steps:
            count = sum(found.cases.values())
            out.print(
                f"{found.place}: {_size(found.octets)}, {count} cases, serving now: {_nodes(found)}", soft_wrap=True
            )
            for step in steps:
                out.print(f"  to {step.revision}: {step.title}", soft_wrap=True)
            out.print("There is no way back but a backup made before (`mailguard store backup`).", soft_wrap=True)
        if dry_run and steps:
            return
        with out.status("Upgrading the database"):
            before = upgrade_store(settings, _tell)
    if before.is_older:
        out.print(f"upgraded from {before.found or 'nothing'} to {before.wanted}")
    elif before.is_newer:
        out.print(f"the database is at {before.found}, newer than this program's {before.wanted}: both fit together")
    else:
        out.print(f"the database is at {before.found}: nothing to do")


def _tell(step: Step) -> None:
    out.print(f"  {step.revision} done")


def _version(schema: Schema) -> str:
    if schema.is_empty:
        return f"none: it is empty, and `mailguard serve` fills it to {schema.wanted}"
    text = f"{schema.found}, this program has {schema.wanted}"
    if schema.is_too_new:
        return f"{text}, and programs before {schema.floor} cannot use it: install the newer one"
    if schema.is_foreign:
        return f"{text}; no mailguard has made {schema.found}: it is another program's"
    if schema.is_older:
        return f"{text}: run `mailguard store upgrade`"
    return f"{text}; programs from {schema.floor} on can use it"


def _nodes(found: Status) -> str:
    return ", ".join(f"{name} ({version})" for name, version in found.nodes) or "nobody that says so"


def _size(octets: int) -> str:
    return f"{octets / 2**20:.1f} MB"


def _as_json(found: Status) -> dict[str, object]:
    schema = found.schema
    return {
        "database": found.place,
        "octets": found.octets,
        "version": schema.found,
        "wanted": schema.wanted,
        "floor": schema.floor or None,
        "missing": [step.revision for step in schema.missing],
        "cases": found.cases,
        "serving": [{"name": name, "version": version} for name, version in found.nodes],
    }
