"""The letter's HTML made harmless: structure without looks, nothing to fetch or follow, and the findings masked.

Three steps. nh3 (an HTML parser that builds what browsers build) reduces the source to some thirty elements. Its output
is cut into tags and texts, and what is shown is written anew: an element by its name alone, everything else escaped as
text. So no attribute of the letter's reaches the page, whatever a parser thinks of it. Between the two the findings are
masked in the texts, across tags and blanks; where one cannot be found, no HTML is shown at all.
"""

import html
import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import nh3
from markupsafe import Markup
from selectolax.lexbor import LexborHTMLParser

from mailguard.cases.finding_parts import part_of
from mailguard.core.part import Letter
from mailguard.core.secret import MASK
from mailguard.desk.display import block
from mailguard.message.html_cost import is_too_tangled
from mailguard.message.normalise import normalise

LONGEST = 400_000
"""Characters of HTML that are shown: a newsletter has a tenth of it."""
_ELEMENTS = frozenset(
    "p div br hr h1 h2 h3 h4 h5 h6 ul ol li dl dt dd blockquote pre code b strong i em u s sub sup small "
    "table caption thead tbody tfoot tr th td".split()
)
_EMPTY = frozenset({"br", "hr"})
_UNSHOWN = {"script", "style", "title", "template", "noscript", "svg", "math", "iframe", "object", "embed", "select"}
"""Removed with what they hold. What a mail program could show of them all the same, the text view has."""
_TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)((?: [a-z]+="[^"]*")*) ?/?>')
_ATTRIBUTE = re.compile(r' ([a-z]+)="([^"]*)"')
_SPAN = re.compile(r"[1-9][0-9]?")
_UNLOCATED = ("#attributes", "#comments", "#data", "#frame")
"""Readings of a part (`message.html`) of things that are never shown here."""
_MOST_DECODINGS = 5
_HIDDEN = MASK * 6


@dataclass(slots=True)
class _Text:
    """A text of the letter's between two tags."""

    text: str
    kind: str = ""
    """`target` of a link, `picture`, or empty for the letter's own words."""


@dataclass(frozen=True, slots=True)
class _Tag:
    markup: str


def html_view(letter: Letter, path: str, source: str, findings: Sequence[dict[str, Any]]) -> Markup | None:
    """The HTML of the part `path`, harmless; None where it cannot be shown with every finding masked.

    The values come out of the letter as it was read; a finding whose value is not known there, and one of this part
    that is not met in the HTML, make it None.
    """
    values: set[str] = set()
    wanted: set[str] = set()
    for finding in findings:
        part = part_of(letter, finding)
        value = _bare(part.text[finding["start"] : finding["end"]]) if part else ""
        if not value:
            return None
        values.add(value)
        if part is not None and _is_shown_here(part.path, path):
            wanted.add(value)
    return mask_html(source, values, wanted)


def mask_html(source: str, values: Set[str], wanted: Set[str] = frozenset()) -> Markup | None:
    """A source made harmless, with every value masked wherever it stands, whatever blanks and tags part its letters.

    `values` and `wanted` without blanks. None where one of `wanted` does not occur, or the source is too large.
    """
    if len(source) > LONGEST or is_too_tangled(source.encode("utf-8", "replace")):
        return None
    pieces = list(_pieces(_reduce(source)))
    hidden = _hide(pieces, values)
    if not wanted <= hidden:
        return None
    shown = Markup("").join(_written(pieces))
    # Read as a browser reads it, with other code than it was written by: a value that shows here stays unshown.
    seen = _bare(LexborHTMLParser(str(shown)).text()) if values else ""
    return None if any(value in seen for value in values) else shown


def _is_shown_here(found: str, path: str) -> bool:
    family, mark, reading = found.partition("#")
    return family == path and (mark + reading).split("~")[0] not in _UNLOCATED


def _bare(text: str) -> str:
    return "".join(normalise(text).split())


def _reduce(source: str) -> str:
    return nh3.clean(
        # Half characters cannot be handed over.
        source.encode("utf-8", "replace").decode(),
        tags=set(_ELEMENTS | {"a", "img"}),
        clean_content_tags=_UNSHOWN,
        attributes={"a": {"href"}, "img": {"alt"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}},
        url_schemes={"http", "https", "mailto", "tel", "ftp"},
        link_rel=None,
        strip_comments=True,
    )


def _pieces(reduced: str) -> Iterator[_Tag | _Text]:
    at, targets = 0, []
    for match in _TAG.finditer(reduced):
        if match.start() > at:
            yield _read_text(reduced[at : match.start()])
        at = match.end()
        ends, name, written = match[1], match[2], match[3]
        attributes = {key: html.unescape(value) for key, value in _ATTRIBUTE.findall(written)}
        if name == "a" and not ends:
            targets.append(attributes.get("href", ""))
        elif name == "a":
            if targets and (target := _target(targets.pop())):
                yield _Text(target, "target")
        elif name == "img":
            yield _Text(normalise(attributes.get("alt", "")).strip(), "picture")
        elif name in _ELEMENTS:
            yield _Tag(_write_tag(name, bool(ends), attributes))
    if at < len(reduced):
        yield _read_text(reduced[at:])


def _read_text(written: str) -> _Text:
    # In the form that the judges read it in: findings are searched for in that.
    return _Text(normalise(html.unescape(written)))


def _write_tag(name: str, ends: bool, attributes: dict[str, str]) -> str:
    if name in _EMPTY:
        return "" if ends else f"<{name}>"
    if ends:
        return f"</{name}>"
    spans = "".join(f' {key}="{value}"' for key, value in attributes.items() if _SPAN.fullmatch(value))
    return f"<{name}{spans}>"


def _target(href: str) -> str:
    """Where a link leads, without its query: that is for programs, and often a login of its own."""
    plain = normalise(href).strip()
    for _ in range(_MOST_DECODINGS):
        decoded = normalise(unquote(plain))
        if decoded == plain:
            break
        plain = decoded
    try:
        url = urlsplit(plain)
    except ValueError:
        return "…"
    if "%" in plain:
        # Encoded more often than anybody does honestly.
        return f"{url.scheme}://{url.hostname or ''}/…"
    rest = "?…" if url.query or url.fragment else ""
    place = f"//{url.netloc.rpartition('@')[2]}" if url.netloc else ""
    scheme = f"{url.scheme}:" if url.scheme else ""
    return f"{scheme}{place}{url.path}{rest}"[:500]


def _hide(pieces: list[_Tag | _Text], values: Set[str]) -> Set[str]:
    """Replace the values in the texts by masks; gives those that were met."""
    texts = [piece for piece in pieces if isinstance(piece, _Text)]
    places = [(index, at) for index, piece in enumerate(texts) for at, ch in enumerate(piece.text) if not ch.isspace()]
    flat = "".join(texts[index].text[at] for index, at in places)
    covered = bytearray(len(flat))
    met: set[str] = set()
    for value in values:
        at = flat.find(value)
        while at >= 0:
            met.add(value)
            covered[at : at + len(value)] = b"\x01" * len(value)
            at = flat.find(value, at + 1)
    masked: dict[int, list[str]] = {}
    for number, (index, at) in enumerate(places):
        if covered[number]:
            letters = masked.setdefault(index, list(texts[index].text))
            # One mask for a run, as long as every other: its length would tell the value's.
            letters[at] = "" if number and covered[number - 1] else _HIDDEN
    for index, letters in masked.items():
        texts[index].text = "".join(letters)
    return met


def _written(pieces: list[_Tag | _Text]) -> Iterator[Markup]:
    for piece in pieces:
        if isinstance(piece, _Tag):
            yield Markup(piece.markup)  # noqa: S704 - made of the names and numbers above
        elif piece.kind == "target":
            yield Markup(' <span class="target">[{}]</span>').format(block(piece.text))
        elif piece.kind == "picture":
            yield Markup('<span class="picture">[{}]</span>').format(block(piece.text or "▨"))
        else:
            letters = piece.text.split(_HIDDEN)
            yield Markup('<span class="mask">{}</span>').format(_HIDDEN).join(block(text) for text in letters)
