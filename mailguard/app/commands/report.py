"""`mailguard report weekly`."""

import asyncio
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from mailguard.app.console import ConfigOption, Exit, err, out, settings_of, told
from mailguard.app.report_folder import report_folder
from mailguard.core.answer import Answer
from mailguard.core.errors import InputError
from mailguard.core.settings import Settings
from mailguard.relay.deliver import deliver
from mailguard.relay.next_hop import NextHop
from mailguard.report.figures import WeeklyFigures, weekly_figures
from mailguard.report.mail import mail_report
from mailguard.report.week import week_of
from mailguard.report.write import write_report
from mailguard.store.store import open_store

app = typer.Typer(no_args_is_help=True, help="Reports.")


@app.callback()
def _group() -> None:
    """Reports."""


@app.command("weekly")
def weekly(
    week: Annotated[
        str | None, typer.Option(metavar="2026-W46", help="ISO week in report.time_zone; else the last full one.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder for the HTML, CSV and JSON; else reports/ beside the key."),
    ] = None,
    send: Annotated[bool, typer.Option("--send", help="Also mail it to report.to through the next hop.")] = False,
    config: ConfigOption = None,
) -> None:
    """Write the weekly report, and mail it with --send."""
    with told():
        settings = settings_of(config)
        if send and not settings.report.to:
            raise InputError("report.to is empty: there is nobody to send the report to")
        store = open_store(settings.store)
        try:
            zone = ZoneInfo(settings.report.time_zone)
            name = week or week_of(store.clock(), zone).after(-1).name
            figures = weekly_figures(store, name, zone)
        finally:
            store.close()
        for file in write_report(figures, output or report_folder(settings)):
            out.print(str(file), soft_wrap=True)
        if send:
            answers = asyncio.run(_send(figures, settings))
            refused = {to: answer for to, answer in answers.items() if not answer.ok}
            for to, answer in refused.items():
                err.print(f"mailguard: {to}: {answer}", soft_wrap=True)
            raise typer.Exit(Exit.FAILED if refused else Exit.DONE)


async def _send(figures: WeeklyFigures, settings: Settings) -> dict[str, Answer]:
    next_hop = NextHop(settings.next_hop, settings.smtp.hostname)
    try:
        return await mail_report(figures, settings, lambda envelope, raw: deliver(next_hop, envelope, raw))
    finally:
        await next_hop.close()
