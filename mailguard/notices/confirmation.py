"""Compose the letter that asks an address whether it is its customer's.

A stranger may read it, so nothing of the customer is in it: no name, no number, no product. Nothing but the question's
row goes in, and the words.
"""

from mailguard.core.address import domain_of
from mailguard.core.settings import Settings
from mailguard.customers.confirmations import Question
from mailguard.notices.blocks import Block, blocks_of
from mailguard.notices.letter import Draft, format_moment, write_message
from mailguard.notices.wording import load_wording
from mailguard.store.tables import NoticeRow


def compose_confirmation(notice: NoticeRow, question: Question, settings: Settings) -> bytes:
    """The letter as it goes over the wire, in the question's language.

    Raises OddAddress for a recipient that cannot be written to safely, ConfigError for an operator's template that
    fails.
    """
    wording = load_wording(question.language, settings.notices.templates)
    words = wording.words["confirm"]
    organisation = domain_of(settings.notices.from_address) or settings.smtp.hostname
    until = format_moment(question.expires_at, wording.language, settings.report.time_zone)
    subject, text = wording.write(notice.kind, {"organisation": organisation, "until": until})
    url = f"{settings.desk.public_url.rstrip('/')}/confirm/{question.link.reveal()}"
    inserts = {
        "link": Block("link", text=str(words["open"]), url=url),
        "code": Block("code", text=question.code.reveal()),
    }
    draft = Draft(
        language=wording.language,
        subject=subject,
        blocks=blocks_of(text, inserts),
        footer=str(words["footer"]).format(organisation=organisation),
        topic=f"question-{question.id}",
        author=organisation,
    )
    return write_message(notice, draft, settings)
