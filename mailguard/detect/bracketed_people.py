"""People told in a sentence, with something private in brackets: `Ronald Peake (dob 11/3/52), Carol Dutton (dob ...)`.

Firms, books and composers have a year in brackets too: a bare year counts beside a home or telephone only.
"""

from collections.abc import Iterator

from mailguard.detect.page import Page
from mailguard.detect.pattern import compile_pattern
from mailguard.detect.personal_details import BIRTH, FEWEST, FULL, NAME, PRIVATE, count_traits, read_person

_BRACKETED = compile_pattern(rf"({NAME}) \(([^()\n]{{4,90}})\)", exact=True)
_YEAR_FIRST = compile_pattern(r"\A[* ]{0,2}(?:19|20)\d\d\b", captures=False)


def bracketed_people(page: Page) -> Iterator[bytes]:
    """The folded names of three or more people of whom brackets tell something private; nothing for fewer."""
    if page.plain.count(b"(") < FEWEST:
        return
    text = page.text.encode("utf-8", "replace")
    names = set()
    for start, end in _BRACKETED.spans(text):
        person = read_person(_BRACKETED, text, start, end)
        if person is not None and _is_private(person[1]):
            names.add(person[0])
    if len(names) >= FEWEST:
        yield from names


def _is_private(told: bytes) -> bool:
    if PRIVATE.search(told) or BIRTH.search(told):
        return True
    return count_traits(told) + bool(_YEAR_FIRST.search(told)) >= FULL
