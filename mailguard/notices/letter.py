"""A letter as a real RFC 5322 message of text and HTML, CRLF and ASCII only (but for an address under RFC 6531)."""

import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime as format_rfc5322
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from mailguard.core.address import domain_of, is_plain
from mailguard.core.errors import OddAddress
from mailguard.core.settings import Settings
from mailguard.incidents.drafts.moments import Form
from mailguard.notices.blocks import Block, as_text
from mailguard.notices.wording import TEMPLATES
from mailguard.store.tables.outbox import NoticeRow

_TONES = {"critical": "#8f1d14", "high": "#c0392b", "medium": "#b7791f", "low": "#5b7083"}
"""Beside the word, never instead of it."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a letter says, before it is a message."""

    language: str
    subject: str
    blocks: tuple[Block, ...]
    footer: str
    topic: str
    """What it is about, in the Message-ID and, where it answers nothing, the name of the thread it stands in."""
    answers: str = ""
    """The Message-ID that it stands beside (RFC 3834, section 3.1.5)."""
    author: str = "mailguard"
    """Who writes, as the reader knows them."""


def write_message(notice: NoticeRow, draft: Draft, settings: Settings) -> bytes:
    """The letter as it goes over the wire. Raises OddAddress for a recipient that cannot be written to safely."""
    if not is_plain(notice.to):
        raise OddAddress("address of a letter")
    letter = _headers(notice, draft, settings)
    letter.set_content(as_text(draft.blocks, draft.footer), cte="quoted-printable")
    html = _layout().render(
        language=draft.language,
        subject=draft.subject,
        blocks=draft.blocks,
        footer=draft.footer,
        author=draft.author,
        tones=_TONES,
    )
    letter.add_alternative(html, subtype="html", cte="quoted-printable")
    for part in letter.iter_parts():
        part["Content-Language"] = draft.language
    return letter.as_bytes()


def format_moment(at: datetime, language: str, time_zone: str) -> str:
    """A day and time in words of that language: `16 November 2026 11:00 EET`."""
    return Form(language, time_zone).moment(at)


def house_zone(settings: Settings) -> str:
    """The time zone that people here live by: that of the calendar, and where it names none, the report's."""
    chosen = "time_zone" in settings.calendar.model_fields_set
    return settings.calendar.time_zone if chosen else settings.report.time_zone


def _headers(notice: NoticeRow, draft: Draft, settings: Settings) -> EmailMessage:
    from_address = settings.notices.from_address or f"mailguard@{settings.smtp.hostname}"
    ascii_only = f"{notice.to}{from_address}".isascii()
    letter = EmailMessage(policy=SMTP if ascii_only else SMTPUTF8)
    letter["From"] = _address(draft.author, from_address)
    letter["To"] = _address("", notice.to)
    letter["Subject"] = draft.subject
    letter["Date"] = format_rfc5322(notice.created_at)
    # Made from the row, so a letter that is sent twice after a crash is one letter to a mail program.
    domain = domain_of(from_address)
    letter["Message-ID"] = f"<notice-{notice.id}.{_token(draft.topic)}@{domain}>"
    if draft.answers:
        letter["In-Reply-To"] = draft.answers
    letter["References"] = draft.answers or f"<case.{_token(draft.topic)}@{domain}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter["X-Auto-Response-Suppress"] = "All"
    letter["X-Mailguard-Notice"] = _token(notice.kind)
    return letter


def _address(name: str, address: str) -> Address:
    # In two pieces: given whole, the library calls a local part beyond ASCII a defect, which RFC 6531 allows.
    local, _, domain = address.rpartition("@")
    return Address(name, username=local, domain=domain)


def _token(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "", text)[:60]


@cache
def _layout() -> Any:
    return Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined).get_template(
        "layout.html"
    )
