"""Numbers without a label: national ids, and what may be a customer's number."""

import re
from collections.abc import Iterator
from itertools import islice

from mailguard.namesake.octets import Pattern, Text

_MOST = 500
_FORM_OF_NATIONAL = (
    r"\d{6}[-+A-FU-Ya-fu-y]\d{3}[0-9A-Ya-y]|(?:\d{2})?\d{6}[-+]?\d{4}|\d{11}|\d{9}|\d{2} \d{3} \d{3} \d{3}"
)
_NATIONAL = Pattern(rf"\b(?:{_FORM_OF_NATIONAL})\b")
_NUMBER = re.compile(rb"[0-9][0-9A-Za-z]*(?:[-./][0-9][0-9A-Za-z]*){0,3}")
_WITH_LETTERS = Pattern(r"(?:^|[^\pL\pN])([A-Za-z]{1,6}[-_./]?\d[0-9A-Za-z]*(?:[-./]\d[0-9A-Za-z]*){0,3})")
_AMOUNT_OR_DATE = re.compile(
    rb"\d{1,3}(?:\.\d{3})*[.]\d\d|\d{1,2}\.\d{1,2}\.(?:\d\d)?\d\d|20\d\d-\d\d-\d\d|\d{1,2}/\d{1,2}/20\d\d|20\d\d"
)


def find_national_ids(text: bytes) -> dict[str, int]:
    """What has the form of a national id of the five countries, and its place; the register tells whose it is."""
    found: dict[str, int] = {}
    for ((start, end),) in islice(_NATIONAL.spans(text), _MOST):
        found.setdefault(text[start:end].decode(), start)
    return found


def find_numbers(text: Text) -> list[str]:
    """Bare numbers that may be a customer's, also behind letters (`K-0042`), each once; no amounts or dates."""
    written = dict.fromkeys((*_with_letters(text.head), *_NUMBER.findall(text.head)))
    likely = (number for number in written if 3 < len(number) <= 24 and not _AMOUNT_OR_DATE.fullmatch(number))
    return [number.decode() for number in islice(likely, _MOST)]


def _with_letters(text: bytes) -> Iterator[bytes]:
    for _, number in islice(_WITH_LETTERS.spans(text), _MOST):
        yield text[slice(*number)]
