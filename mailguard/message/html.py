"""HTML to text as a reader sees it, and beside it what the reader does not see: attributes, comments, hidden pieces.

lexbor builds the tree as browsers do. It is then written out again, which makes every tag regular (no `<` or `>` within
attributes, every element closed), so that tags can be turned into line breaks and tabs without a parser of our own. A
walk over the nodes in Python takes five times as long.

Format of the main text: a line for each block element; the cells of a table row parted by TAB, rows by line break.
"""

import html as entities
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from selectolax.lexbor import LexborHTMLParser

from mailguard.core.octet_patterns import compile_octets
from mailguard.message.charsets import decode
from mailguard.message.data_uris import DataUri, data_uris
from mailguard.message.html_cost import is_too_tangled
from mailguard.message.layout import lay_out, unroll_tables
from mailguard.message.markup import MARKS, TABLE, Markup, cut_comments, unescape
from mailguard.message.signs import Sign, signs_of
from mailguard.message.table_fragments import complete_tables

_FORGED_MARK = re.compile(r"&#(?:[xX]0*(?:[bBeEfF]|1[c-fC-F])|0*(?:11|14|15|28|29|30|31))(?:;|(?![0-9a-fA-F]))")
_ANY_TAG = re.compile(r"<[a-zA-Z/!?][^<>]*>")
_ATTRIBUTE = re.compile(
    rb" (?:href|src|title|alt|aria-[a-z]+|data-[a-z-]+|value|placeholder|content|cite|summary|label|action)"
    rb'="(?!cid:|data:)([^"]+)"'
)
_VALUE = re.compile(rb'="([^"]*+)"')
_STYLE_SHEET = re.compile(r"<style[^<>]*>(.*?)(?:</style|\Z)", re.IGNORECASE | re.DOTALL)
_FRAME_SOURCE = re.compile(rb' srcdoc="([^"]+)"')
# The look-behind comes after the word: a pattern that begins with a word is searched for ten times as fast.
_STYLED_CONTENT = re.compile(r"""content(?<=[{;\s]content)\s*:\s*(?:"([^"\n]{1,300})"|'([^'\n]{1,300})')""")
_HIDDEN = re.compile(
    r"display:\s*none|visibility:\s*hidden|font-size:\s*0|mso-hide:\s*all|opacity:\s*0[;\"\s]|\shidden(?:[=\s]|$)",
    re.IGNORECASE,
)
_MAY_HIDE = compile_octets(rb"(?i)none|visibility:|font-size: ?0|mso-hide:|opacity:| hidden")
_GLUED = re.compile(r"<([a-z]+)(\s[^<>]*+)>[^<>]*+</\1>(?=[^\s<])", re.IGNORECASE)
_LONGEST = 4_000_000
"""Characters of HTML that are built to a tree; the largest newsletters have a tenth of it."""


@dataclass(slots=True)
class HtmlText:
    """What one HTML text says."""

    text: str
    octets: bytes | None = None
    """The text in UTF-8, where it is at hand."""
    tables: str = ""
    """Its innermost tables as `header: value` lines."""
    extras: list[tuple[str, str]] = field(default_factory=list)
    """Further readings `(name, text)`: `attributes`, `comments`, `visible`, `data`."""
    frames: list[str] = field(default_factory=list)
    """HTML of frames that stands within it."""
    data: list[DataUri] = field(default_factory=list)
    """Files that stand within it: pictures, mostly."""
    tangled: bool = False
    """Too costly to build a tree of: the tags were only cut out."""

    def add_comments(self, read: "HtmlText") -> None:
        """What stands in comments, which some programs show."""
        self.extras.append(("comments", f"{read.text}\n\n{read.tables}" if read.tables else read.text))
        self.frames += read.frames
        self.data += read.data


def read_html(html: str, octets: bytes | None = None, *, inner: bool = False) -> HtmlText:
    """Text, tables and unseen pieces of an HTML text.

    Never raises. `octets`: its UTF-8, where somebody has it. `inner`: a text out of a comment.
    """
    if octets is None:
        octets = html.encode("utf-8", "replace")
    if len(html) > _LONGEST or is_too_tangled(octets):
        return HtmlText(entities.unescape(_ANY_TAG.sub(" ", html)), tangled=True)
    signs = signs_of(octets)
    whole = complete_tables(_FORGED_MARK.sub("", html) if Sign.REFERENCE in signs else html)
    if whole is not html:
        octets = whole.encode("utf-8", "replace")
    parser = LexborHTMLParser(octets.translate(None, MARKS) if Sign.MARK in signs else octets)
    unseen = _linked_data(parser) if Sign.LINKED_DATA in signs and not inner else []
    parser.strip_tags(["script", "style"])
    markup, comments = cut_comments((parser.html or "").encode())
    laid_out = lay_out(markup.marked)
    result = HtmlText(laid_out.decode(), laid_out)
    if TABLE in markup.marked:
        result.tables = unroll_tables(markup.marked)
    result.frames = [unescape(source).decode() for source in dict.fromkeys(_FRAME_SOURCE.findall(markup.tags))]
    result.data = list(dict.fromkeys(_data(markup, html if {Sign.STYLE, Sign.DATA} <= signs else "")))
    if inner:
        return result
    styled = html if {Sign.STYLE, Sign.CONTENT} <= signs else ""
    result.extras = [*_attributes(markup, styled), *unseen]
    texts = [comment.decode() for comment in comments]
    if told := [text for text in texts if any(char.isalnum() for char in text[:2000])]:
        result.add_comments(read_html("\n".join(told), inner=True))
    if (seen := _without_hidden(markup)) is not None:
        result.extras.append(("visible", lay_out(Markup(seen).marked).decode()))
    return result


def looks_like_html(text: str) -> bool:
    """Whether a text that is labelled otherwise is HTML that some program will show as such."""
    head = text[:100_000].lower()
    return any(
        mark in head for mark in ("<html", "<!doctype html", "<body", "<div", "<table", "<span", "<br", "<p>", "</")
    )


def _attributes(markup: Markup, styled: str) -> list[tuple[str, str]]:
    """Values of attributes, and what style sheets (`styled` holds some) have a program show."""
    values = dict.fromkeys(unescape(value).decode() for value in _ATTRIBUTE.findall(markup.tags))
    values.update(dict.fromkeys(one or other for one, other in _STYLED_CONTENT.findall(styled)))
    lines = []
    for value in values:
        lines.append(value)
        if "%" in value and (decoded := decode(unquote_to_bytes(value))) != value:
            lines.append(decoded)
    return [("attributes", "\n".join(lines))] if lines else []


def _data(markup: Markup, styled: str) -> Iterator[DataUri]:
    """Files within attributes and style sheets (`styled` has some), each once."""
    values = dict.fromkeys(_VALUE.findall(markup.tags)) if b"data:" in markup.tags.lower() else ()
    for value in values:
        if b"data:" in value.lower():
            yield from data_uris(unescape(value).decode())
    for sheet in _STYLE_SHEET.findall(styled):
        yield from data_uris(sheet)


def _without_hidden(markup: Markup) -> bytes | None:
    """The source without hidden elements that stand within a word, or None when there is none of them."""
    if not _MAY_HIDE.search(markup.tags):
        return None
    source = markup.source.decode()
    seen = _GLUED.sub(lambda found: "" if _HIDDEN.search(found[2]) else found[0], source)
    return seen.encode() if len(seen) < len(source) else None


def _linked_data(parser: LexborHTMLParser) -> list[tuple[str, str]]:
    """Data for programs (schema.org in JSON-LD), which carries order and booking numbers in the clear."""
    texts = [node.text() for node in parser.css('script[type="application/ld+json"]')]
    return [("data", "\n".join(texts))] if any(texts) else []
