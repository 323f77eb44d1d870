"""Postal addresses in a text: a street with its number, and beside it, for a full one, a postcode or a town."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate, islice

from mailguard.core.customer import Customer
from mailguard.customers.keys import city_key, fold, postcode_key, street_key, street_word
from mailguard.namesake.months import MONTHS
from mailguard.namesake.octets import Text
from mailguard.namesake.searching import Pattern, Span
from mailguard.namesake.streets import streets_before, streets_behind

_MOST = 60
_MOST_NUMBERS = 600
_BEFORE = 64
_AFTER = 90
"""Flat, postcode and town stand within so many octets after the house number."""
_TOWN_WITHIN = 60
_TOUCHING = 12
_WORD = re.compile(r"\w+")
_LETTER = r"0-9A-Za-z\x80-\xff"
_NUMBER_BEFORE = re.compile(
    rf"(?<![{_LETTER}])(?<!\d[.,:])[0-9]{{1,4}}[A-Za-z]?(?![{_LETTER}])(?![.,:]\d\d?(?!\d))".encode("latin-1")
)
"""At most four figures, and no piece of an amount, a date or an hour: most numbers of a bill are that."""

_MONTHS = frozenset(name.encode() for name in MONTHS)
_ANY = r"\pL[\pL'’.\-]*"
_CAPITAL = r"\p{Lu}[\pL'’.\-]*"
_SMALL = r"\p{Ll}[\pL'’.\-]{2,}"
_NUMBER = r"\d{1,4}[A-Za-z]?"
_FLAT = r"(?: ?[A-Za-z](?: ?\d{1,4})?|[ /\-]\d{1,4})?"
_END = r"(?: ?[,;|()\n\t]|$)"
_FREE = r"(?:[^\pL\pN.,:%€$£]|[.,:](?:[^\pN]|$)|$)"
_STREET_FIRST = Pattern(
    rf"(?:{_CAPITAL}[ \n](?:{_ANY}[ \n]){{0,2}})?"
    rf"{_CAPITAL}[ \n](?:{_NUMBER}{_FREE}|{_SMALL}[ \n]{_NUMBER}{_FLAT}{_END})"
)
"""`Am Anger 5 in Erfurt`; with a small letter before the number (`Gunnel Nymanin kuja 111`) only where the line or the
clause ends behind it, and wholly in small letters only before a postcode: prose is full of `Friday after 8`."""
NUMBER_FIRST = Pattern(rf"(?:^|[^\pL\pN.,:\-/]){_NUMBER},? {_CAPITAL} {_CAPITAL}(?: {_CAPITAL})?(?:,|[ \t]*\n)")
"""`12 Harbour Row, Penzance`."""
_AT_END = re.compile(rb"([0-9]{1,4}[A-Za-z]?)[^0-9A-Za-z]{0,4}\Z")
_NEXT_WORD = re.compile(rb"\.?[ \n]([A-Za-z\x80-\xff]+)")
_AT_START = re.compile(rb"[0-9]{1,4}[A-Za-z]?")


@dataclass(frozen=True)
class Dwelling:
    """One place where an address may stand."""

    start: int
    end: int
    streets: frozenset[str]
    postcodes: frozenset[str]
    words: tuple[str, ...]
    """The words around the house number, itself among them, as written."""
    behind: int
    """The first word behind the house number."""

    @cached_property
    def cities(self) -> frozenset[str]:
        """What may be a town's name: one to four words behind the number, the first with a capital."""
        return _towns(self.words[self.behind : self.behind + 7])

    def is_home_of(self, customer: Customer) -> bool:
        """Whether the customer's street and number stand here, and the postcode or the town."""
        if postcode_key(customer.postcode) not in self.postcodes and city_key(customer.city) not in self.cities:
            return False
        return self.is_street_of(customer)

    def is_street_of(self, customer: Customer) -> bool:
        """Whether the customer's street and number stand here."""
        return street_key(customer.street) in self.streets and any(map(str.isdigit, customer.street))

    def touches(self, other: "Dwelling") -> bool:
        """Whether the two are readings of one address: flat and house number may both look like the latter."""
        return abs(self.start - other.start) <= _TOUCHING

    def has_behind(self, place: int) -> bool:
        """Whether a place in the text is part of this address."""
        return self.start < place <= self.end + _AFTER

    def has_line(self, customer: Customer) -> bool:
        """Whether the customer's whole street line stands here, staircase and flat included."""
        return _line(customer.street) in self._line

    @cached_property
    def _line(self) -> str:
        return f" {' '.join(map(street_word, self.words))} "

    def own_words(self, customer: Customer) -> frozenset[str]:
        """The words of the customer's address, which are nobody's name here."""
        return frozenset(fold(word) for word in _WORD.findall(f"{customer.street} {customer.city}"))


@lru_cache(maxsize=1 << 10)
def _line(street: str) -> str:
    return f" {' '.join(map(street_word, _WORD.findall(street)))} "


def towns_in(text: str) -> frozenset[str]:
    """What may be a town's name in a few words."""
    return _towns(_WORD.findall(text))


def _towns(words: Sequence[str]) -> frozenset[str]:
    folded = [fold(word) for word in words]
    beginnings = [place for place, word in enumerate(words) if word[0].isupper()]
    return frozenset([town for place in beginnings[:3] for town in accumulate(folded[place : place + 4])])


def find_dwellings(text: Text, postcodes: list[tuple[str, int]]) -> list[Dwelling]:
    """The places of up to 60 addresses, each once; `postcodes` are those of the text."""
    found: dict[tuple[frozenset[str], tuple[str, ...]], Dwelling] = {}
    for start, end in sorted({*_beside_capitals(text), *_before_postcodes(text, postcodes)}):
        dwelling = _read(text, start, end, postcodes)
        if dwelling.streets:
            found.setdefault((dwelling.streets, dwelling.words[dwelling.behind :]), dwelling)
        if len(found) >= _MOST:
            break
    return list(found.values())


def _beside_capitals(written: Text) -> Iterator[Span]:
    text, seen = written.head, set[bytes]()
    for pattern, number in ((_STREET_FIRST, _AT_END), (NUMBER_FIRST, _AT_START)):
        if not written.may_have(pattern):
            continue
        for ((start, end),) in islice(pattern.spans(text), _MOST_NUMBERS):
            if (found := number.search(text, start, end)) is None:
                continue
            place = found.span(found.lastindex or 0)
            # In most tables days stand below each other: their sentences need not be compared.
            if (following := _NEXT_WORD.match(text, place[1])) and following[1].lower() in _MONTHS:
                continue
            # The same sentence stands in the HTML once more, with its lines broken elsewhere.
            sentence = text[start : end + _TOWN_WITHIN // 2].replace(b"\n", b" ")
            if sentence not in seen:
                seen.add(sentence)
                yield place


def _before_postcodes(text: Text, postcodes: list[tuple[str, int]]) -> Iterator[Span]:
    for _, end in postcodes[:_MOST]:
        for match in _NUMBER_BEFORE.finditer(text.head, max(0, end - _AFTER), end):
            yield match.span()


def _read(text: Text, start: int, end: int, postcodes: list[tuple[str, int]]) -> Dwelling:
    near = frozenset([code for code, at in postcodes if start - _BEFORE < at <= end + _AFTER])
    first = max(0, start - _BEFORE)
    before, after = _words_beside(text.octets[first : end + _AFTER], start - first, end - first)
    number = text.octets[start:end].decode()
    streets = frozenset(_streets(number, before, after, any_case=bool(near)))
    return Dwelling(max(0, start - 1), end, streets, near, (*before, number, *after), len(before) + 1)


def _words_beside(octets: bytes, start: int, end: int) -> tuple[list[str], list[str]]:
    """Of what `_WORD` finds the last four words before a number and the first twelve behind it.

    In ASCII and the letters of the six languages in a fourth of the time of the pattern.
    """
    if octets.translate(None, _LATIN) or (b"\xc3" in octets and (b"\xc3\x97" in octets or b"\xc3\xb7" in octets)):
        before, after = octets[:start].decode("utf-8", "ignore"), octets[end:].decode("utf-8", "ignore")
        return _WORD.findall(before)[-4:], _WORD.findall(after)[:12]
    words = octets.translate(_BLANK_BETWEEN_WORDS)
    before, after = words[:start].decode("utf-8", "ignore"), words[end:].decode("utf-8", "ignore")
    return before.rsplit(None, 4)[-4:], after.split(None, 12)[:12]


_LATIN = bytes([*range(0xC0), 0xC3, 0xC4, 0xC5])
"""Octets of the characters to U+007F, and from U+00C0 to U+017F: all letters but the two signs above, × and ÷."""
_BLANK_BETWEEN_WORDS = bytes(octet if octet >= 0x80 or _WORD.match(chr(octet)) else 0x20 for octet in range(256))


def _streets(number: str, before: list[str], after: list[str], *, any_case: bool) -> list[str]:
    streets = streets_before(number, before)
    if not any_case:
        streets = [street for street, word in zip(streets, reversed(before), strict=True) if word[0].isupper()]
    if after and (any_case or (after[0][0].isupper() and after[0].casefold() not in MONTHS)):
        streets += streets_behind(number, after)
    return streets
