"""`mailguard cases`: read held messages, and put made-up ones among them. Deciding is for the review desk."""

import json
from typing import Annotated

import typer

from mailguard.app.console import ConfigOption, Format, FormatOption, out, settings_of, told
from mailguard.app.wiring import load_rules
from mailguard.cases.awaiting.listing import each_unread
from mailguard.cases.describe_case import describe_case, describe_summary
from mailguard.cases.listing import CaseSummary, list_cases
from mailguard.cases.reading import CaseDetail, read_case
from mailguard.cases.seeding.seed import seed
from mailguard.core.case import CaseState
from mailguard.core.errors import InputError, NoSuchCase
from mailguard.core.settings.types import LANGUAGES
from mailguard.store.store import Store, open_store

app = typer.Typer(no_args_is_help=True, help="Held messages. Deciding is for the review desk.")


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
    with told(), open_store(settings_of(config).store) as store:
        page = list_cases(store, states=frozenset({state}) if state else None, query=query, limit=limit)
    if format_ is Format.JSON:
        typer.echo(json.dumps({"cases": [describe_summary(case) for case in page.cases], "next": page.next}))
        return
    for case in page.cases:
        reasons = ", ".join(dict.fromkeys(case.reasons))
        head = f"{case.id}  {case.state.value}  {case.received_at:%Y-%m-%d %H:%M}"
        out.print(f"{head}{_deadline(case)}  {reasons}", soft_wrap=True)
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
    with told(), open_store(settings_of(config).store) as store:
        case = _read(store, case_id.upper())
    if format_ is Format.JSON:
        typer.echo(json.dumps(describe_case(case)))
        return
    head = f"{case.summary.id}  {case.summary.state.value}  {case.summary.received_at:%Y-%m-%d %H:%M} UTC"
    out.print(f"{head}{_deadline(case.summary)}")
    out.print(f"from {case.summary.sender or '<>'}  subject {case.summary.subject!r}")
    for reason in case.reasons:
        out.print(f"  {reason['code']}: {reason['text']}")
    for recipient in case.recipients:
        out.print(f"  to {recipient.address}: {recipient.relation['kind']}, {recipient.verdict}")
    for passed in case.passed:
        # Without a relation: it went on later, when its pictures were read.
        said = f"at once to {passed.address}: {passed.relation}" if passed.relation else f"to {passed.address}"
        out.print(f"  passed on {said}")
    for finding in case.findings:
        out.print(f"  found {finding['kind']} in {finding['part']} ({finding['rule']})", soft_wrap=True)
    if case.decided_by:
        out.print(f"  decided by {case.decided_by}: {case.decision_reason or 'no reason given'}", soft_wrap=True)
    if case.last_answer:
        out.print(f"  next hop: {case.last_answer}", soft_wrap=True)
    for entry in case.history:
        out.print(f"  {entry.at:%Y-%m-%d %H:%M:%S} {entry.actor}: {entry.act}")


def _read(store: Store, case_id: str) -> CaseDetail:
    try:
        return read_case(store, case_id)
    except NoSuchCase:
        with store.reading() as session:
            if all(one.case_id != case_id for one in each_unread(session)):
                raise
        waits = f"{case_id} is no case yet: it waits until its pictures are read (mailguard trace {case_id})"
        raise NoSuchCase(waits) from None


@app.command("seed")
def seed_cases(
    count: Annotated[int, typer.Option(min=1, max=20, help="How many.")] = 1,
    language: Annotated[str, typer.Option(help="en, fi, sv, pl, nl or de; else as configured.")] = "",
    config: ConfigOption = None,
) -> None:
    """Put made-up cases among the held ones, to see whether they are let through. They are never sent."""
    with told():
        settings = settings_of(config)
        spoken = [language] if language else list(settings.cases.seeded_languages) or [settings.notices.language]
        if unknown := set(spoken) - set(LANGUAGES):
            raise InputError(f"no letters in {', '.join(sorted(unknown))}: choose of {', '.join(LANGUAGES)}")
        rules = load_rules(settings, prove=False)
        with open_store(settings.store) as store:
            for number in range(count):
                out.print(seed(store, settings, rules, spoken[number % len(spoken)]))


def _deadline(case: CaseSummary) -> str:
    return f"  (returned {case.expires_at:%Y-%m-%d %H:%M} UTC)" if case.expires_at else ""
