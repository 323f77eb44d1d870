"""Text of strangers made fit for one line of a letter, a table or a log."""

import re
import unicodedata

_SPACES = re.compile(r"\s+")
_SHOWN = frozenset("\u200c\u200d")
"""Joiners: Persian names and emoji need them, and alone they turn nothing round."""


def one_line(text: str, limit: int = 200) -> str:
    """The text on one line, without control, direction and other invisible characters, at most `limit` characters.

    Line breaks become spaces, so nothing can begin a header field or a paragraph of its own; direction marks go, so
    nothing can turn round what stands beside it (Unicode Technical Report 36, section 3). Escaping for HTML is left to
    the template.
    """
    # Cut first: a value of megabytes costs no more than its head.
    head = _SPACES.sub(" ", text[: limit * 4])
    kept = "".join(ch for ch in head if ch in _SHOWN or unicodedata.category(ch)[0] != "C").strip()
    if len(kept) > limit or len(text) > limit * 4:
        return kept[: limit - 1].rstrip() + "…"
    return kept
