"""HTML as lexbor writes it out: cut into texts and tags, and the tags replaced by marks.

The cut is made once, in C, and what a tag means is worked out once for each different tag of a letter; a newsletter has
some hundred different ones among its thousands. Patterns that run over the whole text once for each kind of tag take
ten times as long (30 kB: 1.3 ms).
"""

import re
from functools import cached_property

TABLE, TABLE_END, HEADER, CELL, LINE, ROW = b"\x0e", b"\x0f", b"\x0b", b"\x1c", b"\x1d", b"\x1e"
"""Marks that stand for tags. All but LINE follow one, so that a search for runs of them can look for one octet."""
_NOTHING = b"\x1f"
"""Stands for a tag that shows as nothing, while blanks beside it are told apart."""
MARKS = b"\x0b\x0e\x0f\x1c\x1d\x1e\x1f"
"""None of these may be left of the letter's own characters."""

_TAG = re.compile(rb"<([^<>]*)>")
_ALL_BUT_BRACKETS = bytes(octet for octet in range(256) if octet not in b"<>")
_PREFORMATTED = re.compile(r"<(pre|textarea|listing|xmp|plaintext)[\s>]")
_MAY_BE_PREFORMATTED = re.compile(rb"<(?:pre|textarea|listing|xmp|plaintext)")
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
_BARE = {name.encode(): LINE for name in _PARTING} | {name.encode(): LINE + mark for name, mark in _TABLE_MARKS.items()}
"""Marks of tags without attributes."""
_OPENS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz/!?")
_BLANK_RUN = re.compile(rb"  +")


def cut_comments(source: bytes) -> tuple["Markup", list[bytes]]:
    """The markup without its comments, and these."""
    shown, comments = _part_comments(source) if b"<!--" in source else (source, [])
    return Markup(shown), comments


def _part_comments(source: bytes) -> tuple[bytes, list[bytes]]:
    """By searching for their ends and not by a pattern, which would look for each of those that have none."""
    shown: list[bytes] = []
    comments: list[bytes] = []
    at = 0
    while (begin := source.find(b"<!--", at)) >= 0 and (end := source.find(b"-->", begin + 4)) >= 0:
        shown.append(source[at:begin])
        comments.append(source[begin + 4 : end])
        at = end + 3
    return b"".join((*shown, source[at:])), comments


class Markup:
    """One text of HTML, in UTF-8, every element of which is closed and every attribute quoted."""

    def __init__(self, source: bytes) -> None:
        self.source = source
        brackets = source.translate(None, _ALL_BUT_BRACKETS)
        self._is_regular = brackets == b"<>" * (len(brackets) // 2)
        self._pieces = self._cut(source)
        tags = self._pieces[1::2]
        self._marks = _Marks(b"<table" in source and any(tag.startswith(b"table") for tag in tags))
        self._pieces[1::2] = map(self._marks.__getitem__, tags)

    def _cut(self, markup: bytes) -> list[bytes]:
        """Texts and tags (without their brackets) by turns.

        Mostly brackets stand around tags and nowhere else; raw text as in `<xmp>` may hold others.
        """
        return markup.replace(b">", b"<").split(b"<") if self._is_regular else _TAG.split(markup)

    @cached_property
    def tags(self) -> bytes:
        """The different tags in the order in which they first come; the whole source where text reads like tags."""
        # The single octet first: two are searched for ten times as long.
        reads_like_tags = not self._is_regular or (b"=" in self.marked and b'="' in self.marked)
        return self.source if reads_like_tags else self._tags

    @cached_property
    def _tags(self) -> bytes:
        return b"<" + b"><".join(self._marks) + b">"

    @cached_property
    def marked(self) -> bytes:
        """The text with marks in the place of tags, entities as characters, blanks collapsed as a browser does."""
        markup, pieces = self.source, self._pieces
        if _MAY_BE_PREFORMATTED.search(self._tags):
            markup = _keep_lines(markup.decode()).encode()
        if b"white-space" in markup and _KEEPS_LINES.search(markup.decode()):
            markup = markup.replace(b"\n", LINE)
        if markup is not self.source:
            pieces = self._cut(markup)
            pieces[1::2] = map(_Marks(self._marks.has_tables).__getitem__, pieces[1::2])
        return unescape(_collapse_blanks(b"".join(pieces)).replace(_NOTHING, b""))


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
            kept = markup[begin.end() : end].replace("\n", LINE.decode()).replace("\t", "&#9;")
            pieces += (markup[at : begin.end()], kept)
        at = end
    return "".join((*pieces, markup[at:]))


class _Marks(dict[bytes, bytes]):
    """What each different tag becomes, in the order in which they first come."""

    def __init__(self, has_tables: bool) -> None:
        super().__init__()
        self.has_tables = has_tables

    def __missing__(self, written: bytes) -> bytes:
        mark = self[written] = self._read(written)
        return mark

    def _read(self, written: bytes) -> bytes:
        inside = written.decode()
        if (mark := _BARE.get(written)) is not None and (self.has_tables or inside not in _TABLE_MARKS):
            return mark
        if inside[:1] not in _OPENS:
            return b"<" + _collapse_blanks(written) + b">"
        name = inside.split(None, 1)[0]
        if name in _WITH_VALUE and (shown := _SHOWN_VALUE.match(inside, len(name))):
            value = shown[1].encode()
            return _NOTHING + b" " + _NOTHING + value + _NOTHING + b" " + _NOTHING
        if self.has_tables and name in _TABLE_MARKS:
            return LINE + _TABLE_MARKS[name]
        if name in _PARTING or (name == "tspan" and _LINE_OF_DRAWING.match(inside)):
            return LINE
        lowered = inside.lower()
        if "display:" in lowered and inside[0].isalpha() and _SHOWN_AS_BLOCK.search(lowered):
            return LINE
        return _NOTHING


def _collapse_blanks(text: bytes) -> bytes:
    if b"&" in text:
        text = text.replace(b"&nbsp;", b" ")
    text = text.replace(b"\n", b" ").replace(b"\r", b" ").replace(b"\t", b" ").replace(b"\f", b" ")
    return _BLANK_RUN.sub(b" ", text) if b"  " in text else text


def unescape(text: bytes) -> bytes:
    """The entities that writing out a tree leaves; `&amp;` last, so that nothing is decoded twice."""
    if b"&" not in text:
        return text
    return (
        text.replace(b"&nbsp;", b" ")
        .replace(b"&#9;", b"\t")
        .replace(b"&lt;", b"<")
        .replace(b"&gt;", b">")
        .replace(b"&quot;", b'"')
        .replace(b"&amp;", b"&")
    )
