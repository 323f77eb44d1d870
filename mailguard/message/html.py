"""HTML to text as a reader sees it, and beside it what the reader does not see: attributes, comments, hidden pieces.

lexbor builds the tree as browsers do. It is then written out again, which makes every tag regular (no `<` or `>` within
attributes, every element closed), so that tags can be turned into line breaks and tabs without a parser of our own. A
walk over the nodes in Python takes five times as long.

Format of the main text: a line for each block element; the cells of a table row parted by TAB, rows by line break.
"""

import base64
import binascii
import html as entities
import re
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from selectolax.lexbor import LexborHTMLParser

from mailguard.message.charsets import decode
from mailguard.message.html_cost import is_too_tangled
from mailguard.message.markup import CELL, HEADER, LINE, MARKS, ROW, TABLE, TABLE_END, Markup, unescape
from mailguard.message.table_fragments import complete_tables
from mailguard.message.tables import unroll

_FORGED_MARK = re.compile(r"&#(?:[xX]0*(?:[bBeEfF]|1[c-fC-F])|0*(?:11|14|15|28|29|30|31))(?:;|(?![0-9a-fA-F]))")
_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
_ANY_TAG = re.compile(r"<[a-zA-Z/!?][^<>]*>")
_RUN = re.compile(rf"({LINE}[ \x0b\x0e\x0f\x1c-\x1e]*)")
"""Marks that follow each other. Every mark but LINE has one before it."""
_ATTRIBUTE = re.compile(
    r" (?:href|src|title|alt|aria-[a-z]+|data-[a-z-]+|value|placeholder|content|cite|summary|label|action)"
    r'="(?!cid:|data:)([^"]+)"'
)
_DATA_URI = re.compile(r'="data:((?:text/|application/(?:json|xml|xhtml))[^",]{0,100}),([^"]+)"', re.IGNORECASE)
_FRAME_SOURCE = re.compile(r' srcdoc="([^"]+)"')
# The look-behind comes after the word: a pattern that begins with a word is searched for ten times as fast.
_STYLED_CONTENT = re.compile(r"""content(?<=[{;\s]content)\s*:\s*(?:"([^"\n]{1,300})"|'([^'\n]{1,300})')""")
_HIDDEN = r"(?:display:\s*none|visibility:\s*hidden|font-size:\s*0|mso-hide:\s*all|opacity:\s*0[;\"\s]|\shidden[=\s>])"
_HIDING_MARKS = ("none", "visibility:", "font-size:0", "font-size: 0", "mso-hide:", "opacity:", " hidden")
_GLUED_HIDDEN = re.compile(rf"<([a-z]+)\s[^<>]*{_HIDDEN}[^<>]*>[^<>]*</\1>(?=[^\s<])", re.IGNORECASE)
_LONGEST = 4_000_000
"""Characters of HTML that are built to a tree; the largest newsletters have a tenth of it."""
_MOST_EMBEDDED = 20
_MOST_ATTRIBUTES = 2000


@dataclass(slots=True)
class HtmlText:
    """What one HTML text says."""

    text: str
    tables: str = ""
    """Its innermost tables as `header: value` lines."""
    extras: list[tuple[str, str]] = field(default_factory=list)
    """Further readings `(name, text)`: `attributes`, `comments`, `visible`, `data`."""
    tangled: bool = False
    """Too costly to build a tree of: the tags were only cut out."""


def read_html(html: str, inner: bool = False) -> HtmlText:
    """Text, tables and unseen pieces of an HTML text.

    Never raises. `inner`: a text out of a comment or frame, whose own are left.
    """
    octets = html.encode("utf-8", "replace")
    if len(html) > _LONGEST or is_too_tangled(octets):
        return HtmlText(entities.unescape(_ANY_TAG.sub(" ", html)), tangled=True)
    whole = complete_tables(_FORGED_MARK.sub("", html) if "&#" in html else html)
    if whole is not html:
        octets = whole.encode("utf-8", "replace")
    parser = LexborHTMLParser(octets.translate(None, MARKS))
    unseen = [] if inner else _unseen_by_kind(html, parser)
    parser.strip_tags(["script", "style"])
    source = parser.html or ""
    comments = _COMMENT.findall(source) if "<!--" in source else []
    if comments:
        source = _COMMENT.sub("", source)
    markup = Markup(source)
    result = HtmlText(_plain(markup.marked))
    if TABLE in markup.marked:
        result.tables = _unroll_tables(markup.marked)
    if inner:
        return result
    result.extras = [*_attributes(markup, html), *unseen, *_frames_and_comments(markup, comments)]
    if (seen := _without_hidden(markup)) is not None:
        result.extras.append(("visible", _plain(Markup(seen).marked)))
    return result


def looks_like_html(text: str) -> bool:
    """Whether a text that is labelled otherwise is HTML that some program will show as such."""
    head = text[:100_000].lower()
    return any(
        mark in head for mark in ("<html", "<!doctype html", "<body", "<div", "<table", "<span", "<br", "<p>", "</")
    )


def _plain(marked: str) -> str:
    """Marks to line breaks and tabs."""
    # The blank before a mark: in the pattern it would make the search try at every blank.
    pieces = _RUN.split(marked.replace(" " + LINE, LINE))
    pieces[1::2] = map(_separator, pieces[1::2])
    return "".join(pieces).strip("\n ")


@lru_cache(maxsize=256)
def _separator(run: str) -> str:
    """What a run of marks shows as: a new row or table begins a line, a cell is a tab; empty cells keep the
    columns in step."""
    cut = max(run.rfind(ROW), run.rfind(TABLE), run.rfind(TABLE_END))
    if cut >= 0:
        return "\n" + "\t" * (run[cut:].count(CELL) - 1)
    cells = run.count(CELL)
    return "\t" * cells if cells else "\n"


def _unroll_tables(marked: str) -> str:
    unrolled = []
    for innermost in marked.split(TABLE)[1:]:
        table, ends, _ = innermost.partition(TABLE_END)
        written = table.split(ROW)[1:] if ends else []
        if all(row.count(CELL) < 2 for row in written):
            continue  # one cell a row: a table for layout, whose long texts need not be split
        rows, headed = [], False
        for index, row in enumerate(written):
            cells = row.split(CELL)[1:]
            if index == 0:
                headed = len(cells) > 1 and all(cell.startswith(HEADER) for cell in cells)
            rows.append([" ".join(cell.split()) for cell in cells])  # marks are blanks to `split`
        if lines := unroll(rows, headed):
            unrolled.append(lines)
    return "\n\n".join(unrolled)


def _attributes(markup: Markup, html: str) -> list[tuple[str, str]]:
    values = dict.fromkeys(unescape(value) for value in _ATTRIBUTE.findall(markup.tags)[:_MOST_ATTRIBUTES])
    if "<style" in html and "content" in html:
        values.update(dict.fromkeys(one or other for one, other in _STYLED_CONTENT.findall(html)[:100]))
    lines = []
    for value in values:
        lines.append(value)
        if "%" in value and (decoded := decode(unquote_to_bytes(value))) != value:
            lines.append(decoded)
    return [("attributes", "\n".join(lines))] if lines else []


def _frames_and_comments(markup: Markup, comments: list[str]) -> list[tuple[str, str]]:
    extras = []
    tags = markup.tags
    spoken = [comment for comment in comments if any(char.isalnum() for char in comment[:2000])]
    if spoken:
        read = read_html("\n".join(spoken), inner=True)
        extras.append(("comments", f"{read.text}\n\n{read.tables}" if read.tables else read.text))
    for source in _FRAME_SOURCE.findall(tags)[:_MOST_EMBEDDED]:
        extras.append(("frame", read_html(unescape(source), inner=True).text))
    for label, content in _DATA_URI.findall(tags)[:_MOST_EMBEDDED]:
        octets = unquote_to_bytes(unescape(content))
        if label.lower().endswith(";base64"):
            try:
                octets = base64.b64decode(octets.rstrip(b"=") + b"==")
            except (binascii.Error, ValueError):
                continue
        extras.append(("data", read_html(decode(octets), inner=True).text))
    return extras


def _without_hidden(markup: Markup) -> str | None:
    """The source without hidden elements that stand within a word, or None when there is none of them."""
    tags = markup.tags.lower()
    if not any(mark in tags for mark in _HIDING_MARKS):
        return None
    seen, hidden = _GLUED_HIDDEN.subn("", markup.source)
    return seen if hidden else None


def _unseen_by_kind(html: str, parser: LexborHTMLParser) -> list[tuple[str, str]]:
    """Data for programs (schema.org in JSON-LD), which carries order and booking numbers in the clear."""
    if "ld+json" not in html:
        return []
    texts = [node.text() for node in parser.css('script[type="application/ld+json"]')[:20]]
    return [("data", "\n".join(texts))] if any(texts) else []
