"""Every page in Finnish, with what went through gettext taken out: no English is left but the letters' own."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from mailguard.core.settings import DeskSettings, NoticeSettings, Settings
from mailguard.desk.application import make_desk
from mailguard.desk.language import catalogue
from mailguard.report.archive import Archive
from mailguard.store.store import Store
from tests.desk.conftest import URL, Browser
from tests.desk.everything import fill, pages

_ENGLISH = re.compile(r"\b(?:the|is|are|was|of|to|and|not|for|at|it|with|has|more|from|this|by|yes|never)\b")
"""Words that hardly a sentence does without, and that Finnish does not have."""
_LETTERS = (
    "Forms for your move",
    "Invoice for October",
    "Your order 7731 and login",
    "Your invoice for customer 1001 is attached",
    "Partner's list of 776 customers",
    "thank you for your order. Here is what you need to log in",
    "at your first login",
    "Please change the password (",
    "nothing-has-this",
    "not on record for customer 1001 (Mikko Virtanen, Espoo)",
    "is on record for customer 2044 (Mikko Virtanen, Tampere), but was never confirmed",
    "looks like the address on record of customer 1001",
    "The letter contains a password and a PIN (in the body)",
)
"""What people wrote; and the reasons of tests/desk/held.py, which nothing but their text is kept of."""
_SPOKEN = frozenset({"alt", "aria-label", "data-label", "data-key-name", "placeholder", "title"})
_WITHIN = frozenset({"a", "b", "bdi", "del", "i", "ins", "mark", "q", "span", "strong", "time", "wbr"})


@pytest.mark.parametrize("name", ["sofia", "anna", "aino"])
def test_nothing_is_left_in_english(
    store: Store, users: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """For a supervisor, a sender and an auditor: not a sentence, label or title."""
    monkeypatch.setattr(catalogue, "_catalogue", lambda language: _Silent())
    settings = Settings(desk=DeskSettings(public_url=URL), notices=NoticeSettings(language="fi"))
    browser = Browser(make_desk(store, settings, archive=Archive(store, settings), now=store.clock), base_url=URL)
    browser.headers["accept-language"] = "fi"
    known = fill(store, tmp_path)
    assert browser.log_in(name).status_code == 303
    left: dict[str, str] = {}
    for path in pages(known):
        reader = _Reader()
        reader.feed(browser.get(path).text)
        for line in "".join(reader.pieces).split("\n"):
            if _ENGLISH.search(line) and not any(text in line for text in _LETTERS):
                left.setdefault(" ".join(line.split()), path)
    assert left == {}


class _Silent:
    """Says nothing but the values' places."""

    def gettext(self, text: str) -> str:
        return " ".join(re.findall(r"%\(\w+\)s", text)) or "…"

    def ngettext(self, one: str, many: str, number: int) -> str:
        return self.gettext(many)

    def pgettext(self, context: str, text: str) -> str:
        return self.gettext(text)

    def npgettext(self, context: str, one: str, many: str, number: int) -> str:
        return self.gettext(many)


class _Reader(HTMLParser):
    """The texts of a page, each element that begins a line on one of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._code = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._code += tag in {"code", "kbd", "script", "style"}
        self.pieces += [f"\n{value}\n" for name, value in attrs if name in _SPOKEN and value]
        self.pieces += [] if tag in _WITHIN else ["\n"]

    def handle_endtag(self, tag: str) -> None:
        self._code -= tag in {"code", "kbd", "script", "style"}
        self.pieces += [] if tag in _WITHIN else ["\n"]

    def handle_data(self, data: str) -> None:
        self.pieces += [data.replace("\n", " ")] if not self._code else []
