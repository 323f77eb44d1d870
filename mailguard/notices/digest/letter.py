"""Compose a digest."""

from mailguard.cases.deadlines.terms import Terms
from mailguard.core.case import CaseState
from mailguard.core.one_line import one_line
from mailguard.core.settings import Settings
from mailguard.core.severity import Severity
from mailguard.notices.blocks import Block, Entry
from mailguard.notices.digest.waiting import Digest, Done, Waiting
from mailguard.notices.drafting import draft_letter, facts_and_link, moment
from mailguard.notices.letter import write_message
from mailguard.notices.links import at_desk
from mailguard.notices.wording import Wording, house_wording
from mailguard.store.tables.outbox import NoticeRow

_WORDS = {
    CaseState.APPROVED: "approved",
    CaseState.RELEASED: "approved",
    CaseState.UNDELIVERABLE: "approved",
    CaseState.REJECTED: "rejected",
    CaseState.WITHDRAWN: "withdrawn",
    CaseState.EXPIRED: "expired",
}


def compose_digest(notice: NoticeRow, digest: Digest, settings: Settings) -> bytes:
    """The letter as it goes over the wire: what waits with its reason, age and deadline; nothing of any message.

    Raises OddAddress for a recipient that cannot be written to safely, ConfigError for an operator's template that
    fails.
    """
    wording = house_wording(settings)
    values = {
        "count": digest.count,
        "more": digest.count - len(digest.waiting),
        "decided": bool(digest.decided),
        "storm": bool(notice.details.get("storm")),
    }
    inserts = facts_and_link(wording, (), "open_desk", at_desk(settings, "cases")) | {
        "waiting": Block("entries", entries=tuple(_entry(case, wording, settings) for case in digest.waiting)),
        "decided": Block("list", items=tuple(_done(done, wording) for done in digest.decided)),
    }
    return write_message(notice, draft_letter(wording, notice.kind, values, inserts, topic="digest"), settings)


def _entry(case: Waiting, wording: Wording, settings: Settings) -> Entry:
    words = wording.words["digest"]
    severity = Severity(case.severity).word
    until = case.expires_at or Terms.of(settings).reckon(case.received_at).expires_at
    note = str(words["since"]).format(
        sender=one_line(case.sender, 100) or "<>",
        since=moment(case.received_at, wording, settings),
        until=moment(until, wording, settings),
    )
    return Entry(
        title=f"{case.case_id}, {wording.words['severity'][severity]}",
        text=wording.why((*case.reasons, "other")[0]),
        note=note,
        url=at_desk(settings, "cases", case.case_id),
        tone=severity,
    )


def _done(done: Done, wording: Wording) -> str:
    said = str(wording.words["digest"][_WORDS[done.state]])
    return said.format(case=done.case_id, by=one_line(done.by, 100) or "-")
