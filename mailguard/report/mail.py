"""Mail a report: text and HTML for every mail program; page, PDF and CSV attached."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime

from mailguard.core.address import domain_of
from mailguard.core.answer import Answer
from mailguard.core.clock import utc_now
from mailguard.core.envelope import Envelope
from mailguard.core.errors import InputError, NextHopError
from mailguard.core.ids import new_message_id
from mailguard.core.settings import Settings
from mailguard.report.figures import WeeklyFigures
from mailguard.report.measures import measures
from mailguard.report.pdf import render_pdf
from mailguard.report.render import render_csv, render_html, render_mail_html, render_text
from mailguard.report.shown import show
from mailguard.report.write import file_name

Deliver = Callable[[Envelope, bytes], Awaitable[Mapping[str, Answer]]]
"""Hands one message to the next hop and gives its answer for each recipient; raises NextHopError when it is away."""
_PAUSES = (60.0, 300.0, 900.0)
"""Seconds between tries for recipients that were turned away for now while others have their report already."""


def compose_report(figures: WeeklyFigures, settings: Settings) -> bytes:
    """The report as a message, CRLF and ASCII only (but for addresses under RFC 6531)."""
    from_address = settings.notices.from_address or f"mailguard@{settings.smtp.hostname}"
    week = figures.week.name
    letter = EmailMessage(policy=SMTP if "".join((from_address, *settings.report.to)).isascii() else SMTPUTF8)
    letter["From"] = _address("mailguard", from_address)
    letter["To"] = tuple(_address("", to) for to in settings.report.to)
    letter["Subject"] = f"mailguard report {week}: {_summary(figures)}"
    letter["Date"] = format_datetime(utc_now())
    # New each time: a report sent again by hand must not be taken for the first and dropped on the way.
    letter["Message-ID"] = f"<report-{week}.{new_message_id()}@{domain_of(from_address)}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter["X-Auto-Response-Suppress"] = "All"
    letter["X-Mailguard-Notice"] = "report"
    printed, lacking = _print(figures)
    letter.set_content(render_text(figures, lacking), cte="quoted-printable")
    letter.add_alternative(render_mail_html(figures, lacking), subtype="html", cte="quoted-printable")
    _attach(letter, render_html(figures), "html", file_name(week, "html"))
    if printed:
        letter.add_attachment(printed, maintype="application", subtype="pdf", filename=file_name(week, "pdf"))
    _attach(letter, render_csv(figures), "csv", file_name(week, "csv"))
    return letter.as_bytes()


async def mail_report(
    figures: WeeklyFigures, settings: Settings, deliver: Deliver, *, pauses: tuple[float, ...] = _PAUSES
) -> dict[str, Answer]:
    """Send a report to `report.to`; gives the last answer for each recipient.

    When nobody has got it yet, it is not tried again here: raises NextHopError. When some have and others were turned
    away for now, only those are tried again, after `pauses` (seconds). Raises InputError when `report.to` is empty.
    """
    if not settings.report.to:
        raise InputError("report.to is empty: there is nobody to send the report to")
    # In a thread: the PDF takes seconds, and mail goes on meanwhile.
    letter = await asyncio.to_thread(compose_report, figures, settings)
    answers: dict[str, Answer] = {}
    for pause in (*pauses, None):
        left = tuple(to for to in settings.report.to if to not in answers or answers[to].temporary)
        try:
            envelope = Envelope(reverse_path="", recipients=left, smtputf8=not letter.isascii())
            answers |= await deliver(envelope, letter)
        except Exception:
            if not any(answer.ok for answer in answers.values()):
                raise
        done = all(to in answers and not answers[to].temporary for to in settings.report.to)
        if done or pause is None:
            break
        if not any(answer.ok for answer in answers.values()):
            raise NextHopError(f"report {figures.week.name} was turned away for now")
        await asyncio.sleep(pause)
    return answers


def _print(figures: WeeklyFigures) -> tuple[bytes | None, str]:
    """The PDF, or none and why: a report without it is better than none."""
    try:
        return render_pdf(figures), ""
    except InputError as error:
        return None, str(error)


def _summary(figures: WeeklyFigures) -> str:
    by_name = {m.name: m for m in measures(figures)}
    parts = [f"{show(by_name['held'].now, 'messages')} held"]
    if avoided := figures.this.wrong_recipient:
        parts.append(f"{avoided} {'leak' if avoided == 1 else 'leaks'} avoided")
    if figures.this.waiting:
        parts.append(f"{figures.this.waiting} waiting")
    return ", ".join(parts)


def _address(name: str, address: str) -> Address:
    # In two pieces: given whole, the library calls a local part beyond ASCII a defect, which RFC 6531 allows.
    local, _, domain = address.rpartition("@")
    return Address(name, username=local, domain=domain)


def _attach(letter: EmailMessage, text: str, subtype: str, name: str) -> None:
    letter.add_attachment(text.encode(), maintype="text", subtype=subtype, filename=name, params={"charset": "utf-8"})
