"""Crooked file names: fields of a part whose name programs read in different ways."""

from base64 import b64encode
from collections.abc import Iterator

_TYPE = "Content-Type: application/octet-stream"
_FILE = "Content-Disposition: attachment"
_INNOCENT = "list.png"


def crooked_names(word: str) -> Iterator[tuple[str, str]]:
    """What is odd, and the fields of a part whose file name holds the word."""
    name, half = f"a-{word}.txt", len(word) // 2
    for odd in _oddities(word, word[:half], word[half:]):
        yield f"type: {odd!r}", f"{_TYPE}; {odd.format(key='name')}\n"
        yield f"file: {odd!r}", f"{_TYPE}\n{_FILE}; {odd.format(key='filename')}\n"
    for one, two in ((name, _INNOCENT), (_INNOCENT, name)):
        yield f"type {one}, file {two}", f"{_TYPE}; name={one}\n{_FILE}; filename={two}\n"
        yield f"file {one}, type {two}", f"{_FILE}; filename={one}\n{_TYPE}; name={two}\n"
        yield f"types {one} and {two}", f"{_TYPE}; name={one}\n{_TYPE}; name={two}\n"
        yield f"files {one} and {two}", f"{_TYPE}\n{_FILE}; filename={one}\n{_FILE}; filename={two}\n"
        yield f"{one} in another parameter", f"{_TYPE}; a={one}\n{_FILE}; filename={two}\n"
    for first, second in ((f"name*0=a{word[:half]}", f"name*1={word[half:]}"), (f"name*1={word}", "name*0=a")):
        yield f"{first} and {second} in two fields", f"{_TYPE}; {first}\n{_TYPE}; {second}\n"


def _oddities(word: str, first: str, second: str) -> Iterator[str]:
    """Parameters with `{key}` for the name of the parameter."""
    for equals in ("=", " =", "= ", "\n =", "=\n ", "()=", "\\="):
        yield f"{{key}}{equals}a.{word}"
    for value in (
        f'"a.{word}"', f"'a.{word}'", f'a".{word}', f'"a".{word}', f'"a".{word}"', f'"a\\".{word}"', f'a\\".{word}',
        f"a;.{word}", f"a\\;.{word}", f'"a;.{word}"', f"a.{word}()", f"a.{word}(.gif)", f"a.{first}(){second}",
        f"a.{first}(.gif){second}", f"a.{word}; {{key}}={_INNOCENT}", f"{_INNOCENT}; {{key}}=a.{word}",
        *(f'"=?{label}?B?{b64encode(f"a.{word}".encode(codec)).decode()}?="'
          for label, codec in (("us-ascii", "ascii"), ("utf-16", "utf-16-le"), ("utf-16", "utf-16-be"))),
    ):  # fmt: skip
        yield f"{{key}}={value}"
    coded = "".join(f"%{ord(letter):02X}" for letter in word)
    for pieces in (
        (f"*=''a.{word}",), (f"*=''a.{coded}",), (f"*=UTF-8''a.{word}",), (f"*0=a.{word}",), (f"*0*=''a.{coded}",),
        ("*=UTF-16''" + "".join(f"%00{letter}" for letter in word),),
        ("*=UTF-16''" + "".join(f"{letter}%00" for letter in word),),
        *((f"*{one}=a.{first}", f"*{two}={second}") for one, two in ((0, 1), (0, 2), (1, 2), (1, 0))),
        *((f"*{one}={second}", f"*{two}=a.{first}") for one, two in ((1, 0), (2, 0), (2, 1))),
        (f"*0*=''a.{first}", f"*1*={second}"), (f"*1*={second}", f"*0*=''a.{first}"),
        (f"*1*=''a.{first}", f"*0*={second}"),
    ):  # fmt: skip
        written = "; ".join(f"{{key}}{piece}" for piece in pieces)
        yield from (written, f"{{key}}={_INNOCENT}; {written}", f"{written}; {{key}}={_INNOCENT}")
