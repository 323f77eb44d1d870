"""People told in a sentence, with something private in brackets: `Ronald Peake (dob 11/3/52), Carol Dutton (dob ...)`.

Firms, books and composers have a year in brackets too: a bare year counts beside a home or telephone only.
"""

from collections.abc import Iterator

from mailguard.detect.page import Page
from mailguard.detect.pattern import compile_pattern
from mailguard.detect.personal_details import FEWEST, FULL, PARTICLES, PRIVATE, count_traits, read_person

_TITLE = (
    r"(?:Mrs?|Ms|Miss|Dr|Herrn?|Frau|Fr|[Ff]ru|[Hh]err|[Dd]hr|[Mm]evr|[Mm]w|[Mm]evrouw|[Mm]eneer|[Ff]am|[Pp]an(?:i|a|ią)?"
    r"|[Rr]ouva|[Hh]erra|[Rr]va)\.? "
)
_WORDS = rf"\p{{Lu}}[\pL'’-]*\.?(?: (?:{PARTICLES}))*"
_BRACKETED = compile_pattern(
    rf"({_TITLE}{_WORDS}(?: {_WORDS}){{0,3}}|{_WORDS}(?: {_WORDS}){{1,3}}) \(([^()\n]{{4,90}})\)", exact=True
)
_BORN_ON = compile_pattern(
    r"(?:\*|\b(?:born(?: on)?|b|s|synt|f|fodd|ur|geb|geboren|dob)\b)[.:]? ?"
    r"\d{1,2}[./ -]{1,2}(?:\d{1,2}|[a-z]{3,12})[./ -]{1,2}(?:19|20)?\d\d\b",
    captures=False,
)
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
    if PRIVATE.search(told) or _BORN_ON.search(told):
        return True
    return count_traits(told) + bool(_YEAR_FIRST.search(told)) >= FULL
