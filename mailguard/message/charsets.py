"""Octets to text: which character set, and what to do when the label lies."""

import codecs
import re
from functools import lru_cache

_ALLOWED = re.compile(
    r"ascii|utf-(7|8|8-sig|16(-[bl]e)?|32(-[bl]e)?)|iso8859-\d+|koi8-[rtu]|kz1048|ptcp154|hp-roman8|tis-620|mac-[a-z]+"
    r"|cp(037|273|437|500|720|737|77\d|8\d\d|9\d\d|1006|1026|1125|1140|125\d)"
    r"|gb2312|gbk|gb18030|hz|big5|big5hkscs|shift_jis\w*|euc_\w+|iso2022_\w+|johab"
)
"""Codecs that are character sets.

Others of Python's would decompress, rotate or, as `punycode`, take quadratic time.
"""

_ALIASES = {
    "unicode-1-1-utf-7": "utf-7",
    "unicode-2-0-utf-7": "utf-7",
    "x-unicode-2-0-utf-7": "utf-7",
    "csunicode11utf7": "utf-7",
    "x-utf-7": "utf-7",
    "unicode-1-1-utf-8": "utf-8",
    "x-unicode20utf8": "utf-8",
    "utf8mb4": "utf-8",
    "iso-10646-ucs-2": "utf-16",
    "ucs-2": "utf-16",
    "unicode": "utf-16",
    "unicodefffe": "utf-16-be",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-6-i": "iso8859-6",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "x-sjis": "cp932",
    "x-gbk": "gbk",
    "x-euc-jp": "euc_jp",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
    "x-mac-ce": "mac-latin2",
    "windows-874": "cp874",
    "ansi": "cp1252",
    "x-ansi": "cp1252",
    "ansi_x3.110-1983": "cp1252",
}
_MISSPELT = re.compile(
    r"utf[-_]?8(?!\d)|8859[-_p ]?(1[0-6]|[1-9])(?!\d)|(?:windows|win|cp|ms|ibm)[-_ ]?(125[0-8]|85[0258]|437)(?!\d)"
)
"""Sets that hold ASCII, and whose names are written in many ways."""
_MEANINGLESS = frozenset(
    {
        "",
        "unknown",
        "unknown-8bit",
        "x-unknown",
        "default",
        "x-user-defined",
        "none",
        "binary",
        "8bit",
        "7bit",
        "auto",
        "default_charset",
    }
)
"""Labels that sloppy programs write and that tell nothing: the octets are looked at instead."""
_STATEFUL = frozenset({"utf-7", "hz"})
_SHIFTED = re.compile(rb"\+[A-Za-z0-9+/]{2,}-?|~\{")
_ESCAPES = re.compile(rb"\x1b[($][@-J(]")
"""Of ISO 2022 (RFC 1468, RFC 2237), which change the character set within a text."""
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
HIGH = bytes(range(0x80, 0x100))
"""The octets that are no ASCII."""
_CONTROLS = bytes(octet for octet in range(32) if octet not in b"\t\n\r")
_POLISH = b"\x9c\xb9\xbf\xea\xb3\x9f\xe6\xf1\xa5\xca\xa3\x8c\x8f\xaf"
_WESTERN = b"\xe4\xf6\xe5\xc4\xd6\xc5\xfc\xdf\xdc\xe9\xe8\xeb"


@lru_cache(maxsize=256)
def codec_of(label: str) -> str | None:
    """Python's name for a charset label (RFC 2978), or None for a label that is no character set known here."""
    name = label.strip().strip("\"'").lower()
    name = _ALIASES.get(name, name)
    if not re.fullmatch(r"[a-z0-9._:+-]{1,40}", name):
        return None
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError, ImportError):
        return None
    return found if _ALLOWED.fullmatch(found) else None


def likely_codec(label: str) -> str | None:
    """The character set that a misspelt label means, such as `utf-8//IGNORE` or `x-windows1252`; None for others."""
    found = _MISSPELT.search(label.lower())
    if found is None:
        return None
    return codec_of(f"iso8859-{found[1]}" if found[1] else f"cp{found[2]}" if found[2] else "utf-8")


def is_meaningless(label: str) -> bool:
    """Whether a label is one of those that say nothing about the octets."""
    return label.strip().lower() in _MEANINGLESS


def decode(data: bytes, label: str = "") -> str:
    """Text of octets: by byte order mark, by the label, else UTF-8, else a windows code page. Never raises."""
    return decode_and_tell(data, label)[0]


def decode_and_tell(data: bytes, label: str = "") -> tuple[str, bool]:
    """The same, and whether the octets are the text's UTF-8: then nobody needs to encode it again."""
    if not label and data.isascii() and b"\0" not in data:
        return data.decode("ascii"), True
    for mark, name in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(name, "replace"), False
    codec = (codec_of(label) or likely_codec(label)) if label else None
    if codec in ("utf-16", "utf-32"):
        codec = _byte_order(data, codec)
    if codec is not None and not codec.startswith("utf-16") and b"\0" in data[:64] and (wide := looks_wide(data)):
        codec = wide
    if codec is None and (wide := looks_wide(data)):
        codec = wide
    if codec is None or codec in ("ascii", "utf-8"):
        return _decode_unlabelled(data)
    if codec == "iso8859-1":
        codec = "cp1252"  # as every mail client does: the C1 controls of ISO 8859-1 are never meant
    return data.decode(codec, "replace"), False


def other_ways(data: bytes, label: str) -> list[tuple[str, str]]:
    """Further readings `(name, text)` of octets whose label one client follows and another does not."""
    codec = codec_of(label) if label else None
    ways = []
    if codec in _STATEFUL or (codec is not None and not codec.startswith("utf-16") and _is_not_ascii_based(codec)):
        ways.append(("ascii", _decode_unlabelled(data)[0]))
    elif codec is None and label and not is_meaningless(label) and _SHIFTED.search(data):
        ways.append(("utf-7", data.decode("utf-7", "replace")))
    elif codec in ("utf-16", "utf-16-le", "utf-16-be") and data.isascii() and b"\0" not in data:
        ways.append(("ascii", data.decode("ascii")))
    if b"\x1b" in data and not (codec or "").startswith(("iso2022", "utf-16", "utf-32")) and _ESCAPES.search(data):
        ways.append(("iso-2022", data.decode("iso2022_jp_ext", "replace")))  # programs tell it by its escapes
    return ways


def way_of_page(data: bytes, label: str, meta: str) -> list[tuple[str, str]]:
    """A further reading of HTML whose `meta` names an encoding of ASCII octets that its label does not; else none."""
    codec = codec_of(meta)
    if codec is None or codec == codec_of(label) or codec.startswith(("utf-16", "utf-32")):
        return []  # a page whose `meta` could be read is in no 16-bit set (HTML, section 13.2.3.2)
    if codec in _STATEFUL or codec.startswith("iso2022") or _is_not_ascii_based(codec):
        return [("page", data.decode(codec, "replace"))]
    return []


def looks_wide(data: bytes) -> str | None:
    """`utf-16-le` or `utf-16-be` when every other octet of the beginning is NUL, as in western text; else None."""
    head = data[:400]
    if len(head) < 4 or b"\0" not in head:
        return None
    for name, letters, zeros in (("utf-16-le", head[0::2], head[1::2]), ("utf-16-be", head[1::2], head[0::2])):
        if zeros.count(0) > 0.7 * len(zeros) and len(letters.translate(None, _CONTROLS)) >= 0.9 * len(letters):
            return name
    return None


@lru_cache(maxsize=128)
def _is_not_ascii_based(codec: str) -> bool:
    """EBCDIC and the like, in which ASCII octets are other letters."""
    return b"Password".decode(codec, "replace") != "Password"


def _byte_order(data: bytes, codec: str) -> str:
    if codec == "utf-32":
        return "utf-32-le" if data[1:4] == b"\0\0\0" else "utf-32-be"
    return looks_wide(data) or "utf-16-be"  # RFC 2781, section 4.3: without a mark, big-endian


def _decode_unlabelled(data: bytes) -> tuple[str, bool]:
    if data.isascii():
        return data.decode("ascii"), True
    try:
        return data.decode("utf-8"), True
    except UnicodeDecodeError:
        pass
    text = data.decode("utf-8", "replace")
    high = len(data) - len(data.translate(None, HIGH))
    if text.count("\ufffd") * 4 < high:
        return text, False  # UTF-8 with a few broken places, such as a cut end
    polish, western = (len(data) - len(data.translate(None, octets)) for octets in (_POLISH, _WESTERN))
    return data.decode("cp1250" if polish > western else "cp1252", "replace"), False
