"""Postcodes: figures of their form, where a town's name follows or nothing else stands in the line or cell."""

from collections.abc import Iterator
from itertools import islice

from mailguard.customers.keys import postcode_key
from mailguard.namesake.searching import Pattern

_MOST = 200
_FORM = r"(?:\d{5}|\d{3} \d{2}|\d{2}-\d{3}|\d{4} ?[A-Z]{2}|[A-Z]{1,2}\d[0-9A-Z]? ?\d[A-Z]{2})"
"""Finland, Germany and others; Sweden; Poland; the Netherlands; the United Kingdom."""
_COUNTRY = r"(?:[A-Z]{1,3}-)?"
_BEFORE_TOWN = rf"(?:^|[^\pL\pN.\-/]){_COUNTRY}({_FORM}),?[ \t|;\"]{{0,3}}(?:\r?\n)?[ \t]{{0,4}}\p{{Lu}}"
_ALONE = rf"(?:^|[\n\t;|:,>])[ \t\"]*{_COUNTRY}({_FORM})[ \t\"]*(?:[\n\r\t;|,.)]|$)"
POSTCODE = Pattern(f"{_BEFORE_TOWN}|{_ALONE}")


def find_postcodes(text: bytes) -> Iterator[tuple[str, int]]:
    """The keys of up to 200 postcodes, each with the place behind it."""
    for _, in_line, in_cell in islice(POSTCODE.spans(text), _MOST):
        start, end = in_line if in_line[0] >= 0 else in_cell
        yield postcode_key(text[start:end].decode()), end
