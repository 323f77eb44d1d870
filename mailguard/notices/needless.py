"""Letters that are not sent when it comes to it: what they ask for is done, or nobody would read them."""

import re
from datetime import datetime

from mailguard.cases.addresses.confirming import LETTER as CONFIRMATION
from mailguard.cases.remarks import ANSWER, QUESTION
from mailguard.core.address import canonical, domain_of
from mailguard.core.case import CaseState
from mailguard.core.settings import Settings
from mailguard.notices.claim import Claimed
from mailguard.notices.compose import TO_SENDER
from mailguard.notices.dealt_with import ASKING, DEALT_WITH
from mailguard.notices.digest.due import DIGEST
from mailguard.notices.facts import CaseFacts
from mailguard.notices.reader_report import READER_LETTERS

_ROBOTS = frozenset({"mailer-daemon", "listserv", "majordomo"})

_TALK = frozenset({QUESTION, ANSWER})
"""About a message that waits; a decision ends the talk."""
_ABOUT_NEW = frozenset({"held", "to_review"})
"""One letter for each message. Where letters of ours come back to the front door, sent on by a reader's mailbox, each
would call forth the next; such a message waits in the queue like any other, and is reminded of once."""


def why_needless(claimed: Claimed, settings: Settings) -> str | None:
    """Why the letter is not sent; None: it is."""
    notice, facts = claimed.notice, claimed.facts
    if canonical(notice.to) == canonical(settings.notices.from_address):
        return "not sent: a letter to the guard itself"
    if notice.kind == CONFIRMATION and claimed.question is None:
        return "not sent: the question is open no longer"
    if notice.kind == DIGEST and not (claimed.digest and claimed.digest.says_something):
        return "not sent: nothing waits any more"
    if facts is not None and notice.kind in ASKING | _TALK and facts.state is not CaseState.HELD:
        return f"not sent: the case is {facts.state.value} already"
    if facts is not None and notice.kind == DEALT_WITH and facts.state is CaseState.HELD:
        return "not sent: the decision was taken back"
    if facts is not None and notice.kind in _ABOUT_NEW and _is_ours(facts, settings):
        return "not sent: the message is a letter of the guard's own"
    if notice.kind in TO_SENDER | READER_LETTERS and _is_robot(notice.to):
        return "not sent: nobody reads letters there"
    return None


def may_be_needed_again(claimed: Claimed, now: datetime) -> datetime | None:
    """Until when a decision may be taken back that makes the letter needless; None: it is final."""
    facts = claimed.facts
    if facts is None or claimed.notice.kind not in ASKING or facts.state is CaseState.HELD:
        return None
    return facts.undo_until if facts.undo_until is not None and facts.undo_until > now else None


def _is_ours(facts: CaseFacts, settings: Settings) -> bool:
    ours = settings.notices.from_address
    if canonical(facts.sender) == canonical(ours):
        return True
    return re.fullmatch(rf"<notice-[0-9]+\.[A-Za-z0-9_-]*@{re.escape(domain_of(ours))}>", facts.message_id) is not None


def _is_robot(address: str) -> bool:
    # RFC 3834, section 2: no automatic letter to a null reverse-path, a list's or a mail system's own address.
    local = address.rpartition("@")[0].lower()
    return not local or local in _ROBOTS or local.startswith("owner-") or local.endswith(("-request", "-owner"))
