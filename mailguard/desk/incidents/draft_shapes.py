"""The shape of a draft in the HTTP API."""

from pydantic import BaseModel

from mailguard.incidents.drafts.kinds import DraftKind


class GapOut(BaseModel):
    """What a person has to fill in."""

    field: str
    """The fact that fills it, or the key of the configuration."""
    what: str
    """In the draft's language, as it stands in the text."""


class DraftOut(BaseModel):
    """A notification or letter, not sent."""

    breach: str
    kind: DraftKind
    language: str
    subject: str
    text: str
    html: str
    gaps: list[GapOut]
    written: list[str]
    """Facts that stand in the words of whoever wrote them down: somebody may have to translate them."""
