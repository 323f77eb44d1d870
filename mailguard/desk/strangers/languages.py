"""Words of the pages that strangers see, in their language."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

_FOLDER = Path(__file__).parent
_MOST_WANTED = 20


def words_in(language: str, pages: str = "confirming") -> dict[str, str]:
    """The words of some pages (`confirming`, `reporting`) in one of the six languages."""
    words: dict[str, str] = _all_words(pages)[language]
    return words


def preferred_language(accept_language: str, default: str) -> str:
    """The first of the browser's languages (RFC 9110, section 12.5.4) that we have, else `default`."""
    wanted = []
    for place, entry in enumerate(accept_language.split(",")[:_MOST_WANTED]):
        tag, _, weight = entry.strip().partition(";q=")
        wanted.append((-_number(weight), place, tag.split("-")[0].lower()))
    known = (tag for weight, _, tag in sorted(wanted) if tag in _all_words("confirming") and weight < 0)
    return next(known, default)


def _number(weight: str) -> float:
    try:
        return float(weight or 1)
    except ValueError:
        return 0.0


@cache
def _all_words(pages: str) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((_FOLDER / f"{pages}.yaml").read_text(encoding="utf-8"))
    return read
