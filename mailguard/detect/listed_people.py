"""People told line by line, without a heading: `Anna Berg, born 3.6.2007, Mill Lane 3`, `Ola Ek - on sick leave`.

A list of names says who comes to a meeting, and one with telephone numbers whom to call: both are in every other
business letter. It counts where its lines tell what people keep to themselves: health (GDPR, Art. 9), pay and debts, or
at least two of birth date, home and telephone.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from mailguard.detect.fold import fold
from mailguard.detect.page import Page
from mailguard.detect.pattern import any_of, compile_pattern

_FEWEST = 3
"""Names that make a list."""
_FULL = 2
"""Of birth date, home and telephone: so many find somebody."""
_ENOUGH = 4
"""One row in so many tells something private."""
_LONGEST = 300
"""Octets of a line of a list; a paragraph is none."""
_MOST_BETWEEN = 2
"""Line breaks from one row to the next one: an empty line, or the rest of a long one, may stand between them."""
_ROW = compile_pattern(
    r"(?m)^[ \t>]*(?:[-*•–·]|\d{1,3}(?:[.)]|[;|\t]|  )|[Nn]r\.? ?\d{1,4})?[ \t]*"
    r"((?:(?:Mrs?|Ms|Dr|Herr|Frau|Fr|Hr|[Dd]hr|[Mm]evr|[Mm]w|[Ff]am|Pani?|Rva)\.? {1,3})?\p{Lu}[\pL'’-]*[.,]?"
    r"(?: {1,3}(?:de|den|der|van|von|zu|af|av|al|el|la|le|ter|ten|di|du|'t))*(?: {1,3}\p{Lu}[\pL'’-]*\.?){1,3})"
    r"( ?(?:[,;:|(\t]|[–—-] |  | \d).*)$",
    exact=True,
)
"""A line that begins with a name of two words or more, behind a bullet or number, and says something of it."""
_NO_NAME = compile_pattern(
    r"\b(?:"
    r"names?|nimi|namn|naam|imie|nazwisko|dates?|datum|data|paiva\w*|birth|born|address|adress|adresse?n?|osoite|anschrift"
    r"|number|nummer|numero|numer|no|nr|phone|tel|telefon\w*|puhelin\w*|mobile|mail|e-?mail|street|city|town|country"
    r"|salar\w+|palkka|lon|gehalt|wynagrodzenie|leave|loma|status|reason|type|department|team|manager|employer|contact"
    r"|details|notes?|total|amount|bonus|pay|period|account|customer|employee|patient|doctor|diagnos\w*|medication"
    r"|allerg\w+|health|insurance|policy|start|end|from|subject|sent|version|section|chapter|annex|table|figure|page"
    r"|oyj?|ab|as|gmbh|ag|kg|bv|nv|ltd|inc|llc|plc|s\.?a|ry|hotel|project|projekt|team|sp"
    r"|the|an?|of|for|and|our|your|if|when|please|this|that|in|on|at|to|with"
    r")\b",
    captures=False,
)
"""Words of a form's labels, of headings and of sentences, which begin with capitals too."""
_INITIAL = re.compile(rb"\b[a-z]\.")
_PRIVATE = any_of(
    (
        r"allerg\w*|\w*allergi\w*|asth?ma\w*|diabet\w*|epilep\w*|dement\w*|keliak\w*|coeliac|celiak\w*|lactose",
        r"cancer|kanker|syopa\w*|adhd|autis\w*|depress\w*|burn-?out|psychosomat\w*|therap(?:y|ie)|disab\w+",
        r"medication|sick(?:ness)? (?:leave|days?|note)|maternity leave|parental leave|pregnan\w*|wheelchair",
        r"walking frame|diagnos\w*|laktoosi\w*|sairaus\w*|sairaana|aitiysloma\w*|raskaana|vammai\w*|laakity\w*",
        r"sjukskriv\w*|sjukfranvaro|sjuk|vab|rehab\w*|lakarintyg|foraldraledig\w*|gravid|rullstol",
        r"zwolnieni\w+ lekarski\w+|chorobow\w+|niepelnosprawn\w+|ciaz[ay]|niedosluch\w*|daltoni\w*|okulist\w+",
        r"laryngolog\w*|ziek(?:gemeld|teverlof)?|arbeidsongeschikt|zwanger\w*|rolstoel|medicijn\w*",
        r"krank(?:geschrieben|meldung|enstand)?|au-tage|reha|wiedereingliederung|schwanger\w*|schwerbehind\w*",
        r"inhal(?:er|ator\w*)|epi-?pen|heart failure|hartfalen|hartpatient\w*|herzkrank\w*|sydanvika\w*",
        r"cukrzyc\w*|cukrzyk\w*|padaczk\w*|uczulon\w*|chorob[ay]|sokerita\w*|zuckerkrank\w*|suikerziek\w*|overgevoelig\w*",
        r"rollstuhl|salar(?:y|is)|pay rise|rise to|improvement plan|formal warning|arrears|bailiffs?|palkka\w*",
        r"ulosot\w*|maksuhairio\w*|loneforhoj\w*|kronofogd\w*|betalningsanmark\w*|komornik\w*|komornicz\w*",
        r"wynagrodz\w*|nagana|mnd achter\w*|achterstand\w*|deurwaarder|schuldhulp\w*|gehalt|pfandung\w*|ruckstand",
        r"gerichtsvollzieher|abmahnung|au (?:bis|seit|ab)|l4 (?:do|od)",
    )
)
_BORN = (
    r"\b[0-3]?\d[./-][01]?\d[./-](?:19\d\d|20[01]\d|202[0-4])\b"
    r"|\b(?:born|b|s|synt|f|fodd|ur|geb|dob)[.:]? ?(?:[0-3]?\d[./-])?(?:[01]?\d[./-])?(?:19|20)\d\d\b"
)
_HOME = (
    r"\b[a-z'-]*(?:katu|tie|kuja|polku|raitti|gatan|gata|vagen|vag|grand|stigen|straat|weg|laan|pad|haven|dijk|plein"
    r"|strasse|str\.|allee|platz|gasse|damm|ufer|kade|gracht|singel|dreef|torget?|kaari|ranta|rinne|[a-z]v)\.?"
    r" ?\d{1,4}[a-z]?\b"
    r"|\b(?:ul\.|ulica|al\.|os\.) ?[a-z -]{2,30}\d"
    r"|\b\d{1,4}[a-z]? [a-z'-]+(?: [a-z'-]+)? (?:street|st|road|rd|lane|ln|avenue|ave|close|cl|drive|dr|way|court|ct)\b"
    r"|\bflat \d"
)
_PHONE = r"(?:\+|\b0)\d{1,4}[ /-]?\d{2,4}(?:[ /-]?\d{2,4}){1,3}\b|\b[4-8]\d\d[ -]\d{3}[ -]\d{3}\b"
_TRAITS = tuple(compile_pattern(trait, captures=False) for trait in (_BORN, _HOME, _PHONE))
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
_IS_PRIVATE = compile_pattern(rf"\b{_PRIVATE}\b", captures=False)
_TELLS = compile_pattern(rf"\b{_PRIVATE}\b|{_BORN}|{_PHONE}", captures=False)
"""What every such list has: a home alone is too little."""


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
    if not pays and not _TELLS.search(page.plain):
        return
    if not pays and not _IS_PRIVATE.search(page.plain) and _count_traits(page.plain) < _FULL:
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
    found = _ROW.match(text, start, end)
    if found is None:
        return None
    name, told = (fold(found[group].decode("utf-8", "replace")).plain for group in (1, 2))
    if _NO_NAME.search(_INITIAL.sub(b"", name)):  # the one of `A. Bakkali` is no article
        return None
    amount = _AMOUNT.search(told) is not None
    traits = _count_traits(told)
    return _Row(start, name, bool(_IS_PRIVATE.search(told)), traits, amount, traits > 0 and bool(_SUM.search(told)))


def _count_traits(plain: bytes) -> int:
    return sum(trait.search(plain) is not None for trait in _TRAITS)


def _names_of(rows: Sequence[_Row], text: bytes) -> frozenset[bytes]:
    names = frozenset(row.name for row in rows)
    if len(names) < _FEWEST:
        return frozenset()
    private, full = sum(row.private for row in rows), sum(row.traits >= _FULL for row in rows)
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
