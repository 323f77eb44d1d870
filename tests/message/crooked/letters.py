"""The crooked letters: every oddity in a letter of its own, around a text and a file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.message.crooked.boundaries import crooked_multiparts
from tests.message.crooked.codes import BASE64, FRAMES, QUOTED, gzipped, lines_of, uneven, uuencoded, yencoded
from tests.message.crooked.fields import BREAKS, CTE, NAMED_BASE64, NAMED_QUOTED, NO_MULTIPART, STARTS, UUENCODE
from tests.message.writing import HEAD, zipped

_MULTIPART = "multipart/mixed; boundary=edge"


@dataclass(frozen=True, slots=True)
class Item:
    """A text or a file that a letter carries."""

    field: str
    """Its Content-Type field, and others where it needs them."""
    data: bytes


def plain(data: bytes) -> Item:
    """A text."""
    return Item("Content-Type: text/plain\n", data)


def attached(name: str, data: bytes) -> Item:
    """A file."""
    disposition = f'Content-Disposition: attachment; filename="{name}"\n'
    return Item(f"Content-Type: application/octet-stream\n{disposition}", data)


def crooked_letters(items: Sequence[Item]) -> Iterator[tuple[str, bytes]]:
    """What is odd, and the letter with LF line ends. Each carries all items."""
    for odd, parts in _crooked_parts(items):
        body = "".join(f"--edge\n{part}" for part in parts)
        yield f"part: {odd}", _written(f"Content-Type: {_MULTIPART}\n\n{body}--edge--\n")
    parts = [f"{item.field}{CTE}: base64\n\n{uneven(item.data)}" for item in items]
    for odd, text in crooked_multiparts(parts):
        yield f"boundary: {odd}", _written(text)
    yield from _wrapped("".join(f"--edge\n{part}" for part in parts) + "--edge--\n")
    for name, code in (("uuencode", lambda data: f"begin 644 a.bin\n{uuencoded(data)}end\n"), ("yEnc", yencoded)):
        yield (
            f"{name} in a letter without a type",
            _written("\n" + "".join(f"\nHei\n{code(item.data)}" for item in items)),
        )


def _crooked_parts(items: Sequence[Item]) -> Iterator[tuple[str, list[str]]]:
    for odd, code in BASE64.items():
        yield f"base64 {odd}", [f"{item.field}{CTE}: base64\n\n{code(item.data)}" for item in items]
    for odd, code in QUOTED.items():
        yield f"quoted {odd}", [f"{item.field}{CTE}: quoted-printable\n\n{code(item.data)}" for item in items]
    yield "as it is", [f"{item.field}\n{item.data.decode('latin-1')}\n" for item in items]
    for named in NAMED_BASE64:
        yield repr(named.replace(" " * 1000, "")), [f"{item.field}{named}\n{uneven(item.data)}" for item in items]
    for named in NAMED_QUOTED:
        yield repr(named), [f"{item.field}{named}\n{QUOTED['a code to a line'](item.data)}" for item in items]
    for label in UUENCODE:
        for odd, code in FRAMES.items():
            yield f"{label}, {odd}", [f"{item.field}{CTE}: {label}\n\n{code(item.data)}" for item in items]
    yield "yEnc", [f"{item.field}{CTE}: x-yencode\n\n{yencoded(item.data)}" for item in items]
    for label in ("gzip64", "x-gzip64"):
        yield label, [f"{item.field}{CTE}: {label}\n\n{gzipped(item.data)}" for item in items]
    yield from _broken_headers(items)


def _broken_headers(items: Sequence[Item]) -> Iterator[tuple[str, list[str]]]:
    """Where a part's header begins and ends, and of what type it says that it is."""
    named = f"{CTE}: base64\n"
    for between in BREAKS:
        yield f"{between!r} for an empty line", [f"{item.field}{named}{between}{uneven(item.data)}" for item in items]
    cut = [(f"{item.field}{named}", uneven(item.data)) for item in items]
    yield "the empty line in the data", [f"{head}{data[:4]}\n\n{data[4:]}" for head, data in cut]
    other = lines_of(zipped({"b.txt": b"Hei"}))
    yield "no empty line, and another file behind", [f"{head}{data}\n{other}" for head, data in cut]
    for start in STARTS:
        yield f"{start!r} first", [f"{start}{named}{item.field}\n{uneven(item.data)}" for item in items]
    for label in NO_MULTIPART:
        yield f"called {label!r}", [f"Content-Type: {label}\n{named}\n{uneven(item.data)}" for item in items]
    for first in (True, False):
        yield (
            f"called multipart too, {first}",
            [
                "".join(
                    sorted(
                        [f"Content-Type: {_MULTIPART[:-4]}a\n", item.field], key="multipart".__contains__, reverse=first
                    )
                )
                + f"{named}\n{uneven(item.data)}"
                for item in items
            ],
        )


def _wrapped(body: str) -> Iterator[tuple[str, bytes]]:
    """The letter as a message in a message."""
    inner = f"Content-Type: {_MULTIPART}\n\n{body}"
    for kind in ("message/rfc822", "message/global"):
        yield kind, _written(f"Content-Type: {kind}\n\n{inner}")
        yield f"{kind} in base64", _written(f"Content-Type: {kind}\n{CTE}: base64\n\n{uneven(inner.encode('latin-1'))}")


def _written(text: str) -> bytes:
    return f"{HEAD}{text}".encode("latin-1")
