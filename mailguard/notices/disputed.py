"""Compose the letter that tells a supervisor of an address whose reader has said: this is not me."""

from urllib.parse import quote

from mailguard.core.one_line import one_line
from mailguard.core.settings import Settings
from mailguard.notices.blocks import Block, blocks_of
from mailguard.notices.letter import Draft, write_message
from mailguard.notices.wording import load_wording
from mailguard.store.tables import NoticeRow


def compose_disputed(notice: NoticeRow, settings: Settings) -> bytes:
    """The letter as it goes over the wire: numbers only, and the way to the case where there is one.

    Raises OddAddress for a recipient that cannot be written to safely, ConfigError for an operator's template that
    fails.
    """
    wording = load_wording(settings.notices.language, settings.notices.templates)
    labels = wording.words["labels"]
    customer, question = (one_line(str(notice.details.get(name, "-")), 100) for name in ("customer", "question"))
    subject, text = wording.write(notice.kind, {"customer": customer})
    rows = [(labels["customer"], customer), (labels["question"], question)]
    url, opens = f"{settings.desk.public_url.rstrip('/')}/cases", wording.words["open_desk"]
    if notice.case_id is not None:
        rows.append((labels["case"], notice.case_id))
        url, opens = f"{url}/{quote(notice.case_id, safe='')}", wording.words["open"]
    inserts = {"facts": Block("facts", rows=tuple(rows)), "link": Block("link", text=str(opens), url=url)}
    draft = Draft(
        language=wording.language,
        subject=subject,
        blocks=blocks_of(text, inserts),
        footer=str(wording.words["footer"]),
        topic=notice.case_id or f"question-{question}",
    )
    return write_message(notice, draft, settings)
