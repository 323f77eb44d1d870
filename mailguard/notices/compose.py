"""Compose a letter: a real RFC 5322 message of text and HTML, from a row of the outbox and the facts of its case."""

import re
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime as format_rfc5322
from functools import cache
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from mailguard.core.address import domain_of, is_plain
from mailguard.core.errors import OddAddress
from mailguard.core.one_line import one_line
from mailguard.core.settings import Settings
from mailguard.notices.blocks import Block, as_text, blocks_of
from mailguard.notices.facts import CaseFacts
from mailguard.notices.wording import TEMPLATES, Wording, load_wording
from mailguard.store.tables import NoticeRow

TO_SENDER = frozenset({"held", "rejected", "released", "expired"})
"""Letters about "your message"; their first line would be wrong for anybody but the sender."""
_LOCALES = {"en": "en_GB"}
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,120}@[!-;=?-~]{1,120}>")
_MOST_RECIPIENTS = 5


def compose(notice: NoticeRow, facts: CaseFacts, settings: Settings) -> bytes:
    """The letter as it goes over the wire, CRLF and ASCII only (but for an address under RFC 6531).

    Nothing of the held message is in it: no subject, no text, no finding. Raises OddAddress for a recipient that cannot
    be written to safely, InputError for an unknown kind, ConfigError for an operator's template that fails.
    """
    if not is_plain(notice.to):
        raise OddAddress("address of a letter")
    wording = load_wording(settings.notices.language, settings.notices.templates)
    subject, text = wording.write(notice.kind, _values(notice, facts, settings))
    blocks = blocks_of(text, _inserts(notice, facts, settings, wording))
    letter = _headers(notice, facts, settings, subject)
    footer = str(wording.words["footer"])
    letter.set_content(as_text(blocks, footer), cte="quoted-printable")
    html = _layout().render(language=wording.language, subject=subject, blocks=blocks, footer=footer)
    letter.add_alternative(html, subtype="html", cte="quoted-printable")
    for part in letter.iter_parts():
        part["Content-Language"] = wording.language
    return letter.as_bytes()


def _headers(notice: NoticeRow, facts: CaseFacts, settings: Settings, subject: str) -> EmailMessage:
    from_address = settings.notices.from_address or f"mailguard@{settings.smtp.hostname}"
    ascii_only = f"{notice.to}{from_address}".isascii()
    letter = EmailMessage(policy=SMTP if ascii_only else SMTPUTF8)
    letter["From"] = _address("mailguard", from_address)
    letter["To"] = _address("", notice.to)
    letter["Subject"] = subject
    letter["Date"] = format_rfc5322(notice.created_at)
    # Made from the row, so a letter that is sent twice after a crash is one letter to a mail program.
    domain = domain_of(from_address)
    letter["Message-ID"] = f"<notice-{notice.id}.{_token(facts.case_id)}@{domain}>"
    if notice.kind in TO_SENDER and _MESSAGE_ID.fullmatch(facts.message_id):
        # RFC 3834, section 3.1.5: the letter stands beside the sent message in the sender's mail program.
        letter["In-Reply-To"] = facts.message_id
        letter["References"] = facts.message_id
    else:
        letter["References"] = f"<case.{_token(facts.case_id)}@{domain}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter["X-Auto-Response-Suppress"] = "All"
    letter["X-Mailguard-Notice"] = _token(notice.kind)
    return letter


def _address(name: str, address: str) -> Address:
    # In two pieces: given whole, the library calls a local part beyond ASCII a defect, which RFC 6531 allows.
    local, _, domain = address.rpartition("@")
    return Address(name, username=local, domain=domain)


def _values(notice: NoticeRow, facts: CaseFacts, settings: Settings) -> dict[str, Any]:
    turned_away = notice.details.get("recipients") or ()
    return {
        "case": facts.case_id,
        "expires": _moment(facts.received_at + timedelta(days=settings.cases.expire_days), settings),
        "reason": one_line(str(notice.details.get("reason") or facts.decision_reason), 600) or "-",
        "answer": one_line(str(notice.details.get("answer") or facts.answer), 300) or "-",
        "partly": 0 < len(turned_away) < len(facts.recipients),
    }


def _inserts(notice: NoticeRow, facts: CaseFacts, settings: Settings, wording: Wording) -> dict[str, Block]:
    labels = wording.words["labels"]
    recipients = [address for address, _ in facts.recipients]
    if notice.details.get("recipients"):
        recipients = [str(address) for address in notice.details["recipients"]]
    rows = [(labels["case"], facts.case_id), (labels["received"], _moment(facts.received_at, settings))]
    if notice.to != facts.sender:
        rows.append((labels["sender"], one_line(facts.sender, 100) or "<>"))
    rows.append((labels["recipients"], _listed(recipients, wording)))
    link = f"{settings.desk.public_url.rstrip('/')}/cases/{quote(facts.case_id, safe='')}"
    return {
        "facts": Block("facts", rows=tuple(rows)),
        "why": Block("list", items=_why(facts, wording)),
        "advice": Block("list", items=wording.advice(facts.reasons or ("other",))),
        "link": Block("link", text=str(wording.words["open"]), url=link),
    }


def _why(facts: CaseFacts, wording: Wording) -> tuple[str, ...]:
    lines = []
    for code in facts.reasons or ("other",):
        about = [address for address, codes in facts.recipients if code in codes]
        # A reason that is about every one of several recipients is about the message, and needs no list of them.
        named = about if len(about) < len(facts.recipients) or len(facts.recipients) == 1 else []
        sentence = wording.why(code)
        lines.append(f"{_listed(named, wording)}: {sentence}" if named and _is_about_address(code) else sentence)
    return tuple(dict.fromkeys(lines))


def _is_about_address(code: str) -> bool:
    return code in {"namesake", "lookalike", "typo_domain", "other_customer", "unrelated", "disputed"}


def _listed(addresses: list[str], wording: Wording) -> str:
    shown = ", ".join(one_line(address, 100) for address in addresses[:_MOST_RECIPIENTS])
    rest = len(addresses) - _MOST_RECIPIENTS
    return f"{shown} {str(wording.words['more']).format(count=rest)}" if rest > 0 else shown


def _moment(at: datetime, settings: Settings) -> str:
    language = settings.notices.language
    local = at.astimezone(ZoneInfo(settings.report.time_zone))
    locale = _LOCALES.get(language, language)
    zone = local.strftime("%Z")
    zone = f"UTC{zone}" if zone[:1] in "+-" else zone
    return f"{format_date(local, 'long', locale=locale)} {format_time(local, 'short', locale=locale)} {zone}"


def _token(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "", text)[:60]


@cache
def _layout() -> Any:
    return Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined).get_template(
        "layout.html"
    )
