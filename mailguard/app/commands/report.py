"""`mailguard report weekly`."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from mailguard.app.console import ConfigOption, Exit, err, out, progress_bar, settings_of, told
from mailguard.app.report_folder import report_folder
from mailguard.core.answer import Answer
from mailguard.core.errors import InputError
from mailguard.core.settings import Settings
from mailguard.relay.deliver import deliver
from mailguard.relay.next_hop import NextHop
from mailguard.report.facts import report_weeks
from mailguard.report.figures import WeeklyFigures
from mailguard.report.mail import mail_report
from mailguard.report.render import render_trend
from mailguard.report.week import Week, read_week, week_of
from mailguard.report.write import QUICK, write_files, write_report
from mailguard.store.store import Store, open_store

app = typer.Typer(no_args_is_help=True, help="The weekly report.")
_MOST = 520


@app.callback()
def _group() -> None:
    """Reports."""


@app.command("weekly")
def weekly(
    week: Annotated[
        str | None, typer.Option(metavar="2026-W46", help="ISO week in report.time_zone; else the last full one.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="2026-W01", help="Also each week from this one on, and a picture of the trend."),
    ] = None,
    weeks: Annotated[int, typer.Option(min=1, max=_MOST, help="Or so many weeks in all.")] = 1,
    output: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder for the files; else reports/ beside the key."),
    ] = None,
    pdf: Annotated[
        bool | None, typer.Option("--pdf/--no-pdf", help="Write PDFs too; usual for one week, slow for many.")
    ] = None,
    send: Annotated[bool, typer.Option("--send", help="Also mail it to report.to through the next hop.")] = False,
    config: ConfigOption = None,
) -> None:
    """Write the weekly report, and mail it with --send.

    A full week's report is made once; whoever asks for it later gets the same again.
    """
    with told():
        settings = settings_of(config)
        if send and not settings.report.to:
            raise InputError("report.to is empty: there is nobody to send the report to")
        with open_store(settings.store) as store:
            span = _span(store, settings, week, since, weeks)
            if send and len(span) > 1:
                raise InputError("--send mails one week: leave out --since and --weeks")
            figures = _write(store, settings, span, output or report_folder(settings), pdf)
        if send:
            answers = asyncio.run(_send(figures, settings))
            refused = {to: answer for to, answer in answers.items() if not answer.ok}
            for to, answer in refused.items():
                err.print(f"mailguard: {to}: {answer}", soft_wrap=True)
            raise typer.Exit(Exit.FAILED if refused else Exit.DONE)


def _span(store: Store, settings: Settings, week: str | None, since: str | None, count: int) -> Sequence[Week]:
    zone = ZoneInfo(settings.report.time_zone)
    last = read_week(week, zone) if week else week_of(store.clock(), zone).after(-1)
    if since:
        count = (last.monday - read_week(since, zone).monday).days // 7 + 1
    if not 1 <= count <= _MOST:
        raise InputError(f"from {since} to {last.name} are {count} weeks: write 1 to {_MOST}")
    return [last.after(n) for n in range(1 - count, 1)]


def _write(store: Store, settings: Settings, span: Sequence[Week], folder: Path, pdf: bool | None) -> WeeklyFigures:
    """Write every week's files; gives the last week's figures."""
    totals = []
    wanted = pdf if pdf is not None else len(span) == 1
    with progress_bar("reporting") as progress:
        for done, figures in enumerate(report_weeks(store, span, settings), 1):
            for file in write_report(figures, folder, QUICK):
                out.print(str(file), soft_wrap=True)
            if wanted:
                wanted = _write_pdf(figures, folder, required=bool(pdf))
            totals.append(figures.this)
            progress(done, len(span))
    if len(span) > 1:
        name = f"mailguard-trend-{span[0].name}-{span[-1].name}.svg"
        for file in write_files(folder, {name: render_trend(totals).encode()}):
            out.print(str(file), soft_wrap=True)
    return figures


def _write_pdf(figures: WeeklyFigures, folder: Path, *, required: bool) -> bool:
    """Whether it could be made; the report is well without where nobody has asked for it."""
    try:
        for file in write_report(figures, folder, ("pdf",)):
            out.print(str(file), soft_wrap=True)
    except InputError as error:
        if required:
            raise
        err.print(f"mailguard: {error}", soft_wrap=True)
        return False
    return True


async def _send(figures: WeeklyFigures, settings: Settings) -> dict[str, Answer]:
    next_hop = NextHop(settings.next_hop, settings.smtp.hostname)
    try:
        return await mail_report(figures, settings, lambda envelope, raw: deliver(next_hop, envelope, raw))
    finally:
        await next_hop.close()
