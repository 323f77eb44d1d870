"""People told line by line, without a heading: `Anna Berg, born 3.6.2007, Mill Lane 3`, `Ola Ek - on sick leave`.

A list of names says who comes to a meeting, and one with telephone numbers whom to call: both are in every other
business letter. It counts where its lines tell what people keep to themselves: health (GDPR, Art. 9), pay and debts, or
at least two of birth date, home and telephone.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from mailguard.detect.fold import fold
from mailguard.detect.page import Page
from mailguard.detect.pattern import compile_pattern
from mailguard.detect.personal_details import FEWEST, FULL, PARTICLES, PRIVATE, TELLS, count_traits, read_person

_ENOUGH = 4
"""One row in so many tells something private."""
_LONGEST = 300
"""Octets of a line of a list; a paragraph is none."""
_MOST_BETWEEN = 2
"""Line breaks from one row to the next one: an empty line, or the rest of a long one, may stand between them."""
_ROW = compile_pattern(
    r"(?m)^[ \t>]*(?:[-*•–·]|\d{1,3}(?:[.)]|[;|\t]|  )|[Nn]r\.? ?\d{1,4}|\p{Lu}\pL+ \d{1,3}:)?[ \t]*"
    r"((?:(?:Mrs?|Ms|Dr|Herr|Frau|Fr|Hr|[Dd]hr|[Mm]evr|[Mm]w|[Ff]am|Pani?|Rva)\.? {1,3})?\p{Lu}[\pL'’-]*[.,]?"
    rf"(?: {{1,3}}(?:{PARTICLES}))*(?: {{1,3}}\p{{Lu}}[\pL'’-]*\.?){{1,3}})"
    r"( ?(?:[,;:|(\t]|[–—-] |  | \d| (?:[bsf]|synt|geb|ur|dob|född|born)\.? ?\d).*)$",
    exact=True,
)
"""A line that begins with a name of two words or more, behind a bullet or number, and says something of it."""
_PAY = compile_pattern(
    r"\b(?:\w*salar(?:y|ies|is|issen)|wages|payroll|\w*palk(?:ka|at|koja|kojen|kalista)|(?:manads)?loner(?:na)?|lonelista\w*"
    r"|wynagrodze\w+|pensj[aei]|premi[aei]|\w*gehalter|\w*gehalt|\w*lohne|lohnliste|bonus(?:es)?|arrears|rastit?)\b",
    captures=False,
)
"""What the lines above a list call the amounts in it."""
_AMOUNT = compile_pattern(r"\b\d{1,3}[ .,]?\d{3}\b", captures=False)
_DEBT = compile_pattern(
    r"\b(?:past due|overdue|outstanding (?:accounts|balances)|collections|\w*achterstand\w*|\w*ruckstand\w*|mahnliste"
    r"|zaleglosc\w*|obetald\w*|maksamatto\w*|inkasso|incasso|perinta\w*|windykac\w*)\b",
    captures=False,
)
"""The same of money that is owed; firms owe too, so that homes or telephones must stand beside it."""
_SUM = compile_pattern(r"\d[.,]\d\d\b|\beur ?\d|\$ ?\d|\d ?(?:eur|euro|zl|kr)\b", captures=False)
_ABOVE = 300
"""Octets above a list that say what it is about."""


class _Row(NamedTuple):
    start: int
    name: bytes
    private: bool
    """It says something of health, pay or debts."""
    traits: int
    """How many of birth date, home and telephone it tells."""
    amount: bool
    owes: bool
    """It tells a sum, and a home or telephone."""


def listed_people(page: Page) -> Iterator[bytes]:
    """The folded names in lists that tell something private of people; nothing where there is no such list."""
    # Known of most letters without a look at their lines, and of nearly all others then.
    pays = _PAY.search(page.plain) is not None or _DEBT.search(page.plain) is not None
    if not pays and not TELLS.search(page.plain):
        return
    if not pays and not PRIVATE.search(page.plain) and count_traits(page.plain) < FULL:
        return
    text = page.text.encode("utf-8", "replace")
    rows: list[_Row] = []
    end = 0
    for start, row_end in _ROW.spans(text):
        if rows and text.count(b"\n", end, start) > _MOST_BETWEEN:
            yield from _names_of(rows, text)
            rows = []
        if row_end - start <= _LONGEST and (row := _read(text, start, row_end)) is not None:
            rows.append(row)
            end = row_end
    yield from _names_of(rows, text)


def _read(text: bytes, start: int, end: int) -> _Row | None:
    person = read_person(_ROW, text, start, end)
    if person is None:
        return None
    name, told = person
    amount = _AMOUNT.search(told) is not None
    traits = count_traits(told)
    return _Row(start, name, bool(PRIVATE.search(told)), traits, amount, traits > 0 and bool(_SUM.search(told)))


def _names_of(rows: Sequence[_Row], text: bytes) -> frozenset[bytes]:
    names = frozenset(row.name for row in rows)
    if len(names) < FEWEST:
        return frozenset()
    private, full = sum(row.private for row in rows), sum(row.traits >= FULL for row in rows)
    # One word among sixty names is a name itself.
    amounts, owing = sum(row.amount for row in rows), sum(row.owes for row in rows)
    above = fold(text[max(0, rows[0].start - _ABOVE) : rows[0].start].decode("utf-8", "ignore")).plain
    telling = (
        private * _ENOUGH >= len(rows)
        or full * 2 >= len(rows)
        or (amounts * 2 >= len(rows) and _PAY.search(above) is not None)
        or (owing * 2 >= len(rows) and _DEBT.search(above) is not None)
    )
    return names if telling else frozenset()
