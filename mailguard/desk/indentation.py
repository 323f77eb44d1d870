"""Templates are indented for who reads them; browsers need none of it, and pages go out unpacked (BREACH).

In the queue's fifty rows it was 5 kB. A run of white space becomes a shorter one and never none, so no two words grow
together; where every space counts (`pre`, `textarea`, the style sheet's `pre-wrap`) templates have no line breaks of
their own, and texts to be translated stand on one line (`tests/desk/test_indentation.py`).
"""

import re

from jinja2.ext import Extension

_INDENTATION = re.compile(r"([%#]}\n)?^[ \t]+", re.MULTILINE)


class Unindented(Extension):
    """Takes the indentation out of a template before it is compiled."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """One space stays behind a tag, for with `trim_blocks` that tag takes the line break away."""
        return _INDENTATION.sub(lambda found: f"{found[1]} " if found[1] else "", source)
