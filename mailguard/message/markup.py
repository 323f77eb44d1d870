"""HTML as lexbor writes it out: cut into texts and tags, and the tags replaced by marks.

The cut is made once, in C, and what a tag means is worked out once for each different tag of a letter; a newsletter has
some hundred different ones among its thousands. Patterns that run over the whole text once for each kind of tag take
ten times as long (30 kB: 1.3 ms).
"""

import re
from functools import cached_property

TABLE, TABLE_END, HEADER, CELL, LINE, ROW = "\x0e", "\x0f", "\x0b", "\x1c", "\x1d", "\x1e"
"""Marks that stand for tags. All but LINE follow one, so that a search for runs of them can look for one character."""
_NOTHING = "\x1f"
"""Stands for a tag that shows as nothing, while blanks beside it are told apart."""
MARKS = b"\x0b\x0e\x0f\x1c\x1d\x1e\x1f"
"""None of these may be left of the letter's own characters."""

_TAG = re.compile(r"<([^<>]*)>")
_ALL_BUT_BRACKETS = bytes(octet for octet in range(256) if octet not in b"<>")
_PREFORMATTED = re.compile(r"<(pre|textarea|listing|xmp|plaintext)[\s>]")
_PREFORMATTED_NAMES = ("<pre", "<textarea", "<listing", "<xmp", "<plaintext")
_KEEPS_LINES = re.compile(r"white-space:\s*(?:pre|break)", re.IGNORECASE)
_SHOWN_VALUE = re.compile(r'\s[^<>]*?(?:alt|value|placeholder)="([^"<>]*)"')
_WITH_VALUE = frozenset({"img", "input", "area"})
_SHOWN_AS_BLOCK = re.compile(r"display:\s*(?:block|flex|grid|table|list-item)")
_TABLE_MARKS = {"table": TABLE, "/table": TABLE_END, "tr": ROW, "td": CELL, "th": CELL + HEADER}
_BLOCKS = (
    "address article aside blockquote body br caption center dd details dialog dir div dl dt fieldset figcaption figure"
    " footer form h1 h2 h3 h4 h5 h6 header hr html legend li main menu nav ol optgroup option p pre section select"
    " summary text textarea title ul"
).split()
_PARTING = frozenset(_BLOCKS) | {f"/{name}" for name in _BLOCKS}
_LINE_OF_DRAWING = re.compile(r"tspan\s(?:[^<>]*\s)?d?y=", re.IGNORECASE)
"""A part of a text in SVG with a height of its own."""
_BARE = dict.fromkeys(_PARTING, LINE) | {name: LINE + mark for name, mark in _TABLE_MARKS.items()}
"""Marks of tags without attributes."""
_OPENS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz/!?")
_BLANK_RUN = re.compile("  +")


def cut_comments(source: str) -> tuple["Markup", list[str]]:
    """The markup without its comments, and these."""
    markup = Markup(source)
    shown, comments = _part_comments(source) if markup.may_have_comments else ("", [])
    return (Markup(shown), comments) if comments else (markup, comments)


def _part_comments(source: str) -> tuple[str, list[str]]:
    """By searching for their ends and not by a pattern, which would look for each of those that have none."""
    shown: list[str] = []
    comments: list[str] = []
    at = 0
    while (begin := source.find("<!--", at)) >= 0 and (end := source.find("-->", begin + 4)) >= 0:
        shown.append(source[at:begin])
        comments.append(source[begin + 4 : end])
        at = end + 3
    return "".join((*shown, source[at:])), comments


class Markup:
    """One text of HTML, every element of which is closed and every attribute quoted."""

    def __init__(self, source: str) -> None:
        self.source = source
        brackets = source.encode("utf-8", "surrogatepass").translate(None, _ALL_BUT_BRACKETS)
        self._is_regular = brackets == b"<>" * (len(brackets) // 2)
        self._pieces = self._cut(source)

    def _cut(self, markup: str) -> list[str]:
        """Texts and tags (without their brackets) by turns.

        Mostly brackets stand around tags and nowhere else; raw text as in `<xmp>` may hold others.
        """
        return markup.replace(">", "<").split("<") if self._is_regular else _TAG.split(markup)

    @property
    def may_have_comments(self) -> bool:
        """Whether anything begins like a comment."""
        return "<!--" in (self._tags if self._is_regular else self.source)

    @cached_property
    def tags(self) -> str:
        """The different tags in the order in which they first come; the whole source where text reads like tags."""
        # The single character first: two are searched for ten times as long.
        reads_like_tags = not self._is_regular or ("=" in self.marked and '="' in self.marked)
        return self.source if reads_like_tags else self._tags

    @cached_property
    def _tags(self) -> str:
        return "<" + "><".join(dict.fromkeys(self._pieces[1::2])) + ">"

    @cached_property
    def marked(self) -> str:
        """The text with marks in the place of tags, entities as characters, blanks collapsed as a browser does."""
        markup, tags = self.source, self._tags
        if any(name in tags for name in _PREFORMATTED_NAMES):
            markup = _keep_lines(markup)
        if "white-space" in markup and _KEEPS_LINES.search(markup):
            markup = markup.replace("\n", LINE)
        pieces = list(self._pieces) if markup is self.source else self._cut(markup)
        pieces[1::2] = map(_Marks("<table" in tags).__getitem__, pieces[1::2])
        return unescape(_collapse_blanks("".join(pieces)).replace(_NOTHING, ""))


def _keep_lines(markup: str) -> str:
    """Line ends and tabs as marks within elements that show them. Linear, also where none of them is closed."""
    pieces: list[str] = []
    at = 0
    never_closed: set[str] = set()
    while (begin := _PREFORMATTED.search(markup, at)) is not None:
        name = begin.group(1)
        end = -1 if name in never_closed else markup.find(f"</{name}>", begin.end())
        if end < 0:
            never_closed.add(name)
            end = begin.end()
            pieces.append(markup[at:end])
        else:
            pieces += (markup[at : begin.end()], markup[begin.end() : end].replace("\n", LINE).replace("\t", "&#9;"))
        at = end
    return "".join((*pieces, markup[at:]))


class _Marks(dict[str, str]):
    """What each tag becomes."""

    def __init__(self, has_tables: bool) -> None:
        super().__init__()
        self._has_tables = has_tables

    def __missing__(self, inside: str) -> str:
        mark = self[inside] = self._read(inside)
        return mark

    def _read(self, inside: str) -> str:
        if (mark := _BARE.get(inside)) is not None and (self._has_tables or inside not in _TABLE_MARKS):
            return mark
        if inside[:1] not in _OPENS:
            return f"<{_collapse_blanks(inside)}>"
        name = inside.split(None, 1)[0]
        if name in _WITH_VALUE and (shown := _SHOWN_VALUE.match(inside, len(name))):
            return f"{_NOTHING} {_NOTHING}{shown[1]}{_NOTHING} {_NOTHING}"
        if self._has_tables and name in _TABLE_MARKS:
            return LINE + _TABLE_MARKS[name]
        if name in _PARTING or (name == "tspan" and _LINE_OF_DRAWING.match(inside)):
            return LINE
        lowered = inside.lower()
        if "display:" in lowered and inside[0].isalpha() and _SHOWN_AS_BLOCK.search(lowered):
            return LINE
        return _NOTHING


def _collapse_blanks(text: str) -> str:
    if "&" in text:
        text = text.replace("&nbsp;", " ")
    text = text.replace("\n", " ").replace("\r", " ").replace("\t", " ").replace("\f", " ")
    return _BLANK_RUN.sub(" ", text) if "  " in text else text


def unescape(text: str) -> str:
    """The entities that writing out a tree leaves; `&amp;` last, so that nothing is decoded twice."""
    if "&" not in text:
        return text
    return (
        text.replace("&nbsp;", " ")
        .replace("&#9;", "\t")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", '"')
        .replace("&amp;", "&")
    )
