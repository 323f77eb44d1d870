"""Postal addresses in a text: a street with its number, and beside it, for a full one, a postcode or a town."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from mailguard.core.customer import Customer
from mailguard.customers.keys import city_key, fold, postcode_key, street_key, street_word
from mailguard.namesake.dates import months
from mailguard.namesake.octets import Pattern, Span, Text

_MOST = 60
_MOST_NUMBERS = 600
_BEFORE = 64
_AFTER = 90
"""Flat, postcode and town stand within so many octets after the house number."""
_TOWN_WITHIN = 60
_WORD = re.compile(r"[^\W_]+")
_FIGURES = re.compile(r"\d{1,4}")
_LETTER = r"0-9A-Za-z\x80-\xff"
_NUMBER_BEFORE = re.compile(
    rf"(?<![{_LETTER}])(?<!\d[.,:])[0-9]{{1,4}}[A-Za-z]?(?![{_LETTER}])(?![.,:]\d\d?(?!\d))".encode("latin-1")
)
"""At most four figures, and no piece of an amount, a date or an hour: most numbers of a bill are that."""

_ANY = r"\pL[\pL'’.\-]*"
_CAPITAL = r"\p{Lu}[\pL'’.\-]*"
_SMALL = r"\p{Ll}[\pL'’.\-]{2,}"
_NUMBER = r"\d{1,4}[A-Za-z]?"
_FREE = r"(?:[^\pL\pN.,:%€$£]|[.,:](?:[^\pN]|$)|$)"
_STREET_FIRST = Pattern(rf"(?:{_CAPITAL}[ \n](?:{_ANY}[ \n]){{0,2}})?{_CAPITAL}[ \n](?:{_SMALL}[ \n])?{_NUMBER}{_FREE}")
"""`Am alten Markt 5`, `Gunnel Nymanin kuja 111`; wholly in small letters only before a postcode."""
_NUMBER_FIRST = Pattern(rf"(?:^|[^\pL\pN.,:\-/]){_NUMBER},?[ \n]{_CAPITAL}[ \n]{_CAPITAL}")
"""`12 Harbour Row`."""
_AT_END = re.compile(rb"([0-9]{1,4}[A-Za-z]?)[^0-9A-Za-z]{0,4}\Z")
_AT_START = re.compile(rb"[0-9]{1,4}[A-Za-z]?")


@dataclass(frozen=True, slots=True)
class Dwelling:
    """One place where an address may stand."""

    start: int
    end: int
    streets: frozenset[str]
    postcodes: frozenset[str]
    cities: frozenset[str]
    around: str
    """The folded words around the house number, with a space before and behind each."""

    def is_home_of(self, customer: Customer) -> bool:
        """Whether the customer's street and number stand here, and the postcode or the town."""
        if not self.is_street_of(customer):
            return False
        return postcode_key(customer.postcode) in self.postcodes or city_key(customer.city) in self.cities

    def is_street_of(self, customer: Customer) -> bool:
        """Whether the customer's street and number stand here."""
        return street_key(customer.street) in self.streets and any(ch.isdigit() for ch in customer.street)

    def has_line(self, customer: Customer) -> bool:
        """Whether the customer's whole street line stands here, staircase and flat included."""
        line = " ".join(street_word(word) for word in _WORD.findall(customer.street))
        return f" {line} " in self.around

    def own_words(self, customer: Customer) -> frozenset[str]:
        """The words of the customer's address, which are nobody's name here."""
        return frozenset(fold(word) for word in _WORD.findall(f"{customer.street} {customer.city}"))


def find_dwellings(text: Text, postcodes: list[tuple[str, int]]) -> list[Dwelling]:
    """The places of up to 60 addresses, each once; `postcodes` are those of the text."""
    found: dict[tuple[frozenset[str], frozenset[str], frozenset[str]], Dwelling] = {}
    for start, end in sorted({*_beside_capitals(text.head), *_before_postcodes(text, postcodes)}):
        dwelling = _read(text, start, end, postcodes)
        if dwelling.streets:
            found.setdefault((dwelling.streets, dwelling.postcodes, dwelling.cities), dwelling)
        if len(found) >= _MOST:
            break
    return list(found.values())


def _beside_capitals(text: bytes) -> Iterator[Span]:
    seen: set[bytes] = set()
    for pattern, number in ((_STREET_FIRST, _AT_END), (_NUMBER_FIRST, _AT_START)):
        for ((start, end),) in islice(pattern.spans(text), _MOST_NUMBERS):
            # The same sentence stands in the HTML once more, with its lines broken elsewhere.
            sentence = text[start : end + _TOWN_WITHIN // 2].replace(b"\n", b" ")
            if sentence not in seen and (found := number.search(text, start, end)):
                seen.add(sentence)
                yield found.span(found.lastindex or 0)


def _before_postcodes(text: Text, postcodes: list[tuple[str, int]]) -> Iterator[Span]:
    for _, end in postcodes[:_MOST]:
        for match in _NUMBER_BEFORE.finditer(text.head, max(0, end - _AFTER), end):
            yield match.span()


def _read(text: Text, start: int, end: int, postcodes: list[tuple[str, int]]) -> Dwelling:
    near = frozenset(code for code, at in postcodes if start - _BEFORE < at <= end + _AFTER)
    number = text.string(start, end)
    before = _WORD.findall(text.string(start - _BEFORE, start))[-4:]
    after = _WORD.findall(text.string(end, end + _AFTER))[:12]
    around = f" {' '.join(map(street_word, [*before, number, *after]))} "
    streets = frozenset(_streets(number, before, after, any_case=bool(near)))
    return Dwelling(max(0, start - 1), end, streets, near, frozenset(_towns(after)), around)


def _streets(number: str, before: list[str], after: list[str], any_case: bool) -> Iterator[str]:
    street = _FIGURES.findall(number)[0]
    for word in reversed(before):
        street = f"{street_word(word)} {street}"
        if any_case or word[0].isupper():
            yield street
    if after and (any_case or (after[0][0].isupper() and after[0].casefold() not in months())):
        street = number
        for word in after[:3]:
            street = f"{street} {street_word(word)}"
            yield street


def _towns(words: list[str]) -> Iterator[str]:
    """One to four words, the first with a capital, as a town's name may be: three such beginnings at most."""
    beginnings = [place for place, word in enumerate(words[:8]) if word[0].isupper()]
    for place in beginnings[:3]:
        town = ""
        for word in words[place : place + 4]:
            town += fold(word)
            yield town
