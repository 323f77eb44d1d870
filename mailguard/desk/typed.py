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
