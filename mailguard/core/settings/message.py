"""How messages are read."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from mailguard.core.settings.section import Section


class MessageSettings(Section):
    """Reading of texts and attachments."""

    ocr: Literal["off", "inline", "later"] = "off"
    """Read the words in pictures, and on pages of PDF files that are pictures: before the client is answered, or when
    it has been, and until then the message is kept. What cannot be read then holds it. Off: pictures pass unread."""
    ocr_languages: list[Annotated[str, StringConstraints(pattern=r"^[A-Za-z_]{3,20}$")]] = Field(
        ["pol", "fin"], min_length=1, max_length=8
    )
    """Tesseract's languages. The first one counts most, each costs time; these two have the letters of all six."""
    ocr_pictures: int = Field(20, ge=1, le=200)
    """Pictures and pages of one message; one with more is held."""
    remember: bool = True
    """Texts and files that come twice unchanged (newsletters, answers by form, terms) stay in memory, with whom they
    are about, and are not read and looked through again: some 20 MB at most in each process. Letters that anything is
    found in leave nothing there."""
