"""Compose the letters about a report: to the reader with link and code, to the staff with numbers only.

Whoever reads the reader's letters may be anybody, so nothing of a customer is in them and nothing of what was reported.
"""

from mailguard.core.address import domain_of
from mailguard.core.errors import InputError
from mailguard.core.one_line import one_line
from mailguard.core.settings import Settings
from mailguard.incidents.reports.answering import ReportLetter
from mailguard.incidents.reports.intake import CODE_LETTER
from mailguard.incidents.reports.proof import DELETION_LETTER
from mailguard.incidents.reports.report import ReportState
from mailguard.incidents.reports.triage import LONGEST_QUESTION, QUESTION_LETTER
from mailguard.notices.blocks import Block
from mailguard.notices.drafting import code_and_link, draft_letter, facts_and_link, moment
from mailguard.notices.letter import write_message
from mailguard.notices.links import at_desk
from mailguard.notices.wording import house_wording, load_wording
from mailguard.store.tables.outbox import NoticeRow

READER_LETTERS = frozenset({CODE_LETTER, DELETION_LETTER, QUESTION_LETTER})


def compose_reader_letter(notice: NoticeRow, letter: ReportLetter | None, settings: Settings) -> bytes:
    """The letter as it goes over the wire, in the reader's language.

    Raises InputError when the report takes no code any more, OddAddress for a recipient that cannot be written to
    safely, ConfigError for an operator's template that fails.
    """
    if letter is None:
        raise InputError("the report takes no code any more")
    report = letter.report
    if notice.kind == CODE_LETTER and report.state is not ReportState.UNPROVED:
        raise InputError("the address is proved already")
    wording = load_wording(report.language, settings.notices.templates)
    organisation = organisation_of(settings)
    values = {"organisation": organisation, "until": moment(report.expires_at, wording, settings)}
    url = at_desk(settings, "report-a-letter", letter.link.reveal())
    contact = one_line(settings.incidents.contact, 500)
    inserts = code_and_link(wording, letter.code.reveal(), url) | {
        "question": Block("paragraph", text=one_line(report.question, LONGEST_QUESTION)),
        "contact": Block("facts", rows=((str(wording.words["labels"]["contact"]), contact or organisation),)),
    }
    topic = f"report-{report.id}"
    draft = draft_letter(wording, notice.kind, values, inserts, topic=topic, organisation=organisation)
    return write_message(notice, draft, settings)


def compose_staff_letter(notice: NoticeRow, settings: Settings) -> bytes:
    """The letter to supervisors, ops and admins. Raises OddAddress and ConfigError as above."""
    wording = house_wording(settings)
    labels = wording.words["labels"]
    number, breach = str(notice.details.get("report")), notice.details.get("breach")
    rows = [(labels["report"], number), *([(labels["breach"], str(breach))] if breach else [])]
    inserts = facts_and_link(wording, rows, "open_desk", at_desk(settings, "leak-reports", number))
    values, topic = {"report": number, "breach": breach}, f"report-{number}"
    return write_message(notice, draft_letter(wording, notice.kind, values, inserts, topic=topic), settings)


def organisation_of(settings: Settings) -> str:
    """Who writes, as readers know them."""
    return one_line(settings.incidents.organisation, 200) or (
        domain_of(settings.notices.from_address) or settings.smtp.hostname
    )
