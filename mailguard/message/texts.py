"""A text part, whatever its subtype: decoded, unfolded, unrolled, and with all that is wrapped up in it."""

import re
from collections.abc import Set
from dataclasses import replace

from mailguard.core.part import PartRole
from mailguard.message.blob import Blob, Descend
from mailguard.message.charsets import (
    codec_of,
    decode,
    decode_and_tell,
    is_meaningless,
    likely_codec,
    other_ways,
    way_of_page,
)
from mailguard.message.delimited import unroll_delimited
from mailguard.message.gathering import Gathering
from mailguard.message.html import looks_like_html, read_html
from mailguard.message.parameters import read_parameters
from mailguard.message.second_look import TooManyFinds, second_look
from mailguard.message.signs import ENCODINGS, Sign, signs_of
from mailguard.message.transfer import MOST_FILES, uuencoded_files, yencoded_files

_ARMOUR = re.compile(r"^[> ]{0,8}-----BEGIN PGP MESSAGE-----", re.MULTILINE)
_BINHEX = re.compile(r"^\(This file must be converted with BinHex 4\.0\)\s*:", re.MULTILINE)
"""RFC 1741, section 4."""
_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)
_TABLE_NAMES = frozenset({"csv", "tsv", "tab"})
_MARKUP_TYPES = frozenset({"text/html", "application/xhtml+xml", "text/xml", "application/xml", "image/svg+xml"})
_MARKUP_NAMES = frozenset({"html", "htm", "xhtml", "shtml", "mht", "xml", "svg"})
_CALENDAR_NAMES = frozenset({"ics", "vcf", "vcs", "ifb"})
_CALENDAR_TYPES = frozenset({"text/calendar", "text/vcard", "text/x-vcard", "text/directory"})
_FOLDED = re.compile(rb"\n[ \t]")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")


def read_text(blob: Blob, into: Gathering, descend: Descend) -> None:
    """Every reading of a text part: its characters, its HTML, its table, its calendar lines, and files encoded
    within it. Raises BudgetSpent."""
    is_html = _is_html(blob)
    label = _label_of(blob, is_html)
    if label and not (blob.data.isascii() or codec_of(label) or likely_codec(label) or is_meaningless(label)):
        into.unreadable(blob.path, "its character set is unknown")
    text, is_utf8 = decode_and_tell(blob.data, label)
    octets = blob.data if is_utf8 else None
    signs = signs_of(blob.data)
    if is_html:
        _read_markup(blob, text, into, descend, _path_of_html(blob), octets)
    else:
        _read_plain(blob, text, into, descend, octets)
    ways = other_ways(blob.data, label)
    if is_html and (meta := _meta_of(blob.data)) and meta != label:
        ways += way_of_page(blob.data, label, meta)
    for name, other in ways:
        into.add(
            f"{blob.path}#{name}",
            blob.role,
            read_html(other).text if is_html else other,
            blob.media_type,
            blob.file_name,
        )
    if (octets is None or Sign.BINHEX in signs) and "BinHex 4.0)" in text and _BINHEX.search(text):
        into.unreadable(blob.path, "the text holds a file in BinHex")
    if (octets is None or Sign.ARMOUR in signs) and "-----BEGIN PGP MESSAGE-----" in text and _ARMOUR.search(text):
        into.trouble("encrypted", blob.path, "the text holds a message encrypted with PGP")
    _read_wrapped(blob, signs, into, descend)


def html_of(blob: Blob) -> tuple[str, str] | None:
    """Path and source of what mail programs show as HTML; None for any other text."""
    if not _is_html(blob):
        return None
    return _path_of_html(blob), decode(blob.data, _label_of(blob, is_html=True))


def _is_html(blob: Blob) -> bool:
    return blob.media_type in ("text/html", "application/xhtml+xml") or blob.extension in ("html", "htm")


def _label_of(blob: Blob, is_html: bool) -> str:
    label = blob.parameters.get("charset", "")
    return label or (_meta_of(blob.data) if is_html else "")


def _meta_of(data: bytes) -> str:
    """The character set that a page names itself, where the label of its part says none; empty for none."""
    head = data[:4000].lower()
    meta = _META_CHARSET.search(data, 0, 4000) if b"<meta" in head and b"charset" in head else None
    return meta.group(1).decode("ascii") if meta else ""


def _path_of_html(blob: Blob) -> str:
    return f"{blob.path}.html" if blob.path.startswith(("body.", "raw.")) else blob.path


def _read_plain(blob: Blob, written: str, into: Gathering, descend: Descend, octets: bytes | None) -> None:
    text = written
    if blob.parameters.get("format", "").lower() == "flowed":
        text = unflow(text, blob.parameters.get("delsp", "").lower() == "yes")
    if _is_calendar(blob):
        text = _unfold_calendar(text)
    elif "\\u" in text and (blob.extension == "json" or blob.media_type == "application/json"):
        text = _ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), text)
    octets = octets if text is written else None
    into.add(blob.path, blob.role, text, blob.media_type, blob.file_name, octets)
    if (
        blob.extension in _TABLE_NAMES
        or blob.media_type in ("text/csv", "text/tab-separated-values")
        or (blob.extension == "txt" and blob.role is PartRole.ATTACHMENT)
    ):
        into.add(f"{blob.path}#table", blob.role, unroll_delimited(text), blob.media_type, blob.file_name)
    if "<" in text and (blob.media_type in _MARKUP_TYPES or blob.extension in _MARKUP_NAMES or looks_like_html(text)):
        _read_markup(blob, text, into, descend, f"{blob.path}#html", octets)


def _read_markup(blob: Blob, html: str, into: Gathering, descend: Descend, path: str, octets: bytes | None) -> None:
    read = read_html(html, octets)
    into.add(path, blob.role, read.text, "text/html", blob.file_name, read.octets)
    if read.tables:
        into.add(f"{path}#table", blob.role, read.tables, "text/html", blob.file_name)
    for name, extra in read.extras:
        into.add(f"{path}#{name}", blob.role, extra, "text/html", blob.file_name)
    if read.tangled:
        into.unreadable(path, "its HTML is too tangled to be read for certain")
    for frame in read.frames:
        descend(_within(blob, frame.encode("utf-8", "surrogatepass"), "text/html", into))
    for each in read.data:
        descend(_within(blob, each.data, each.media_type, into))


def _within(blob: Blob, data: bytes, label: str, into: Gathering) -> Blob:
    """A frame or file that stands in a page. Raises BudgetSpent."""
    into.meter.enter_section()
    into.meter.expand(len(data))
    said = read_parameters(label)
    inner = blob.inside(into.within(blob.path), data, None, said.value or "text/plain")
    return replace(inner, parameters=said.values)


def _read_wrapped(blob: Blob, signs: Set[Sign], into: Gathering, descend: Descend) -> None:
    """Files that a text carries in uuencode or yEnc, and what a second look finds. Raises BudgetSpent."""
    data = blob.data
    if b"\r" in data:  # what came out of base64 has line ends of its own, and its encoded lines end in them
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if _is_calendar(blob):
        data = _FOLDED.sub(b"", data)
    signs = (signs if data is blob.data else signs_of(data)) & ENCODINGS
    if not signs:
        return
    files = uuencoded_files(data) if Sign.UUENCODE in signs else []
    if Sign.YENC in signs:
        files += yencoded_files(data)
    for name, octets in files:
        into.meter.expand(len(octets))
        descend(blob.inside(into.within(blob.path), octets, name or None))
    if len(files) >= MOST_FILES:
        into.unreadable(blob.path, f"the text holds more than {MOST_FILES} encoded files")
    try:
        finds = second_look(data, signs)
    except TooManyFinds:
        finds = []
        into.unreadable(blob.path, "the text holds too many encoded pieces")
    for found in finds:
        into.meter.expand(len(found))
        descend(blob.inside(into.next_raw(), found))


def unflow(text: str, delete_space: bool) -> str:
    """Join the soft-broken lines of `format=flowed` (RFC 3676): a line that ends in a space goes on, at the same
    quote depth."""
    lines: list[list[str]] = []
    open_depth: int | None = None
    for line in text.replace("\r\n", "\n").split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        content = content.removeprefix(" ")
        flows = content.endswith(" ") and content != "-- "
        shown = content[:-1] if flows and delete_space else content
        if open_depth == depth and content != "-- ":
            lines[-1].append(shown)
        else:
            lines.append([">" * depth + (" " if depth else "") + shown])
        open_depth = depth if flows else None
    return "\n".join("".join(pieces) for pieces in lines)


def _is_calendar(blob: Blob) -> bool:
    return blob.media_type in _CALENDAR_TYPES or blob.extension in _CALENDAR_NAMES


def _unfold_calendar(text: str) -> str:
    """iCalendar and vCard content lines (RFC 5545, section 3.1 and 3.3.11): folds joined, escaped line breaks and
    commas restored."""
    text = re.sub(r"\r?\n[ \t]|\r[ \t]", "", text)
    return text.replace("\\n", "\n").replace("\\N", "\n").replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\")
