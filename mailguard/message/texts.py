"""A text part, whatever its subtype: decoded, unfolded, unrolled, and with all that is wrapped up in it."""

import re

from mailguard.core.part import PartRole
from mailguard.message.blob import Blob, Descend
from mailguard.message.charsets import codec_of, decode, is_meaningless, other_ways
from mailguard.message.delimited import unroll_delimited
from mailguard.message.gathering import Gathering
from mailguard.message.html import looks_like_html, read_html
from mailguard.message.second_look import TooManyFinds, second_look
from mailguard.message.signs import Sign, signs_of
from mailguard.message.transfer import MOST_FILES, uuencoded_files, yencoded_files

_ARMOUR = re.compile(r"^[> ]{0,8}-----BEGIN PGP MESSAGE-----", re.MULTILINE)
_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)
_TABLE_NAMES = frozenset({"csv", "tsv", "tab"})
_MARKUP_TYPES = frozenset({"text/html", "application/xhtml+xml", "text/xml", "application/xml", "image/svg+xml"})
_MARKUP_NAMES = frozenset({"html", "htm", "xhtml", "shtml", "mht", "xml", "svg"})
_CALENDAR_NAMES = frozenset({"ics", "vcf", "vcs", "ifb"})
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")


def read_text(blob: Blob, into: Gathering, descend: Descend) -> None:
    """Every reading of a text part: its characters, its HTML, its table, its calendar lines, and files encoded
    within it. Raises BudgetSpent."""
    label = blob.parameters.get("charset", "")
    is_html = blob.media_type in ("text/html", "application/xhtml+xml") or blob.extension in ("html", "htm")
    if not label and is_html and (meta := _META_CHARSET.search(blob.data, 0, 4000)):
        label = meta.group(1).decode("ascii")
    if label and codec_of(label) is None and not is_meaningless(label) and not blob.data.isascii():
        into.unreadable(blob.path, "its character set is unknown")
    text = decode(blob.data, label)
    if is_html:
        _read_markup(
            blob, text, into, path=f"{blob.path}.html" if blob.path.startswith(("body.", "raw.")) else blob.path
        )
    else:
        _read_plain(blob, text, into)
    for name, other in other_ways(blob.data, label):
        into.add(
            f"{blob.path}#{name}",
            blob.role,
            read_html(other).text if is_html else other,
            blob.media_type,
            blob.file_name,
        )
    if "-----BEGIN PGP MESSAGE-----" in text and _ARMOUR.search(text):
        into.trouble("encrypted", blob.path, "the text holds a message encrypted with PGP")
    read_wrapped(blob, into, descend)


def _read_plain(blob: Blob, text: str, into: Gathering) -> None:
    if blob.parameters.get("format", "").lower() == "flowed":
        text = unflow(text, blob.parameters.get("delsp", "").lower() == "yes")
    if blob.media_type == "text/calendar" or blob.extension in _CALENDAR_NAMES:
        text = _unfold_calendar(text)
    elif "\\u" in text and (blob.extension == "json" or blob.media_type == "application/json"):
        text = _ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), text)
    into.add(blob.path, blob.role, text, blob.media_type, blob.file_name)
    if (
        blob.extension in _TABLE_NAMES
        or blob.media_type in ("text/csv", "text/tab-separated-values")
        or (blob.extension == "txt" and blob.role is PartRole.ATTACHMENT)
    ):
        into.add(f"{blob.path}#table", blob.role, unroll_delimited(text), blob.media_type, blob.file_name)
    if "<" in text and (blob.media_type in _MARKUP_TYPES or blob.extension in _MARKUP_NAMES or looks_like_html(text)):
        _read_markup(blob, text, into, path=f"{blob.path}#html")


def _read_markup(blob: Blob, html: str, into: Gathering, path: str) -> None:
    read = read_html(html)
    into.add(path, blob.role, read.text, "text/html", blob.file_name)
    if read.tables:
        into.add(f"{path}#table", blob.role, read.tables, "text/html", blob.file_name)
    for name, extra in read.extras:
        into.add(f"{path}#{name}", blob.role, extra, "text/html", blob.file_name)
    if read.tangled:
        into.unreadable(path, "its HTML is too tangled to be read for certain")


def read_wrapped(blob: Blob, into: Gathering, descend: Descend) -> None:
    """Files that a text carries in uuencode or yEnc, and what a second look finds. Raises BudgetSpent."""
    signs = signs_of(blob.data)
    if not signs:
        return
    files = uuencoded_files(blob.data) if Sign.UUENCODE in signs else []
    if Sign.YENC in signs:
        files += yencoded_files(blob.data)
    for name, data in files:
        into.meter.expand(len(data))
        descend(blob.inside(f"{blob.path}/{name or 'file'}", data, name or None))
    if len(files) >= MOST_FILES:
        into.unreadable(blob.path, f"the text holds more than {MOST_FILES} encoded files")
    try:
        finds = second_look(blob.data, signs)
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


def _unfold_calendar(text: str) -> str:
    """iCalendar and vCard content lines (RFC 5545, section 3.1 and 3.3.11): folds joined, escaped line breaks and
    commas restored."""
    text = re.sub(r"\r?\n[ \t]", "", text)
    return text.replace("\\n", "\n").replace("\\N", "\n").replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\")
