"""Content-Type and Content-Disposition: a value with parameters (RFC 2045 section 5, RFC 2231), and every way of
reading a crooked one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter
from urllib.parse import unquote_to_bytes

from mailguard.message.charsets import decode
from mailguard.message.headers import decode_words

_PARAMETER = re.compile(r';[\s;]{0,200}+([^\s=;"]{1,60})\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)', re.DOTALL)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_QUOTING = str.maketrans("", "", '"\\')
_COMMENT = re.compile(r"\([^()]{0,500}\)")
_TYPE = re.compile(r"([A-Za-z0-9!#$&^_.+-]+)/([A-Za-z0-9!#$&^_.+-]+)\s*(?=;|$)")
_LOOSE_TYPE = re.compile(r"(?<![a-z0-9.+-])([a-z0-9.+-]++)\s*+/\s*+([a-z0-9.+-]++)")
_CLEAN_BOUNDARY = re.compile(r';\s*boundary\s*=\s*("[^"\\\n]+"|[^\s;"()\\,]+)\s*(?:;|$)', re.IGNORECASE)
LONGEST = 4000
"""Characters of a value that are looked at; parameters of ordinary mail take a few hundred."""
_NAMED_BOUNDARY = re.compile(r"boundary[^=;]{0,20}=", re.IGNORECASE)
_NAIVE_BOUNDARY = re.compile(r"boundary[^=;]{0,20}=\s*", re.IGNORECASE)
_ENCODED_WORD = re.compile(r"=\?[^?]{1,40}\?[bq]\?", re.IGNORECASE)
_CONTINUED = re.compile(r"(.+?)\*(\d+)?(\*)?")


@dataclass(frozen=True, slots=True)
class Parameters:
    """A value such as `text/plain` and its parameters; names in lower case, the first of a name wins."""

    value: str
    values: Mapping[str, str]
    every: Mapping[str, list[str]] = field(default_factory=dict)
    """All values of each name, for names that are repeated."""
    odd: bool = False
    """The value is not of the form that all programs read alike."""

    def get(self, name: str) -> str | None:
        """A parameter by its name, or None."""
        return self.values.get(name)

    @property
    def main_type(self) -> str:
        """`text` of `text/plain`."""
        return self.value.partition("/")[0]


def read_parameters(text: str) -> Parameters:
    """Read a structured value. Comments are dropped, quotes taken off, RFC 2231 continuations joined. Never raises."""
    head, _, rest = text[:LONGEST].partition(";")
    value = _COMMENT.sub("", head).strip().lower()
    found: dict[str, list[str]] = {}
    for match in _PARAMETER.finditer(";" + rest) if rest else ():
        found.setdefault(match.group(1).lower(), []).append(_take_off_quotes(match.group(2)))
    if any("*" in name for name in found):
        found = _join_continued(found)
    return Parameters(
        value, {name: values[0] for name, values in found.items()}, found, "(" in head or len(text) > LONGEST
    )


def other_readings(text: str) -> list[str]:
    """What else some program makes of the parameters; nothing for ordinary ones.

    Words behind a quotation mark or a semicolon that should have been quoted, and comments within a word, belong to the
    file name for some; so do pieces that stand in another order than their numbers.
    """
    rest = text[:LONGEST].partition(";")[2]
    if not rest:
        return []
    matches = list(_PARAMETER.finditer(";" + rest))
    readings = []
    if "(" in _QUOTED.sub("", rest) or _PARAMETER.sub("", ";" + rest).strip("; \t\r\n"):
        readings.append(_COMMENT.sub("", rest).translate(_QUOTING))
    pieces = [(int(number[2] or 0), match[2]) for match in matches if (number := _CONTINUED.fullmatch(match[1]))]
    if pieces != sorted(pieces, key=itemgetter(0)):
        readings.append("".join(_take_off_quotes(value) for _, value in pieces))
    return readings


@lru_cache(maxsize=256)
def read_content_type(text: str) -> Parameters:
    """Like `read_parameters`, with `odd` for a type that is no `type/subtype`."""
    parameters = read_parameters(text)
    match = _TYPE.match(text.strip())
    if match:
        return Parameters(f"{match[1]}/{match[2]}".lower(), parameters.values, parameters.every, parameters.odd)
    loose = _LOOSE_TYPE.search(parameters.value)
    value = f"{loose[1]}/{loose[2]}" if loose else parameters.value
    return Parameters(value, parameters.values, parameters.every, bool(text.strip()))


def boundaries(text: str) -> tuple[list[str], bool]:
    """Every boundary that some program reads out of a Content-Type value, likeliest first, and whether all read
    the same."""
    text = text[:LONGEST]
    clean = _CLEAN_BOUNDARY.search(text)
    others = _NAMED_BOUNDARY.search(text[: clean.start()] + text[clean.end(1) :]) if clean else None
    if clean and not others and not _ENCODED_WORD.search(clean.group(1)):
        return [_take_off_quotes(clean.group(1))], True
    candidates = []
    parameters = read_parameters(text)
    if (value := parameters.get("boundary")) is not None:
        candidates += [value, _COMMENT.sub("", value).strip()]
    for match in _NAIVE_BOUNDARY.finditer(text):
        tail = text[match.end() : match.end() + 300]
        bare = tail.split(";")[0].strip()
        quoted = tail[1:].split('"')[0] if tail.startswith('"') else bare
        for form in (
            quoted,
            bare.strip('"'),
            bare,
            re.split(r"[\s;,]", tail)[0],
            bare.strip("'"),
            bare.replace("\\", "").strip('"'),
        ):
            candidates += [form, _COMMENT.sub("", form).strip(), decode_words(form)]
    unique = list(dict.fromkeys(form for form in candidates if form and len(form) <= 300))
    return unique[:12], False


def _take_off_quotes(value: str) -> str:
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = value[1:-1]
        return re.sub(r"\\(.)", r"\1", value, flags=re.DOTALL) if "\\" in value else value
    return value.strip('"')


def _join_continued(found: dict[str, list[str]]) -> dict[str, list[str]]:
    """RFC 2231: `name*0`, `name*1*` ... in order; `name*=charset'language'percent-encoded`."""
    joined = {name: values for name, values in found.items() if "*" not in name}
    pieces: dict[str, list[tuple[int, bool, str]]] = {}
    for name, values in found.items():
        match = _CONTINUED.fullmatch(name) if "*" in name else None
        if match:
            pieces.setdefault(match[1], []).extend(
                (int(match[2] or 0), bool(match[3]) or match[2] is None, value) for value in values
            )
    for name, numbered in pieces.items():
        numbered.sort(key=lambda piece: piece[0])
        label, octets = "", b""
        for index, (_, encoded, value) in enumerate(numbered):
            if encoded and index == 0 and value.count("'") >= 2:
                label, _, value = value.split("'", 2)
            octets += unquote_to_bytes(value) if encoded else value.encode("utf-8", "replace")
        joined.setdefault(name, []).insert(0, decode(octets, label))
    return joined
