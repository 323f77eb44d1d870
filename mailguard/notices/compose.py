"""Compose a letter about a case, from a row of the outbox and the facts of its case."""

import re
from typing import Any

from mailguard.cases.deadlines.terms import Terms
from mailguard.cases.remarks import QUESTION
from mailguard.core.one_line import one_line
from mailguard.core.reason import PAIR_REASONS, ReasonCode
from mailguard.core.rule_folders import rule_folders
from mailguard.core.settings import Settings
from mailguard.notices.blocks import Block
from mailguard.notices.drafting import draft_letter, facts_and_link, moment
from mailguard.notices.escalate import KIND as ESCALATION
from mailguard.notices.facts import CaseFacts
from mailguard.notices.letter import write_message
from mailguard.notices.links import at_desk
from mailguard.notices.wording import Wording, house_wording, lessons
from mailguard.store.tables.outbox import NoticeRow

TO_SENDER = frozenset({"held", "question", "returned", "rejected", "released", "expired", "withdrawn"})
"""Letters about "your message"; their first line would be wrong for anybody but the sender."""
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,120}@[!-;=?-~]{1,120}>")
_ABOUT_ADDRESS = PAIR_REASONS | {ReasonCode.DISPUTED, ReasonCode.REFUSED}
_MOST_RECIPIENTS = 5
_MOST_LESSONS = 3

Rows = tuple[tuple[str, str], ...]


def compose(notice: NoticeRow, facts: CaseFacts, settings: Settings) -> bytes:
    """The letter as it goes over the wire.

    Nothing of the held message is in it: no subject, no text, no finding. Raises OddAddress for a recipient that cannot
    be written to safely, InputError for an unknown kind, ConfigError for an operator's template that fails.
    """
    wording = house_wording(settings)
    taught = lessons(rule_folders(settings), wording.language, facts.lessons[:_MOST_LESSONS])
    values = _values(notice, facts, settings, wording) | {"lessons": bool(taught)}
    inserts = _inserts(notice, facts, settings, wording) | {"lessons": Block("list", items=taught)}
    # A letter to the sender stands beside the sent message in their mail program; the others share the case's thread.
    beside = notice.kind in TO_SENDER and _MESSAGE_ID.fullmatch(facts.message_id)
    answers = facts.message_id if beside else ""
    kind = _template(notice, facts)
    draft = draft_letter(wording, kind, values, inserts, topic=facts.case_id, answers=answers)
    return write_message(notice, draft, settings)


def _template(notice: NoticeRow, facts: CaseFacts) -> str:
    """Of what has been sent there are three letters: as it was, to some only, or to an address on record instead."""
    if notice.kind != "released":
        return notice.kind
    if facts.replaced:
        return "released_elsewhere"
    return "released_partly" if facts.turned_away else "released"


def _values(notice: NoticeRow, facts: CaseFacts, settings: Settings, wording: Wording) -> dict[str, Any]:
    turned_away = notice.details.get("recipients") or ()
    return {
        "case": facts.case_id,
        "expires": _expiry(facts, settings, wording),
        "reason": one_line(str(notice.details.get("reason") or facts.decision_reason), 600) or "-",
        "answer": one_line(str(notice.details.get("answer") or facts.answer), 300) or "-",
        "by": one_line(str(notice.details.get("by") or "-"), 100),
        "partly": 0 < len(turned_away) < len(facts.recipients),
        "others": bool(facts.refused) and len(facts.refused) < len(facts.recipients) - len(facts.turned_away),
        "turned_away": bool(facts.turned_away),
        "passed": facts.passed,
        "state": facts.state.value,
        "reminded": bool(notice.details.get("reminded", True)),
    }


def _inserts(notice: NoticeRow, facts: CaseFacts, settings: Settings, wording: Wording) -> dict[str, Block]:
    rows = _waiting if notice.kind == ESCALATION else _message
    # The sender's page is open to every role; the reviewers' is closed to a sender.
    page = "mine" if _is_to_sender(notice, facts) else "cases"
    url = at_desk(settings, page, facts.case_id) if _opens(notice, facts) else ""
    shown = facts_and_link(wording, rows(notice, facts, settings, wording), "open", url)
    return shown | {"why": Block("list", items=_why(facts, wording))}


def _message(notice: NoticeRow, facts: CaseFacts, settings: Settings, wording: Wording) -> Rows:
    """Which message it is, and which of its recipients it is about."""
    labels = wording.words["labels"]
    rows = [(labels["case"], facts.case_id), (labels["received"], moment(facts.received_at, wording, settings))]
    if notice.to != facts.sender:
        rows.append((labels["sender"], one_line(facts.sender, 100) or "<>"))
    for label, addresses in _about(notice, facts):
        if addresses:
            rows.append((labels[label], _listed(addresses, wording)))
    return tuple(rows)


def _about(notice: NoticeRow, facts: CaseFacts) -> tuple[tuple[str, list[str]], ...]:
    everybody = [address for address, _ in facts.recipients]
    if notice.details.get("recipients"):
        return (("recipients", [str(address) for address in notice.details["recipients"]]),)
    if notice.kind == "undeliverable" and facts.refused:
        return (("recipients", list(facts.refused)),)
    if notice.kind == "released":
        got = [address for address in everybody if address not in facts.turned_away + facts.replaced]
        return ("recipients", got), ("instead_of", list(facts.replaced)), ("not_sent_to", list(facts.turned_away))
    return (("recipients", everybody),)


def _waiting(notice: NoticeRow, facts: CaseFacts, settings: Settings, wording: Wording) -> Rows:
    """How long it waits and for whom: to whom the message goes is nothing for those who only see that it is decided."""
    labels = wording.words["labels"]
    reminded = [str(address) for address in notice.details.get("reminded") or ()]
    return (
        (labels["case"], facts.case_id),
        (labels["waiting_since"], moment(facts.received_at, wording, settings)),
        (labels["returned_at"], _expiry(facts, settings, wording)),
        (labels["reminded"], _listed(reminded, wording) if reminded else str(wording.words["nobody"])),
    )


def _opens(notice: NoticeRow, facts: CaseFacts) -> bool:
    """Whether the reader could open the page that the link leads to."""
    # A question is read nowhere else: whoever has no login yet gets one, or says so.
    return not _is_to_sender(notice, facts) or notice.kind == QUESTION or facts.sender_logs_in


def _is_to_sender(notice: NoticeRow, facts: CaseFacts) -> bool:
    # `undeliverable` goes to ops too.
    return notice.kind in TO_SENDER or (notice.kind == "undeliverable" and notice.to == facts.sender)


def _why(facts: CaseFacts, wording: Wording) -> tuple[str, ...]:
    lines = []
    for code in facts.reasons or ("other",):
        about = [address for address, codes in facts.recipients if code in codes]
        # A reason that is about every one of several recipients is about the message, and needs no list of them.
        named = about if len(about) < len(facts.recipients) or len(facts.recipients) == 1 else []
        sentence = wording.why(code)
        lines.append(f"{_listed(named, wording)}: {sentence}" if named and code in _ABOUT_ADDRESS else sentence)
    return tuple(dict.fromkeys(lines))


def _listed(addresses: list[str], wording: Wording) -> str:
    shown = ", ".join(one_line(address, 100) for address in addresses[:_MOST_RECIPIENTS])
    rest = len(addresses) - _MOST_RECIPIENTS
    return f"{shown} {str(wording.words['more']).format(count=rest)}" if rest > 0 else shown


def _expiry(facts: CaseFacts, settings: Settings, wording: Wording) -> str:
    # A message held by an older version has no deadline on record until the next run of the schedule.
    at = facts.expires_at or Terms.of(settings).reckon(facts.received_at).expires_at
    return moment(at, wording, settings)
