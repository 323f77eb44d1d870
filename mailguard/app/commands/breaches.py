"""`mailguard breaches`: the breach register. Two persons close a breach, logged in at the desk or with a token."""

import json
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from mailguard.app.commands.breaches_drafts import draft, export
from mailguard.app.console import ConfigOption, Format, FormatOption, out, settings_of, told
from mailguard.cases.reading import read_case
from mailguard.core.errors import InputError
from mailguard.core.one_line import one_line
from mailguard.core.settings import Settings
from mailguard.incidents.breaches.breach import BreachFacts, BreachState, Origin, change_facts, write_facts
from mailguard.incidents.breaches.clocks import Clock
from mailguard.incidents.breaches.closing import what_lacks
from mailguard.incidents.breaches.describe import describe_breach, describe_summary
from mailguard.incidents.breaches.from_case import facts_of_case
from mailguard.incidents.breaches.register import BreachEntry, list_breaches, open_breach, read_breach
from mailguard.incidents.breaches.running import Watched, watch
from mailguard.store.store import Store, open_store

app = typer.Typer(no_args_is_help=True, help="The breach register (GDPR Art. 33(5)): read it, open a breach.")

_BY = "command line"


@app.command("list")
def list_all(
    state: Annotated[BreachState | None, typer.Option(help="Only breaches in this state.")] = None,
    query: Annotated[
        str, typer.Option("--query", "-q", help="Text in number, case, title, customers, addresses.")
    ] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 200,
    format_: FormatOption = Format.TEXT,
    config: ConfigOption = None,
) -> None:
    """List breaches, newest first, each with the deadline that runs out next."""
    with told():
        settings = settings_of(config)
        with open_store(settings.store) as store:
            with store.reading() as session:
                states = frozenset({state}) if state else None
                found = list_breaches(session, states=states, query=query, limit=limit)
            listed = [watch(one, settings.incidents, store.clock()) for one in found]
    if format_ is Format.JSON:
        typer.echo(json.dumps({"breaches": [describe_summary(one) for one in listed]}))
        return
    for one in listed:
        head = f"{one.breach.id}  {one.breach.state.value}  {one.breach.opened_at:%Y-%m-%d}"
        due = f"  {_in_line(one.next, settings)}" if one.next else ""
        out.print(f"{head}  {one_line(one.breach.facts.title)}{due}", soft_wrap=True)
    if not listed:
        out.print("no breaches")


@app.command("show")
def show(
    breach_id: Annotated[str, typer.Argument(metavar="ID", help="Number, e.g. 2026-0007.")],
    format_: FormatOption = Format.TEXT,
    config: ConfigOption = None,
) -> None:
    """Show one breach: its clocks, facts, history, and what lacks before it can be closed."""
    with told():
        settings = settings_of(config)
        with open_store(settings.store) as store:
            _print_breach(store, settings, breach_id, format_)


@app.command("open")
def open_one(
    title: Annotated[
        str, typer.Option(help="What happened, in a line without personal data. With --case: that message's.")
    ] = "",
    case_id: Annotated[
        str, typer.Option("--case", metavar="ID", help="Fill in what this held message tells, e.g. MG-7K4M-92QT.")
    ] = "",
    format_: FormatOption = Format.TEXT,
    config: ConfigOption = None,
) -> None:
    """Open a breach, detected now. The rest is filled in at the desk, where its clocks are watched."""
    with told():
        if not title.strip() and not case_id:
            raise InputError("say --title, or --case")
        settings = settings_of(config)
        with open_store(settings.store) as store:
            breach_id = _open(store, title, case_id.upper())
            if format_ is Format.JSON:
                _print_breach(store, settings, breach_id, format_)
            else:
                out.print(f"{breach_id} is open: {settings.desk.public_url.rstrip('/')}/breaches/{breach_id}")


app.command("draft")(draft)
app.command("export")(export)


def _open(store: Store, title: str, case_id: str) -> str:
    now = store.clock()
    facts = facts_of_case(read_case(store, case_id), now) if case_id else BreachFacts(title, detected_at=now)
    if title.strip():
        facts = change_facts(facts, {"title": title})
    origin = Origin.HOLD if case_id else Origin.HAND
    with store.writing() as session:
        return open_breach(session, store, facts, origin=origin, by=_BY, at=now, case_id=case_id or None)


def _print_breach(store: Store, settings: Settings, breach_id: str, format_: Format) -> None:
    with store.reading() as session:
        breach, entries = read_breach(session, breach_id.encode("utf-8", "replace").decode())
    one = watch(breach, settings.incidents, store.clock())
    lacking = () if breach.state is BreachState.CLOSED else what_lacks(breach.facts, settings.incidents, store.clock())
    if format_ is Format.JSON:
        typer.echo(json.dumps(describe_breach(one, entries, lacking)))
        return
    _print_facts(one, settings)
    for sentence in lacking:
        out.print(f"  lacks before closing: {sentence}", soft_wrap=True)
    for entry in entries:
        out.print(f"  {_entry(entry)}", soft_wrap=True)


def _print_facts(one: Watched, settings: Settings) -> None:
    breach = one.breach
    out.print(f"{breach.id}  {breach.state.value}  {one_line(breach.facts.title)}", soft_wrap=True)
    for clock in one.clocks:
        out.print(f"  clock {_in_line(clock, settings)}", soft_wrap=True)
    for name, value in write_facts(breach.facts).items():
        if name != "title":
            told = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            out.print(f"  {name}: {one_line(told, 1000)}", soft_wrap=True)


def _in_line(clock: Clock, settings: Settings) -> str:
    due = f", due {_moment(clock.due_at, settings)}" if clock.due_at else ""
    return f"{one_line(clock.name, 60)}: {clock.state.value.replace('_', ' ')}{due}"


def _moment(at: datetime, settings: Settings) -> str:
    return f"{at.astimezone(ZoneInfo(settings.report.time_zone)):%Y-%m-%d %H:%M %Z}"


def _entry(entry: BreachEntry) -> str:
    fields = f" ({', '.join(entry.changes)})" if entry.changes else ""
    note = f": {one_line(entry.note, 500)}" if entry.note else ""
    return f"{entry.at:%Y-%m-%d %H:%M:%S} {one_line(entry.by, 60)}: {entry.act}{fields}{note}"
