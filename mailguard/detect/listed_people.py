"""People told line by line, without a heading: `Anna Berg, born 3.6.2007, Mill Lane 3`, `Ola Ek - on sick leave`.

A list of names says who comes to a meeting, and one with telephone numbers whom to call: both are in every other
business letter. It counts where its lines tell what people keep to themselves: health (GDPR, Art. 9), pay and debts, a
birth date, a home, or a telephone beside another of these.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from mailguard.detect.fold import fold
from mailguard.detect.given_names import sounds_personal
from mailguard.detect.page import Page
from mailguard.detect.pattern import Span, compile_pattern
from mailguard.detect.personal_details import (
    BORN,
    FEWEST,
    FINDS,
    FULL,
    HOME,
    NAME,
    PRIVATE,
    TELLS,
    count_traits,
    read_person,
)

_LONGEST = 300
"""Octets of a line of a list; a paragraph is none."""
_MOST_BETWEEN = 2
"""Line breaks from one row to the next one: an empty line, or the rest of a long one, may stand between them."""
_ROW = compile_pattern(
    r"(?m)^[ \t>]*(?:[-*•–·]|\d{1,3}(?:[.)]|[;|\t]|  )|\d{1,2}[.:]\d\d[ \t]|[A-Z]{0,4}[-/]?\d[\d./-]{2,13}[;|\t]"
    r"|[Nn]r\.? ?\d{1,4}|\p{Lu}\pL+ \d{1,3}:|(?:[Kk]d|[Nn]r|[Ii]d)\.? ?\d{4,9}[,:]?)?[ \t]*[\"']?"
    rf"({NAME})"
    r"([\"']? ?(?:[,;:|(/\t]|[–—-] |  | \d| (?:[bsf]|synt|geb|ur|dob|född|born)\.? ?\d).*)$",
    exact=True,
)
"""A line that begins with a name, behind a bullet, number or time of day, and says something of it."""
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
_BIRTHS = compile_pattern(
    r"\b(?:births?|birth ?-?dates?|born|dobs?|synt\w*ai(?:ka|at|koja|oineen)\w*|syntyma\w*|fodelse\w*|urodzeni\w*"
    r"|geboorte\w*|geburts\w*)\b",
    captures=False,
)
"""What they call the dates in it."""
_ABOVE = 300
"""Octets above a list that say what it is about."""
_NAMED_ABOVE = (("date", _BIRTHS), ("amount", _PAY), ("debt", _DEBT))
"""What counts where the lines above say what it is; firms owe money as well, hence beside a home or telephone."""
_TOLD = ("private", "somebody", "date", "amount", "debt", "personal")
"""What a row may tell: health, pay or debts; what finds somebody; a date; a sum, and one of a home or telephone; and
that its name is a person's."""
_LOOKED_AT = 200
"""Rows of a long list that say what it tells, from all over it."""


class _Row(NamedTuple):
    start: int
    name: bytes
    told: bytes


def listed_people(page: Page) -> Iterator[bytes]:
    """The folded names in lists that tell something private of people; nothing where there is no such list."""
    text = page.text.encode("utf-8", "replace")
    lists = list(_lists_in(text))
    if not lists or not any(pattern.search(page.plain) for pattern in (TELLS, _PAY, _DEBT)):
        return
    for lines in lists:
        rows = [
            _Row(start, *person) for start, end in lines if (person := read_person(_ROW, text, start, end)) is not None
        ]
        yield from _names_of(rows, text)


def _lists_in(text: bytes) -> Iterator[list[Span]]:
    """Lines that begin with what may be a name, of each list that has enough of them."""
    lines: list[Span] = []
    for start, end in _ROW.spans(text):
        if end - start > _LONGEST:
            continue
        if lines and text.count(b"\n", lines[-1][1], start) > _MOST_BETWEEN:
            if len(lines) >= FEWEST:
                yield lines
            lines = []
        lines.append((start, end))
    if len(lines) >= FEWEST:
        yield lines


def _names_of(rows: Sequence[_Row], text: bytes) -> frozenset[bytes]:
    names = frozenset(row.name for row in rows)
    if len(names) < FEWEST:
        return frozenset()
    looked_at = [_tells(row) for row in rows[:: len(rows) // _LOOKED_AT | 1]]
    share = {what: sum(tells[what] for tells in looked_at) / len(looked_at) for what in _TOLD}
    # One word of illness among sixty names is a name itself; and shops and pick-up points have an address, too.
    telling = share["private"] >= 1 / 4 or (share["somebody"] >= 1 / 2 and share["personal"] >= 1 / 2)
    named = any(share[what] >= 1 / 2 and word.search(_above(rows[0], text)) for what, word in _NAMED_ABOVE)
    return names if telling or named else frozenset()


def _above(row: _Row, text: bytes) -> bytes:
    return fold(text[max(0, row.start - _ABOVE) : row.start].decode("utf-8", "ignore")).plain


def _tells(row: _Row) -> dict[str, bool]:
    traits = count_traits(row.told)
    return {
        "private": PRIVATE.search(row.told) is not None,
        "somebody": traits >= FULL or FINDS.search(row.told) is not None,
        "date": BORN.search(row.told) is not None,
        "amount": _AMOUNT.search(row.told) is not None,
        "debt": traits > 0 and _SUM.search(row.told) is not None,
        "personal": sounds_personal(row.name) and not _is_street(row),
    }


def _is_street(row: _Row) -> bool:
    """Willem de Zwijgerlaan 12 is where somebody lives, and nobody himself."""
    home = HOME.search(row.name + row.told)
    return home is not None and home.start() < len(row.name)
