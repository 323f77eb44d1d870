"""Compose the letter that tells a supervisor of an address whose reader has said: this is not me."""

from mailguard.core.one_line import one_line
from mailguard.core.settings import Settings
from mailguard.notices.drafting import draft_letter, facts_and_link
from mailguard.notices.letter import write_message
from mailguard.notices.links import at_desk
from mailguard.notices.wording import house_wording
from mailguard.store.tables.outbox import NoticeRow


def compose_disputed(notice: NoticeRow, settings: Settings) -> bytes:
    """The letter as it goes over the wire: numbers only, and the way to the case where there is one.

    Raises OddAddress for a recipient that cannot be written to safely, ConfigError for an operator's template that
    fails.
    """
    wording = house_wording(settings)
    labels = wording.words["labels"]
    customer, question = (one_line(str(notice.details.get(name, "-")), 100) for name in ("customer", "question"))
    rows = [(labels["customer"], customer), (labels["question"], question)]
    url, opens = at_desk(settings, "cases"), "open_desk"
    if notice.case_id is not None:
        rows.append((labels["case"], notice.case_id))
        url, opens = at_desk(settings, "cases", notice.case_id), "open"
    inserts, topic = facts_and_link(wording, rows, opens, url), notice.case_id or f"question-{question}"
    draft = draft_letter(wording, notice.kind, {"customer": customer}, inserts, topic=topic)
    return write_message(notice, draft, settings)
