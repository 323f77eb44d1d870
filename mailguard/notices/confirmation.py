"""Compose the letter that asks an address whether it is its customer's.

A stranger may read it, so nothing of the customer is in it: no name, no number, no product. Nothing but the question's
row goes in, and the words.
"""

from mailguard.core.address import domain_of
from mailguard.core.settings import Settings
from mailguard.customers.confirmations import Question
from mailguard.notices.drafting import code_and_link, draft_letter, moment
from mailguard.notices.letter import write_message
from mailguard.notices.links import at_desk
from mailguard.notices.wording import load_wording
from mailguard.store.tables.outbox import NoticeRow


def compose_confirmation(notice: NoticeRow, question: Question, settings: Settings) -> bytes:
    """The letter as it goes over the wire, in the question's language.

    Raises OddAddress for a recipient that cannot be written to safely, ConfigError for an operator's template that
    fails.
    """
    wording = load_wording(question.language, settings.notices.templates)
    organisation = domain_of(settings.notices.from_address) or settings.smtp.hostname
    values = {"organisation": organisation, "until": moment(question.expires_at, wording, settings)}
    inserts = code_and_link(wording, question.code.reveal(), at_desk(settings, "confirm", question.link.reveal()))
    topic = f"question-{question.id}"
    draft = draft_letter(wording, notice.kind, values, inserts, topic=topic, organisation=organisation)
    return write_message(notice, draft, settings)
