"""`mailguard trace`: what was sent to an address, about a customer, or became of one message."""

import csv
import json
import sys
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from mailguard.app.commands.on_record import known_id
from mailguard.app.console import ConfigOption, Exit, beginning_of, err, out, read_day, settings_of, told
from mailguard.core.errors import InputError
from mailguard.core.one_line import one_line
from mailguard.incidents.tracing.bundle import write_bundle
from mailguard.incidents.tracing.describe import AWAITING, CSV_HEADER, csv_rows, describe_trace
from mailguard.incidents.tracing.trace import MOST, Subject, Trace, Wanted, read_wanted
from mailguard.incidents.tracing.trace import trace as find
from mailguard.store.store import Store, open_store


class TraceFormat(StrEnum):
    """How a trace is printed."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"


def trace(
    wanted: Annotated[
        str, typer.Argument(metavar="ADDRESS|CUSTOMER|MESSAGE-ID", help="Also a case id, or the id of the log line.")
    ],
    as_: Annotated[
        Subject | None, typer.Option("--as", help="What it is, where the guess from its form is wrong.")
    ] = None,
    since: Annotated[str | None, typer.Option(metavar="DAY", help="From this day on (YYYY-MM-DD).")] = None,
    until: Annotated[str | None, typer.Option(metavar="DAY", help="Until this day, included.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many, newest first.")] = MOST,
    format_: Annotated[
        TraceFormat, typer.Option("--format", help="text for people, json for scripts, csv for a spreadsheet.")
    ] = TraceFormat.TEXT,
    evidence: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write it as a signed bundle (ZIP) that others check with `audit check`."),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Everything that was sent to an address, about a customer, or under an id; held mail and passed mail.

    Mail that waits until its pictures are read (`message.ocr = "later"`) comes first, with what keeps it. The case id
    that the client was told finds it, also when it was passed on since.

    The journal keeps `journal.keep_days` of it; days are those of `report.time_zone`. That somebody asked, and for
    what, is written into the audit trail. Exit 3: nothing was found.
    """
    with told():
        settings = settings_of(config)
        zone = ZoneInfo(settings.report.time_zone)
        begin, end = _day(since, zone), _day(until, zone, following=True)
        with open_store(settings.store) as store:
            asked = _asked(store, wanted, as_)
            found = find(store, asked, since=begin, until=end, limit=limit)
            _note(store, found)
            if evidence is not None and found.found:
                write_bundle(store, found, evidence, "command line")
    _print(found, format_)
    if not found.found:
        raise typer.Exit(Exit.SOME)


def _asked(store: Store, text: str, subject: Subject | None) -> Wanted:
    asked = Wanted(subject, text.strip()) if subject else read_wanted(text)
    if asked.subject is not Subject.CUSTOMER:
        return asked
    try:
        return Wanted(Subject.CUSTOMER, known_id(store, asked.value))
    except InputError:
        # Of a customer who has left the register, there may be letters all the same.
        return asked


def _note(store: Store, found: Trace) -> None:
    details = {"subject": found.wanted.subject.value, "wanted": one_line(found.wanted.value, 254), "found": found.found}
    with store.writing() as session:
        store.audit.append(session, "trace", actor="command line", at=store.clock(), details=details)


def _day(text: str | None, zone: ZoneInfo, *, following: bool = False) -> datetime | None:
    if text is None:
        return None
    day = read_day(text)
    if following:
        if day == date.max:
            return None
        day += timedelta(days=1)
    return beginning_of(day, zone)


def _print(found: Trace, format_: TraceFormat) -> None:
    if format_ is TraceFormat.JSON:
        typer.echo(json.dumps(describe_trace(found)))
    elif format_ is TraceFormat.CSV:
        writer = csv.writer(sys.stdout)
        writer.writerow(CSV_HEADER)
        writer.writerows(csv_rows(found))
    elif not found.found:
        err.print(f"nothing in the journal for {found.wanted.subject.value} {found.wanted.value}", soft_wrap=True)
    else:
        _print_unread(found)
        _print_table(found)


def _print_unread(found: Trace) -> None:
    if not found.unread:
        return
    table = Table("since (UTC)", "fate", "sender", "recipients", "case", "tries", "problem", box=None, pad_edge=False)
    for one in found.unread:
        table.add_row(
            f"{one.received_at:%Y-%m-%d %H:%M}",
            AWAITING,
            one_line(one.envelope.reverse_path or "<>", 80),
            "\n".join(one_line(to, 80) + (" has it" if one.has_reached(to) else "") for to in one.envelope.recipients),
            one.case_id,
            str(one.tries),
            one_line(one.problem, 200),
        )
    out.print(table)
    out.print(f"{found.unread_total} messages wait until their pictures are read")


def _print_table(found: Trace) -> None:
    if not found.total:
        return
    table = Table("at (UTC)", "fate", "sender", "recipients", "customers", "found", "case", box=None, pad_edge=False)
    for message in found.messages:
        state = f" ({message.case_state.value})" if message.case_state else ""
        table.add_row(
            f"{message.at:%Y-%m-%d %H:%M}",
            message.fate + state,
            one_line(message.reverse_path or "<>", 80),
            "\n".join(f"{one_line(one.address, 80)} {one.relation}" for one in message.recipients),
            " ".join(message.customers),
            " ".join(message.kinds),
            message.case_id or "",
        )
    out.print(table)
    out.print(f"{found.total} messages, {found.first_at:%Y-%m-%d} to {found.last_at:%Y-%m-%d}")
    if found.next is not None:
        out.print(f"the newest {len(found.messages)} are shown: say --limit, --since or --until for others")
