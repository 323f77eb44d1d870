"""`mailguard cases`: read held messages. Deciding is only for a person logged in at the desk or with a token."""

import json
from enum import StrEnum
from typing import Annotated

import typer

from mailguard.app.console import ConfigOption, Exit, err, out, settings_of, told
from mailguard.cases.describe_case import describe_case, describe_summary
from mailguard.cases.reading import list_cases, read_case
from mailguard.core.case import CaseState
from mailguard.core.errors import NoSuchCase
from mailguard.store.store import open_store

app = typer.Typer(no_args_is_help=True, help="Held messages (read only).")


class Format(StrEnum):
    """How to print."""

    TEXT = "text"
    JSON = "json"


FormatOption = Annotated[Format, typer.Option("--format", help="text for people, json for scripts.")]


@app.command("list")
def list_all(
    state: Annotated[CaseState | None, typer.Option(help="Only cases in this state.")] = None,
    query: Annotated[
        str, typer.Option("--query", "-q", help="Text in id, sender, recipient, subject, customer id or name.")
    ] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 200,
    format_: FormatOption = Format.TEXT,
    config: ConfigOption = None,
) -> None:
    """List cases, newest first; with --state held, what waits longest comes first."""
    with told():
        store = open_store(settings_of(config).store)
        page = list_cases(store, states=frozenset({state}) if state else None, query=query, limit=limit)
        store.close()
    if format_ is Format.JSON:
        typer.echo(json.dumps({"cases": [describe_summary(case) for case in page.cases], "next": page.next}))
        return
    for case in page.cases:
        reasons = ", ".join(dict.fromkeys(case.reasons))
        out.print(f"{case.id}  {case.state.value}  {case.received_at:%Y-%m-%d %H:%M}  {reasons}", soft_wrap=True)
        out.print(f"    {case.sender or '<>'} -> {', '.join(case.recipients)}  {case.subject!r}", soft_wrap=True)
    if not page.cases:
        out.print("no cases")


@app.command("show")
def show(
    case_id: Annotated[str, typer.Argument(metavar="ID", help="Case id, e.g. MG-7K4M-92QT.")],
    format_: FormatOption = Format.TEXT,
    config: ConfigOption = None,
) -> None:
    """Show one case: why it is held, its recipients, and its history. Never the letter's text."""
    with told():
        store = open_store(settings_of(config).store)
        try:
            case = read_case(store, case_id.upper())
        except NoSuchCase as error:
            err.print(f"mailguard: {error}")
            raise typer.Exit(Exit.BAD_INPUT) from None
        finally:
            store.close()
    if format_ is Format.JSON:
        typer.echo(json.dumps(describe_case(case)))
        return
    out.print(f"{case.summary.id}  {case.summary.state.value}  {case.summary.received_at:%Y-%m-%d %H:%M} UTC")
    out.print(f"from {case.summary.sender or '<>'}  subject {case.summary.subject!r}")
    for reason in case.reasons:
        out.print(f"  {reason['code']}: {reason['text']}")
    for recipient in case.recipients:
        out.print(f"  to {recipient.address}: {recipient.relation['kind']}, {recipient.verdict}")
    for finding in case.findings:
        out.print(f"  found {finding['kind']} in {finding['part']} ({finding['rule']})", soft_wrap=True)
    if case.decided_by:
        out.print(f"  decided by {case.decided_by}: {case.decision_reason or 'no reason given'}", soft_wrap=True)
    if case.last_answer:
        out.print(f"  next hop: {case.last_answer}", soft_wrap=True)
    for entry in case.history:
        out.print(f"  {entry.at:%Y-%m-%d %H:%M:%S} {entry.actor}: {entry.act}")
