"""Numbers without a label: national ids, and what may be a customer's number."""

import re
from itertools import islice

from mailguard.namesake.octets import Text
from mailguard.namesake.searching import Pattern

_MOST = 500
_FORM_OF_NATIONAL = (
    r"\d{6}[-+A-FU-Ya-fu-y]\d{3}[0-9A-Ya-y]|(?:\d{2})?\d{6}[-+]?\d{4}|\d{11}|\d{9}"
    r"|\d{2} \d{3} \d{3} \d{3}|\d{4}[ .]\d{2}[ .]\d{3}"
)
NATIONAL = Pattern(rf"\b(?:{_FORM_OF_NATIONAL})\b")
_NUMBER = Pattern(
    r"(?:^|[^0-9A-Za-z.,])(?:\d{4}[0-9A-Za-z]*(?:[-./]\d[0-9A-Za-z]*){0,3}"
    r"|\d{1,3}(?:[-/]\d[0-9A-Za-z]*){1,3}|\d{1,3}(?:\.\d{3})+|\d{1,3}[A-Za-z]{1,6}[-./]?\d[0-9A-Za-z]*"
    r"|[A-Za-z]{1,6}[-_./]?\d[0-9A-Za-z]+(?:[-./]\d[0-9A-Za-z]*){0,3})"
)
"""Four figures or more, or joints and letters between them (`K-0042`); nothing that begins as an amount does."""
_BEFORE = bytes(octet for octet in range(256) if not chr(octet).isalnum() or octet > 127)
_AMOUNT_OR_DATE = re.compile(
    rb"\d{1,3}(?:\.\d{3})*[.]\d\d|\d{1,2}\.\d{1,2}\.(?:\d\d)?\d\d|20\d\d-\d\d-\d\d|\d{1,2}/\d{1,2}/20\d\d|20\d\d"
)


def find_national_ids(text: bytes) -> dict[str, int]:
    """What has the form of a national id of the five countries, and its place; the register tells whose it is."""
    found: dict[str, int] = {}
    for ((start, end),) in islice(NATIONAL.spans(text), _MOST):
        found.setdefault(text[start:end].decode(), start)
    return found


def find_numbers(text: Text) -> list[bytes]:
    """Bare numbers that may be a customer's, also behind letters (`K-0042`), each once; no amounts or dates."""
    found: dict[bytes, None] = {}
    likely = 0
    for ((start, end),) in _NUMBER.spans(text.head):
        number = text.head[start:end].lstrip(_BEFORE)
        if 3 < len(number) <= 24 and not _AMOUNT_OR_DATE.fullmatch(number):
            found[number] = None
            likely += 1
            if likely == _MOST:
                break
    return list(found)
