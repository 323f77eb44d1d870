"""A template filled in: what all letters have in common, whatever they tell of."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from mailguard.core.settings import Settings
from mailguard.notices.blocks import Block, blocks_of
from mailguard.notices.letter import Draft, format_moment, house_zone
from mailguard.notices.wording import Wording


def draft_letter(
    wording: Wording,
    kind: str,
    values: dict[str, Any],
    inserts: dict[str, Block],
    *,
    topic: str,
    answers: str = "",
    organisation: str = "",
) -> Draft:
    """The letter of a kind. It is written by mailguard, or by the organisation to those who know no mailguard.

    Raises InputError for a kind that has no template, ConfigError for an operator's template that fails.
    """
    subject, text = wording.write(kind, values)
    words = wording.words
    footer = words["confirm"]["footer"].format(organisation=organisation) if organisation else words["footer"]
    return Draft(
        language=wording.language,
        subject=subject,
        blocks=blocks_of(text, inserts),
        footer=str(footer),
        topic=topic,
        answers=answers,
        author=organisation or "mailguard",
    )


def facts_and_link(wording: Wording, rows: Sequence[tuple[str, str]], opens: str, url: str) -> dict[str, Block]:
    """What nearly every letter shows: a table, and the way to a page. `opens` names the words of the link."""
    return {"facts": Block("facts", rows=tuple(rows)), "link": Block("link", text=str(wording.words[opens]), url=url)}


def code_and_link(wording: Wording, code: str, url: str) -> dict[str, Block]:
    """What a stranger needs to answer: the way to the page, and the code that is typed in there."""
    opens = str(wording.words["confirm"]["open"])
    return {"code": Block("code", text=code), "link": Block("link", text=opens, url=url)}


def moment(at: datetime, wording: Wording, settings: Settings) -> str:
    """A day and time in words of the letter's language, by the clocks of the house."""
    return format_moment(at, wording.language, house_zone(settings))
