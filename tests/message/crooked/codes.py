"""Ways to encode octets that some program decodes: base64, quoted-printable, uuencode, yEnc; faultless and broken."""

import binascii
import gzip
import re
from base64 import b64encode
from collections.abc import Callable
from functools import partial
from itertools import cycle, groupby

from tests.message.writing import zipped

Code = Callable[[bytes], str]


def lines_of(data: bytes, length: int = 76) -> str:
    """Base64 in lines of this length."""
    return _cut(b64encode(data).decode(), [length])


def uneven(data: bytes) -> str:
    """Base64 in lines of lengths that no encoder chooses, which keeps a scanner from knowing it by its look."""
    return _cut(b64encode(data).decode(), [4, 4, 8, 8, 16, 16, 32, 32, 64])


def _cut(text: str, lengths: list[int]) -> str:
    lines: list[str] = []
    at = 0
    for length in cycle(lengths):
        if at >= len(text):
            return "".join(f"{line}\n" for line in lines)
        lines.append(text[at : at + length])
        at += length
    raise AssertionError


def _replaced(pattern: str, by: str) -> Code:
    return lambda data: re.sub(pattern, by, lines_of(data), flags=re.MULTILINE)


def _in_fours(end: str) -> Code:
    return lambda data: lines_of(data, 4).replace("\n", f"{end}\n")


def _begun_with(junk: str) -> Code:
    return lambda data: junk + lines_of(data)


def _each_alone(by: str) -> Code:
    """Every octet encoded by itself, with this for its padding of two."""
    return lambda data: _cut("".join(b64encode(bytes([octet])).decode().replace("==", by) for octet in data), [60])


def _pairs(at: int, between: str = "") -> Code:
    """Every two octets encoded by themselves, with the padding moved to this place."""

    def encode(data: bytes) -> str:
        groups = [b64encode(data[index : index + 2]).decode() for index in range(0, len(data), 2)]
        moved = [f"{one[:at]}={one[at:3]}" if one[2] != "=" else one for one in groups]
        return between.join(moved) + "\n" if between else _cut("".join(moved), [60])

    return encode


def _padding_for_a(data: bytes) -> str:
    """To some programs `=` amid the data is as good as `A`; the last line stays as it is."""
    text = lines_of(data)
    return re.sub(r"A(.)", r"=\1", text[:-9]) + text[-9:]


def _zeros_padded_within(data: bytes) -> str:
    """Octets that end in two zero bits stand alone as `X=A=`."""
    text = ""
    for is_alone, run in groupby(data, lambda octet: octet % 4 == 0):
        octets = bytes(run)
        pieces = [bytes([octet]) for octet in octets] if is_alone else [octets]
        text += "".join(lines_of(piece).replace("A==", "=A=") if is_alone else lines_of(piece) for piece in pieces)
    return text


def _halves(rest: int) -> Code:
    """Two encodings, one behind the other, of which the first ends with padding."""

    def encode(data: bytes) -> str:
        middle = len(data) // 6 * 3 + rest
        return lines_of(data[:middle]) + lines_of(data[middle:])

    return encode


_BLANKS = {"blank": " ", "tab": "\t", "vertical tab": "\v", "CR": "\r", "hash": "#", "colon": ":", "full stop": ".",
           "per cent": "%", "minus": "-", "underscore": "_"}  # fmt: skip
BASE64: dict[str, Code] = {
    "in common lines": lines_of,
    "in uneven lines": uneven,
    **{f"with a {name} after each letter": _replaced(r"(?<=[^\n])", char) for name, char in _BLANKS.items()},
    **{f"in lines of {length}": partial(lines_of, length=length) for length in (3, 4, 5, 6)},
    **{f"{count} letters to a paragraph": _replaced(rf"(.{{{count}}})", r"\1\n\n") for count in (1, 2, 3)},
    **{f"in lines of 4 that end with {end}": _in_fours(end)
       for end in ("X", "XX", "XXX", "=")},
    **{f"with junk after the first {count}": _replaced(rf"^(.{{{count}}})", r"\1#abce01234567fghj\n")
       for count in (3, 4)},
    **{f"behind {junk!r}": _begun_with(junk) for junk in ("A\n\n", "AB\n\n", "ABC\n\n", "=\n", "====\n")},
    "with empty lines": _replaced(r"$(?=\n)", "\n"),
    "with a file's frame": lambda data: f"begin-base64 744 list.pdf\n{lines_of(data)}====\n",
    "with more padding at its end": lambda data: f"{lines_of(data)[:-1]}=\n",
    "with padding at each line's end": lambda data: lines_of(data, 40).replace("\n", "=\n"),
    "with padding at each line's start": _replaced(r"^(?=.)", "="),
    "with much padding at each line's start": _replaced(r"^(?=.)", "===="),
    "with padding after each group": _replaced(r"([\w+/]{4})", r"\1="),
    "with padding within each group": _replaced(r"([\w+/]{2})([\w+/]{2})", r"\1=\2"),
    "octet by octet, half padded": _each_alone("="),
    "octet by octet, half padded, in lines": _each_alone("=\n"),
    **{f"pair by pair, padding at {place}": _pairs(place) for place in (0, 1, 2, 3)},
    "pair by pair, in lines": _pairs(3, "\n"),
    "with padding for A": _padding_for_a,
    "with padding within the padding": _zeros_padded_within,
    "with another file behind it": lambda data: f"{lines_of(data)}====\n{lines_of(zipped({'b.txt': b'Hei'}))}",
    "in two, the first padded once": _halves(2),
    "in two, the first padded twice": _halves(1),
}  # fmt: skip
"""By what is odd about them."""


def quoted(data: bytes, left: bytes = b"") -> str:
    """Quoted-printable as encoders write it, in which these octets may stand as they are."""
    plain = bytes(set(range(0x21, 0x7F)) - {ord("=")}) + left
    tokens = [chr(octet) if octet in plain else f"={octet:02X}" for octet in data]
    text, line = "", ""
    for token in tokens:
        if len(line) + len(token) > 74:
            text, line = f"{text}{line}=\n", ""
        line += token
        if token == "\n":
            text, line = text + line, ""
    return f"{text}{line}=\n\n"


def _all_quoted(form: str) -> Code:
    """Every octet as a code of this form, but the ends of lines."""
    return lambda data: "".join(form.format(octet) if octet != 10 else "\n" for octet in data)


def _in_lines(form: str) -> Code:
    def encode(data: bytes) -> str:
        pieces = [data[at : at + 40] for at in range(0, len(data), 40)]
        return "=\n".join("".join(form.format(octet) for octet in piece) for piece in pieces) + "\n"

    return encode


def _requoted(pattern: str, by: str) -> Code:
    return lambda data: re.sub(pattern, by, quoted(data))


QUOTED: dict[str, Code] = {
    "as usual": quoted,
    "a code to a line": _all_quoted("={:02X}=\n"),
    "all of it, ends of lines too": lambda data: "".join(f"={octet:02X}=\n" for octet in data) + "\n",
    "a letter to a line": _requoted(r"(=..|[^=\n])", r"\1=\n"),
    **{f"with {name} left": partial(quoted, left=char)
       for name, char in {"tabs": b"\t", "blanks": b" ", "ends of lines": b"\n"}.items()},
    **{f"with {blank!r} behind each soft break": _all_quoted(f"={{:02X}}={blank}\n") for blank in " \t"},
    "in small letters": _in_lines("={:02x}"),
    "in letters of both sizes": lambda data: re.sub("=[a-f]", lambda code: code[0].upper(), _in_lines("={:02x}")(data)),
    **{f"with {junk!r} before each code": _all_quoted(f"{junk}={{:02X}}=\n")
       for junk in ("=", "=0", "=0X", "=0a", "=XX", "= ", "=  ")},
    "with a small letter before each digit": _requoted(r"(?<!=[0-9A-F])([0-9A-F])", r"=a\1"),
    "with a sign before each letter": _requoted(r"([^0-9A-Fa-f])", r"=\1"),
    "with half a code before each letter": _requoted(r"([^0-9A-Fa-f])", r"=0\1"),
}  # fmt: skip
"""By what is odd about them."""


def uuencoded(data: bytes) -> str:
    """The lines of uuencode, without its frame."""
    return "".join(binascii.b2a_uu(data[at : at + 45]).decode() for at in range(0, len(data), 45))


def yencoded(data: bytes, name: str = "a.bin") -> str:
    """A yEnc block, in letters of Latin-1."""
    shifted = bytes((octet + 42) % 256 for octet in data)
    escaped = re.sub(rb"[\0\r\n= ]", lambda found: b"=" + bytes([found[0][0] + 64]), shifted)
    lines = b"".join(escaped[at : at + 128] + b"\n" for at in range(0, len(escaped), 128))
    return f"=ybegin line=128 size={len(data)} name={name}\n{lines.decode('latin-1')}=yend size={len(data)}\n"


FRAMES: dict[str, Code] = {
    "bare": uuencoded,
    "begun": lambda data: f"begin 644 a.bin\n{uuencoded(data)}",
    "begun and ended": lambda data: f"begin 644 a.bin\n{uuencoded(data)}`\nend\n",
}
"""Of uuencode."""


def gzipped(data: bytes) -> str:
    """Base64 of a gzip file."""
    return lines_of(gzip.compress(data))
