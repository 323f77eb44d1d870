"""What a person typed, before it goes to the store."""

from typing import Annotated

from pydantic import AfterValidator


def typed(text: str) -> str:
    """The text without NUL, which PostgreSQL refuses, with plain line breaks, and trimmed.

    Half characters need no care: form and query decoding has replaced them, and pydantic refuses them in JSON.
    """
    return text.replace("\0", "").replace("\r\n", "\n").strip()


Typed = Annotated[str, AfterValidator(typed)]
"""A form field, query parameter or JSON string that a person typed."""

MOST_TYPED = 4000
"""Characters of a reason or remark that are taken from a form; what the store keeps is less."""


def position_of(text: str) -> int:
    """The number of a recipient or finding as a form sends it, from 0; -1 for what is none, or is endlessly long."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1
