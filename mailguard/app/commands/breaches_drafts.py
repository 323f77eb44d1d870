"""`mailguard breaches draft` and `breaches export`: what leaves the breach register as letters and files."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from mailguard.app.console import ConfigOption, beginning_of, err, out, read_day, settings_of, told
from mailguard.core.errors import InputError
from mailguard.incidents.breaches.export import ExportForm, export_register
from mailguard.incidents.drafts.kinds import LANGUAGES, DraftKind, read_kind, read_language
from mailguard.incidents.drafts.read import draft_breach
from mailguard.incidents.drafts.render import as_html, as_pdf, as_text
from mailguard.store.store import open_store

_BY = "command line"


class DraftForm(StrEnum):
    """What a draft is written as."""

    TEXT = "text"
    HTML = "html"
    PDF = "pdf"


def draft(
    breach_id: Annotated[str, typer.Argument(metavar="ID", help="Number, e.g. 2026-0007.")],
    kind: Annotated[str, typer.Option(help=f"One of {', '.join(DraftKind)}.")],
    language: Annotated[str, typer.Option(help=f"One of {', '.join(LANGUAGES)}; else notices.language.")] = "",
    form: Annotated[DraftForm, typer.Option("--format", help="text, html or pdf.")] = DraftForm.TEXT,
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it there; needed for pdf.")] = None,
    config: ConfigOption = None,
) -> None:
    """Draft a notification or letter from what the register knows. Nothing is sent.

    What is not known is marked in the text and listed on standard error. That it was made is written into the audit
    trail.
    """
    with told():
        if form is DraftForm.PDF and output is None:
            raise InputError("say --output: a PDF is nothing for a terminal")
        settings = settings_of(config)
        wanted, tongue = read_kind(kind), read_language(language or settings.notices.language)
        number = breach_id.encode("utf-8", "replace").decode()
        with open_store(settings.store) as store:
            made = draft_breach(store, number, wanted, tongue, settings=settings, by=_BY, form=form.value)
        octets = (
            as_pdf(made) if form is DraftForm.PDF else (as_html if form is DraftForm.HTML else as_text)(made).encode()
        )
        if output is None:
            typer.echo(octets, nl=False)
        else:
            _write(output, octets)
    for gap in made.gaps:
        err.print(f"to be filled in: {gap.what} ({gap.filled_by})", soft_wrap=True)


def export(
    output: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the file.")],
    since: Annotated[str | None, typer.Option(metavar="DAY", help="Opened on this day or later (YYYY-MM-DD).")] = None,
    form: Annotated[
        ExportForm, typer.Option("--format", help="csv for a spreadsheet, pdf to be read.")
    ] = ExportForm.CSV,
    config: ConfigOption = None,
) -> None:
    """Write the register, or a part of it, to a file: what an authority may ask for (GDPR Art. 33(5)).

    Days are those of `report.time_zone`. That it was made is written into the audit trail.
    """
    with told():
        settings = settings_of(config)
        begin = beginning_of(read_day(since), ZoneInfo(settings.report.time_zone)) if since else None
        with open_store(settings.store) as store:
            octets = export_register(store, form, settings=settings, by=_BY, since=begin)
            today = store.clock().astimezone(ZoneInfo(settings.report.time_zone))
        file = output / f"breach-register-{today:%Y-%m-%d}.{form.value}"
        _write(file, octets)
    out.print(str(file), soft_wrap=True)


def _write(file: Path, octets: bytes) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        # Customers and addresses stand in it: it is for whoever made it.
        file.touch(mode=0o600)
        file.write_bytes(octets)
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror}") from None
