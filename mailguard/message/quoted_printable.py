"""Quoted-printable (RFC 2045, section 6.7), and every way to read what is left of it where its codes are broken.

A code is `=` and two hexadecimal digits, in capitals. What a program makes of an `=` that begins none is its own
affair: it shows it, or leaves it out with nothing, one character or two behind it; and some know no code in small
letters. So a password that is cut up (`M=0=61=XXr`) stands whole on some screens, and a scanner that reads one way sees
none.
"""

import binascii
import re
from itertools import islice
from string import hexdigits

from mailguard.core.octet_patterns import compile_octets

_CODE = re.compile(rb"=([0-9A-Fa-f]{2})")
_OCTETS = {f"{one}{other}".encode(): bytes.fromhex(one + other) for one in hexdigits for other in hexdigits}
"""By the digits of their codes, in capitals or not."""
_SOFT_BREAK = re.compile(rb"=[ \t]*\n")
_UNUSUAL = compile_octets(rb"=(?:[^0-9A-F\n]|[0-9A-F][^0-9A-F])")
"""One pass of .1 ms a 100 kB, with RE2, that nearly all mail is done with."""
_BROKEN = re.compile(rb"""=(?![0-9A-Fa-f]{2}|[ \t]*(?:\n|\Z)|["'])""")
"""Not before a quotation mark: there it is an attribute of HTML that nobody has encoded, as sloppy programs send it."""
_FEWEST = 4
"""Broken codes worth another reading: with fewer no password is cut up, and addresses of pages have some."""
_IN_CAPITALS = re.compile(rb"=(?:[A-F][0-9A-F]|[0-9][A-F])")
_IN_SMALL = re.compile(rb"=(?:[a-f][0-9A-Fa-f]|[0-9A-F][a-f])")
_LEFT_OUT = (
    re.compile(rb"=(?![0-9A-Fa-f]{2})"),
    re.compile(rb"=(?![0-9A-Fa-f]{2})[^=\n]?"),
    re.compile(rb"=(?![0-9A-F]{2})[^=\n]{0,2}"),
    re.compile(rb"=[a-f](?=[0-9A-F])"),
)
"""What is left out in each way: the sign; a character too; or two; or a small letter that can be no digit."""


def read_quoted_printable(body: bytes) -> list[bytes]:
    """Every reading, the likeliest first; ordinary mail has one."""
    if _UNUSUAL.search(body) is None:
        return [binascii.a2b_qp(body)]
    first = undo_quoted_printable(body)
    return [first, *(way for way in _other_readings(body) if way != first)]


def undo_quoted_printable(body: bytes) -> bytes:
    """The octets as nearly all programs read them; blanks after a soft break's `=` are forgiven (rule 3)."""
    if b"= " in body or b"=\t" in body:
        body = _SOFT_BREAK.sub(b"=\n", body)
    if b"==" in body:  # binascii swallows one of them and leaves the code behind it
        return decode_codes(body.replace(b"=\n", b""))
    return binascii.a2b_qp(body)


def _other_readings(body: bytes) -> list[bytes]:
    """What some programs read instead. Codes of both cases are no one encoder's work."""
    broken = sum(1 for _ in islice(_BROKEN.finditer(body), _FEWEST))
    is_mixed = _IN_SMALL.search(body) is not None and (broken > 0 or _IN_CAPITALS.search(body) is not None)
    if broken < _FEWEST and not is_mixed:
        return []
    joined = _SOFT_BREAK.sub(b"", body)
    return list(dict.fromkeys(decode_codes(without.sub(b"", joined)) for without in _LEFT_OUT))


def decode_codes(joined: bytes) -> bytes:
    """Octets for the codes, in capitals or not; anything else stays. Soft breaks are taken out before."""
    pieces = _CODE.split(joined)
    pieces[1::2] = map(_OCTETS.__getitem__, pieces[1::2])
    return b"".join(pieces)
