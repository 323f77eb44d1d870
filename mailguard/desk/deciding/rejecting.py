"""Reasons to reject that come again and again, in the language of the letters: the sender reads them."""

from functools import cache
from pathlib import Path

import yaml

_FILE = Path(__file__).with_suffix(".yaml")


def usual_reasons(language: str) -> dict[str, str]:
    """The texts by their codes; in English where the language has none."""
    known = _read()
    return known.get(language, known["en"])


def whole_reason(code: str, words: str, language: str) -> str:
    """The chosen text with what the person adds to it; an unknown code is no text."""
    return "\n\n".join(text for text in (usual_reasons(language).get(code, ""), words.strip()) if text)


@cache
def _read() -> dict[str, dict[str, str]]:
    texts: dict[str, dict[str, str]] = yaml.safe_load(_FILE.read_text("utf-8"))
    return texts
