"""Texts of templates that stand outside of `_()`, where no catalogue reaches them."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from jinja2 import Environment

from tests.messages.gathering import ROOT

_TEMPLATES = ROOT / "mailguard" / "desk" / "templates"
_SPOKEN = frozenset({"alt", "aria-label", "data-key-name", "label", "placeholder", "title"})
"""Attributes that are read by people or to them."""
_SAME_EVERYWHERE = frozenset({"mailguard", "· mailguard", "0 · mailguard", "XXXX-XXXX"})
_NO_TEXT = re.compile(
    r"{% block width %}\w+{% endblock %}|{% (?:set|macro) \w+(?:\([^)]*\))? %}[^<>]*?{% end(?:set|macro) %}"
)
"""A class's name, and a field's attributes."""
_WORD = re.compile(r"[^\W\d_]{2,}")


def bare_texts() -> Iterator[tuple[str, str]]:
    """File and text of each."""
    for file in sorted(_TEMPLATES.rglob("*.html")):
        reader = _Reader()
        reader.feed(_without_tags(file))
        reader.close()
        for text in reader.found:
            if _WORD.search(text) and text.strip() not in _SAME_EVERYWHERE:
                yield str(file.relative_to(_TEMPLATES)), " ".join(text.split())


def _without_tags(file: Path) -> str:
    # What a template's own tags print is another test's matter; a figure stands for it, which is no word.
    environment = Environment(autoescape=True, extensions=["jinja2.ext.i18n"])
    inside, kept = False, []
    for _, kind, value in environment.lex(_NO_TEXT.sub("", file.read_text(encoding="utf-8"))):
        if kind in {"variable_begin", "block_begin"}:
            inside = True
            kept.append("0" if kind == "variable_begin" else "")
        elif kind in {"variable_end", "block_end"}:
            inside = False
        elif kind == "data" and not inside:
            kept.append(value)
    return "".join(kept)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._code = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._code += tag in {"kbd", "code"}
        self.found += [value for name, value in attrs if name in _SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        self._code -= tag in {"kbd", "code"}

    def handle_data(self, data: str) -> None:
        # Keys and codes are the same in every language.
        self.found += [data] if not self._code else []
