"""Compose a letter about a case, from a row of the outbox and the facts of its case."""

import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from mailguard.core.one_line import one_line
from mailguard.core.settings import Settings
from mailguard.notices.blocks import Block, blocks_of
from mailguard.notices.facts import CaseFacts
from mailguard.notices.letter import Draft, format_moment, write_message
from mailguard.notices.wording import Wording, load_wording
from mailguard.store.tables import NoticeRow

TO_SENDER = frozenset({"held", "rejected", "released", "expired"})
"""Letters about "your message"; their first line would be wrong for anybody but the sender."""
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,120}@[!-;=?-~]{1,120}>")
_MOST_RECIPIENTS = 5


def compose(notice: NoticeRow, facts: CaseFacts, settings: Settings) -> bytes:
    """The letter as it goes over the wire.

    Nothing of the held message is in it: no subject, no text, no finding. Raises OddAddress for a recipient that cannot
    be written to safely, InputError for an unknown kind, ConfigError for an operator's template that fails.
    """
    wording = load_wording(settings.notices.language, settings.notices.templates)
    subject, text = wording.write(notice.kind, _values(notice, facts, settings))
    # A letter to the sender stands beside the sent message in their mail program; the others share the case's thread.
    beside = notice.kind in TO_SENDER and _MESSAGE_ID.fullmatch(facts.message_id)
    draft = Draft(
        language=wording.language,
        subject=subject,
        blocks=blocks_of(text, _inserts(notice, facts, settings, wording)),
        footer=str(wording.words["footer"]),
        topic=facts.case_id,
        answers=facts.message_id if beside else "",
    )
    return write_message(notice, draft, settings)


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
    return code in {"namesake", "lookalike", "typo_domain", "other_customer", "unrelated", "disputed", "unconfirmed"}


def _listed(addresses: list[str], wording: Wording) -> str:
    shown = ", ".join(one_line(address, 100) for address in addresses[:_MOST_RECIPIENTS])
    rest = len(addresses) - _MOST_RECIPIENTS
    return f"{shown} {str(wording.words['more']).format(count=rest)}" if rest > 0 else shown


def _moment(at: datetime, settings: Settings) -> str:
    return format_moment(at, settings.notices.language, settings.report.time_zone)
