"""Compose the letter about a deadline of a breach."""

from datetime import datetime

from mailguard.core.one_line import one_line
from mailguard.core.settings import Settings
from mailguard.notices.drafting import draft_letter, facts_and_link, moment
from mailguard.notices.letter import write_message
from mailguard.notices.links import at_desk
from mailguard.notices.wording import house_wording
from mailguard.store.tables.outbox import NoticeRow

_LONGEST = 100


def compose_breach_clock(notice: NoticeRow, settings: Settings) -> bytes:
    """The letter as it goes over the wire: number, deadline and the way to the page; nothing of the breach itself.

    Raises OddAddress for a recipient that cannot be written to safely, ConfigError for an operator's template that
    fails.
    """
    wording = house_wording(settings)
    labels, details = wording.words["labels"], notice.details
    breach, clock, law = (one_line(str(details.get(name, "-")), _LONGEST) for name in ("breach", "clock", "law"))
    due = moment(datetime.fromisoformat(str(details["due_at"])), wording, settings)
    name = str(wording.words["clocks"].get(clock, clock))
    rows = [(labels["breach"], breach), (labels["deadline"], f"{name} ({law})" if law else name), (labels["due"], due)]
    inserts = facts_and_link(wording, rows, "open_breach", at_desk(settings, "breaches", breach))
    values, topic = {"breach": breach, "due": due}, f"breach-{breach}"
    return write_message(notice, draft_letter(wording, notice.kind, values, inserts, topic=topic), settings)
