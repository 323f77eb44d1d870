"""Crooked multiparts: boundaries that programs read in different ways, and types that are multipart to some only."""

import re
from collections.abc import Iterator, Sequence

_MIXED = "Content-Type: multipart/mixed; "
_ONE, _TWO = "edge_", "1a2b3c"
_EDGE = _ONE + _TWO
_OTHER = "other_edge"
_DECOY = "Content-Type: text/plain\n\nHei\n"

_FIELDS = (
    "Content-Type:\n multipart/mixed; boundary=", "Content-Type:\n \n multipart/mixed; boundary=",
    "Content-Type: multipart/mixed;\n boundary=", "Content-Type: multipart/mixed;\n \n boundary=",
    "Content-Type : multipart/mixed; boundary=", "Content-Type:: multipart/mixed; boundary=",
    "Content-Type: multi\\part/mixed; boundary=", "Content-Type: singlepart/mixed; boundary=",
    "Content-Type: ultipart/mixed; boundary=", "Content-Type: x-multipart/mixed; boundary=",
    "Content-Type: mULtipart/mixed; boundary=", "Content-Type: =?UTF-8?B?bXVsdGlwYXJ0?=/mixed; boundary=",
    'Content-Type: "multipart/mixed"; boundary=', "Content-Type: multipart/mixed  boundary=",
    "Content-Type: multipart/mixed, boundary=", "Content-Type: () multipart/mixed; boundary=",
    "Content-Type: ()multipart/mixed; boundary=", "Content-Type: multipar()t/mixed; boundary=",
    "Content-Type: multipart/mixed(); boundary=", "X-A:b\rContent-Type: multipart/mixed; boundary=",
    "X-A :b\n Content-Type: multipart/mixed; boundary=", "X-A B:b\n Content-Type: multipart/mixed; boundary=",
    "X-A-b\n Content-Type: multipart/mixed; boundary=",
)  # fmt: skip
_PARAMETERS = (
    "oundary=", "bou\\ndary=", "boun()dary=", "boundary =", "boundary\t=", "boundary\n =", "boundary\\=", "boundary= ",
    "boundary=\t", "boundary=\n ", "boundary=\\", "boundary\n =\n ", "boundary()=", "boundary=()",
    "boundary=(boundary=a)", "() boundary=", "()boundary=", "a=b boundary=", 'a=b"boundary=', "a=b\\;boundary=",
    'a="b;boundary=', 'a="b\\";boundary=', 'a=b\\";boundary=', "boundary=boundary=",
)  # fmt: skip
_WRAPPED = (
    ('a="b;boundary=', '"'), ('" boundary=', ' "'), ('"boundary=', '"'), ("boundary=", "()"), ("( boundary=", " )"),
    ("(() boundary=", " )"), ('boundary="=?us-ascii?Q?', '?="'),
)  # fmt: skip
_NAMED_AND_USED = (
    ("edge\\_1", "edge_1"), ("edge\\_1", "edge\\_1"), ('"edge_1"', "edge_1"),
    # blanks
    *((form.format(text), text) for text in (" edge_1", "edge 1", "edge_1 ") for form in ('"{}"', "'{}'", "{};")),
    ('"edge_1 "', "edge_1"), ("edge_1", "edge_1 "), ('"edge_1 A"', "edge_1 B"), ('"edge_1\n A"', "edge_1 B"),
    ('"edge_1\r"', "edge_1\r"), ('"edge_1\r"', "edge_1"), ('""', ""), ('" "', " "), ('"edge\n 1"', "edge 1"),
    # comments
    ("edge_1()", "edge_1()"), ("edge_()1", "edge_1"), ("edge_()1", "edge_"), ("edge_()1", "edge_()1"),
    ("(boundary=a)edge_1", "a"), ("(boundary=a)edge_1", "(boundary=a)edge_1"),
    # semicolons
    ("edge\\;1", "edge"), ("edge\\;1", "edge\\"), ("edge\\;1", "edge;1"), ("edge\\;1", "edge\\;1"),
    ("edge;1", "edge"), ("edge;1", "edge;1"),
    # quotation marks
    *(('edge\\"1\\"', used) for used in ('edge"1"', "edge", "edge\\", "1", "1\\", 'edge\\"1\\"')),
    *(('edge"1"', used) for used in ('edge"1"', "edge", "1")),
    ('"edge"1', '"edge"1'), ('"edge"1', "edge"), ('"edge', "edge"), ('"edge', '"edge'),
    # the parameter's own name in it
    ("boundary=edge_1", "boundary"), ("boundary=edge_1", "boundary=edge_1"), ('a="b;boundary=edge_1"', 'edge_1"'),
)  # fmt: skip
_TWICE = (
    f"boundary={_EDGE}\n{_MIXED}boundary={_OTHER}", f"boundary={_OTHER}\n{_MIXED}boundary={_EDGE}",
    *(f"boundary{one}{first}; boundary{two}{second}"
      for first, second in ((_EDGE, _OTHER), (_OTHER, _EDGE))
      for one, two in (("=", "="), ("*=''", "="), ("=", "*=''"))),
)  # fmt: skip


def _continued(first: str, second: str) -> tuple[str, ...]:
    """RFC 2231, sections 3 and 4: parameters in pieces and other character sets; in order, out of it, and doubled."""
    return (
        f"boundary*=''{first}{second}", f"boundary*0*=''{first}{second}", f"boundary*0={first}{second}",
        f"boundary*0*=''{first}; boundary*1*={second}", f"boundary*1*={second}; boundary*0*=''{first}",
        f"boundary*1*=''{first}; boundary*0*={second}", f"boundary*0*=''{first}; boundary*0*=''a; boundary*1*={second}",
        f"boundary*0*=''a; boundary*0*=''{first}; boundary*1*={second}", f"boundary*0={first}; boundary*1={second}",
        f"boundary*1={second}; boundary*0={first}", f"boundary*1=''{first}; boundary*0={second}",
        f"boundary*0={first}; boundary*0=a; boundary*1={second}",
        f"boundary*0=a; boundary*0={first}; boundary*1={second}",
    )  # fmt: skip


_PIECES = (
    *_continued(_ONE, _TWO),
    *_continued(_ONE.replace("_", "%5F"), _TWO),
    "boundary*=UTF-16''" + "".join(f"{char}%00" for char in _EDGE),
    "boundary*=UTF-16''" + "".join(f"%00{char}" for char in _EDGE),
)


def crooked_multiparts(parts: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What is odd, and the message from its Content-Type field on."""
    whole = _body(_EDGE, parts)
    for field in _FIELDS:
        yield repr(field), f"{field}{_EDGE}\n\n{whole}"
    for parameter in _PARAMETERS:
        yield repr(parameter), f"{_MIXED}{parameter}{_EDGE}\n\n{whole}"
    for before, behind in _WRAPPED:
        yield f"{before}..{behind}", f"{_MIXED}{before}{_EDGE}{behind}\n\n{whole}"
    for named, used in _NAMED_AND_USED:
        yield f"{named!r} for {used!r}", f"{_MIXED}boundary={named}\n\n{_body(used, parts)}"
    decoyed = f"--{_OTHER}\n{_DECOY}{whole}--{_OTHER}--\n"
    for parameter in _TWICE:
        yield f"twice, {parameter!r}", f"{_MIXED}{parameter}\n\n{decoyed}"
    for parameter in _PIECES:
        yield f"in pieces, {parameter!r}", f"{_MIXED}{parameter}\n\n{whole}"
        yield f"in pieces, {parameter!r}, and a decoy", f"{_MIXED}{parameter}\n\n{decoyed}"
    for odd in ("A", " A", "-", " ", "\t", "\v"):
        marked = "".join(f"--{_EDGE}{odd}\n{part}" for part in parts) + f"--{_EDGE}--\n"
        yield f"used with {odd!r} behind it", f"{_MIXED}boundary={_EDGE}\n\n{marked}"
        yield f"used with {odd!r} behind it, and not named", f"Content-Type: multipart/mixed\n\n{marked}"
        yield f"used with {odd!r} behind it, without a type", f"Content-Type: boundary={_EDGE}\n\n{marked}"
        yield f"used with {odd!r} behind it, without a header", f"\n{marked}"
    yield "two types, multipart first", f"{_MIXED}boundary={_EDGE}\nContent-Type: text/plain\n\n{whole}"
    yield "two types, text first", f"Content-Type: text/plain\n{_MIXED}boundary={_EDGE}\n\n{whole}"
    yield (
        "of messages",
        f"Content-Type: multipart/digest; boundary={_EDGE}\n\n"
        + _body(_EDGE, [f"From: a@b.example\nSubject: {number}\n{part}" for number, part in enumerate(parts)]),
    )
    yield "without an end", f"{_MIXED}boundary={_EDGE}\n\n" + whole.removesuffix(f"--{_EDGE}--\n")
    for before, behind in (("\n\r", "\n"), (" \r", "\n"), ("\n", "\r")):
        marked = "".join(f"{before}--{_EDGE}{behind}{part}" for part in parts)
        yield (
            f"{before + behind!r} for a line's end",
            (f"{_MIXED}boundary={_EDGE}\n\n{marked}\n--{_EDGE}\n{_DECOY}\n--{_EDGE}--\n"),
        )
    yield from _nested(parts, whole)


def _nested(parts: Sequence[str], whole: str) -> Iterator[tuple[str, str]]:
    """A multipart in a multipart, whose boundaries get into each other's way."""
    decoy = f"--{_EDGE}\n{_DECOY}--{_EDGE}--\n\n"
    yield "the outer end is the inner boundary", _within(_EDGE, f"{_EDGE}--", _body(f"{_EDGE}--", parts))
    yield "one boundary for both", _within(_EDGE, _EDGE, whole)
    yield "one boundary for both, behind a decoy", _within(_EDGE, _EDGE, whole, decoy)
    yield "one boundary for both, a decoy within", _within(_EDGE, _EDGE, decoy + whole)
    yield "the outer boundary is longer", _within(f"{_EDGE}_", _EDGE, whole)
    yield "the outer boundary is longer, once in vain", _within(f"{_EDGE}_", _EDGE, f"--{_EDGE}_A\n\n{whole}")
    yield "the inner boundary is longer", _within(_EDGE, f"{_EDGE}_", _body(f"{_EDGE}_", parts))
    yield "the inner end is missing", _within(_OTHER, _EDGE, whole.removesuffix(f"--{_EDGE}--\n"))
    yield "the outer end is missing", _within(_OTHER, _EDGE, whole).removesuffix(f"--{_OTHER}--\n")
    begun = f"{_MIXED}boundary={_OTHER}\n"
    inner = f"{_MIXED}boundary={_EDGE}\n"
    yield "ended in the header", f"{begun}--{_OTHER}--\n\n--{_OTHER}\n{inner}\n{whole}--{_OTHER}--\n"
    for mark in (f"--{_OTHER}--", f"--{_OTHER}"):
        yield f"{mark} in the inner header", f"{begun}\n--{_OTHER}\n{inner}{mark}\n\n{whole}--{_OTHER}--\n"
    rule = "#######+"
    marked = re.sub(r"(?m)(^Content-Transfer-Encoding: base64\n\n)", rf"\1--{rule}\n", whole)
    yield "the outer boundary in inner base64", _within(rule, _EDGE, marked)


def _body(boundary: str, parts: Sequence[str]) -> str:
    return "".join(f"--{boundary}\n{part}" for part in parts) + f"--{boundary}--\n"


def _within(outer: str, inner: str, body: str, before: str = "") -> str:
    return f"{_MIXED}boundary={outer}\n\n{before}--{outer}\n{_MIXED}boundary={inner}\n\n{body}--{outer}--\n"
