"""HTML to text as a reader sees it, and beside it what the reader does not see: attributes, comments, hidden pieces.

lexbor builds the tree as browsers do. It is then written out again, which makes every tag regular (no `<` or `>` within
attributes, every element closed), so that a few linear patterns turn tags into line breaks and tabs. A walk over the
nodes in Python takes five times as long.

Format of the main text: a line for each block element; the cells of a table row parted by TAB, rows by line break.
"""

import base64
import binascii
import html as entities
import re
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from selectolax.lexbor import LexborHTMLParser

from mailguard.message.charsets import decode
from mailguard.message.html_cost import is_too_tangled
from mailguard.message.table_fragments import complete_tables
from mailguard.message.tables import unroll

_TABLE, _TABLE_END, _HEADER, _CELL, _LINE, _ROW = "\x0e", "\x0f", "\x0b", "\x1c", "\x1d", "\x1e"
"""Marks that stand for tags between two passes. Of the letter's own such characters none is left by then."""
_MARKS = b"\x0b\x0e\x0f\x1c\x1d\x1e\x1f"
_FORGED_MARK = re.compile(r"&#(?:[xX]0*(?:[bBeEfF]|1[c-fC-F])|0*(?:11|14|15|28|29|30|31))(?:;|(?![0-9a-fA-F]))")
_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
_PREFORMATTED = re.compile(r"<(pre|textarea|listing|xmp|plaintext)[\s>].*?</\1>", re.DOTALL)
_KEEPS_LINES = re.compile(r"white-space:\s*(?:pre|break)", re.IGNORECASE)
_SHOWN_VALUE = re.compile(r'<(?:img|input|area)\s[^<>]*?(?:alt|value|placeholder)="([^"<>]*)"[^<>]*>')
_SHOWN_AS_BLOCK = re.compile(r"<[a-z][^<>]*display:\s*(?:block|flex|grid|table|list-item)[^<>]*>", re.IGNORECASE)
_BLOCK = re.compile(
    r"</?(?:address|article|aside|blockquote|body|br|caption|center|dd|details|dialog|dir|div|dl|dt|fieldset|figcaption"
    r"|figure|footer|form|h[1-6]|header|hr|html|legend|li|main|menu|nav|ol|optgroup|option|p|pre|section|select|summary"
    r"|textarea|title|ul)(?=[\s>])[^<>]*>"
)
_ANY_TAG = re.compile(r"<[a-zA-Z/!?][^<>]*>")
_BLANK_RUN = re.compile("  +")
_MARKED = re.compile(r"[\x0b\x0e\x0f\x1c-\x1e][ \x0b\x0e\x0f\x1c-\x1e]*")
_INNER_TABLE = re.compile(r"\x0e([^\x0e\x0f]*)\x0f")
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
    if len(html) > _LONGEST or is_too_tangled(html):
        return HtmlText(entities.unescape(_ANY_TAG.sub(" ", html)), tangled=True)
    if "&#" in html:
        html = _FORGED_MARK.sub("", html)
    html = complete_tables(html)
    parser = LexborHTMLParser(html.encode("utf-8", "replace").translate(None, _MARKS))
    unseen = [] if inner else _unseen_by_kind(html, parser)
    parser.strip_tags(["script", "style"])
    markup = parser.html or ""
    comments = _COMMENT.findall(markup) if "<!--" in markup else []
    if comments:
        markup = _COMMENT.sub("", markup)
    result = HtmlText("")
    marked = _mark(markup)
    result.text = _plain(marked)
    if _TABLE in marked:
        result.tables = _unroll_tables(marked)
    if inner:
        return result
    result.extras = [*_attributes(markup, html), *unseen, *_frames_and_comments(markup, comments)]
    lowered = markup.lower()
    if any(mark in lowered for mark in _HIDING_MARKS):
        seen, hidden = _GLUED_HIDDEN.subn("", markup)
        if hidden:
            result.extras.append(("visible", _plain(_mark(seen))))
    return result


def looks_like_html(text: str) -> bool:
    """Whether a text that is labelled otherwise is HTML that some program will show as such."""
    head = text[:100_000].lower()
    return any(
        mark in head for mark in ("<html", "<!doctype html", "<body", "<div", "<table", "<span", "<br", "<p>", "</")
    )


def _mark(markup: str) -> str:
    """Tags to marks, entities to characters, blanks collapsed as a browser does."""
    if "<pre" in markup or "<textarea" in markup or "<listing" in markup or "<xmp" in markup or "<plaintext" in markup:
        markup = _PREFORMATTED.sub(lambda match: match.group().replace("\n", _LINE).replace("\t", "&#9;"), markup)
    if "white-space" in markup and _KEEPS_LINES.search(markup):
        markup = markup.replace("\n", _LINE)
    markup = markup.replace("&nbsp;", " ").replace("\n", " ").replace("\r", " ").replace("\t", " ").replace("\f", " ")
    markup = _BLANK_RUN.sub(" ", markup)
    if "<img " in markup or "<input " in markup or "<area " in markup:
        markup = _SHOWN_VALUE.sub(r" \1 ", markup)
    if "<table" in markup:
        markup = re.sub(r"<table(?=[\s>])[^<>]*>", _TABLE, markup).replace("</table>", _TABLE_END)
        markup = re.sub(r"<tr(?=[\s>])[^<>]*>", _ROW, markup)
        markup = re.sub(r"<td(?=[\s>])[^<>]*>", _CELL, markup)
        markup = re.sub(r"<th(?=[\s>])[^<>]*>", _CELL + _HEADER, markup)
    if "display:" in markup:
        markup = _SHOWN_AS_BLOCK.sub(_LINE, markup)
    return _unescape(_ANY_TAG.sub("", _BLOCK.sub(_LINE, markup)))


def _plain(marked: str) -> str:
    """Marks to line breaks and tabs."""
    known: dict[str, str] = {}

    def shown(match: re.Match[str]) -> str:
        run = match.group()
        if (text := known.get(run)) is None:
            text = known[run] = _separator(run)
        return text

    # The blank before a mark: in the pattern it would make the search try at every character.
    for mark in (_TABLE, _TABLE_END, _HEADER, _CELL, _LINE, _ROW):
        marked = marked.replace(" " + mark, mark)
    return _MARKED.sub(shown, marked).strip("\n ")


def _separator(run: str) -> str:
    """What a run of marks shows as: a new row or table begins a line, a cell is a tab; empty cells keep the
    columns in step."""
    cut = max(run.rfind(_ROW), run.rfind(_TABLE), run.rfind(_TABLE_END))
    if cut >= 0:
        return "\n" + "\t" * (run[cut:].count(_CELL) - 1)
    cells = run.count(_CELL)
    return "\t" * cells if cells else "\n"


def _unroll_tables(marked: str) -> str:
    unrolled = []
    for match in _INNER_TABLE.finditer(marked):
        written = match.group(1).split(_ROW)[1:]
        if all(row.count(_CELL) < 2 for row in written):
            continue  # one cell a row: a table for layout, whose long texts need not be split
        rows, headed = [], False
        for index, row in enumerate(written):
            cells = row.split(_CELL)[1:]
            if index == 0:
                headed = len(cells) > 1 and all(cell.startswith(_HEADER) for cell in cells)
            rows.append([" ".join(cell.split()) for cell in cells])  # marks are blanks to `split`
        if lines := unroll(rows, headed):
            unrolled.append(lines)
    return "\n\n".join(unrolled)


def _unescape(text: str) -> str:
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


def _attributes(markup: str, html: str) -> list[tuple[str, str]]:
    values = dict.fromkeys(_unescape(value) for value in _ATTRIBUTE.findall(markup)[:_MOST_ATTRIBUTES])
    if "<style" in html and "content" in html:
        values.update(dict.fromkeys(one or other for one, other in _STYLED_CONTENT.findall(html)[:100]))
    lines = []
    for value in values:
        lines.append(value)
        if "%" in value and (decoded := decode(unquote_to_bytes(value))) != value:
            lines.append(decoded)
    return [("attributes", "\n".join(lines))] if lines else []


def _frames_and_comments(markup: str, comments: list[str]) -> list[tuple[str, str]]:
    extras = []
    spoken = [comment for comment in comments if any(char.isalnum() for char in comment[:2000])]
    if spoken:
        read = read_html("\n".join(spoken), inner=True)
        extras.append(("comments", f"{read.text}\n\n{read.tables}" if read.tables else read.text))
    for source in _FRAME_SOURCE.findall(markup)[:_MOST_EMBEDDED]:
        extras.append(("frame", read_html(_unescape(source), inner=True).text))
    for label, content in _DATA_URI.findall(markup)[:_MOST_EMBEDDED]:
        octets = unquote_to_bytes(_unescape(content))
        if label.lower().endswith(";base64"):
            try:
                octets = base64.b64decode(octets.rstrip(b"=") + b"==")
            except (binascii.Error, ValueError):
                continue
        extras.append(("data", read_html(decode(octets), inner=True).text))
    return extras


def _unseen_by_kind(html: str, parser: LexborHTMLParser) -> list[tuple[str, str]]:
    """Data for programs (schema.org in JSON-LD), which carries order and booking numbers in the clear."""
    if "ld+json" not in html:
        return []
    texts = [node.text() for node in parser.css('script[type="application/ld+json"]')[:20]]
    return [("data", "\n".join(texts))] if any(texts) else []
