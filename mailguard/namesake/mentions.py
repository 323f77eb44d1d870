"""The names that stand in a text: any two capitalised words close together may be somebody's."""

import re
import unicodedata
from collections.abc import Container, Iterable, Iterator, Sequence
from functools import cached_property, lru_cache

from mailguard.core.customer import Customer
from mailguard.customers.keys import PARTICLES, fold, name_key, other_name_keys, units
from mailguard.namesake.greeting import Greeted
from mailguard.namesake.octets import Text
from mailguard.namesake.searching import Span

_MOST_NAMES = 400
_NEXT = 3
"""A first and a last name stand within so many capitalised words (`First name: Matti, Last name: Virtanen`)."""
_WIDEST_GAP = 30
_WIDEST_NAME = 240
"""Octets that a name and the words between its halves take at most: `_NEXT` words and gaps."""
_HEAD = 400
"""Octets in which the subject, the address field and the greeting stand."""
_NEAR = 200
"""A date or postcode belongs to a name that stands at most so many octets before or after it."""
_MOST_PLACES = 40
_PAGES = 8000

_CAPITALS = "".join(chr(point) for point in range(0x2000) if unicodedata.category(chr(point)) == "Lu")
"""Of all scripts with two cases that a name is written in; made from the Unicode tables that Python carries."""
_CAPITALISED = re.compile(rf"[{_CAPITALS}][^\W\d_]*(?:['’‐-]+[^\W\d_]*)*")


class Names:
    """The names in a text: read only where the rest of the letter gives a reason to."""

    def __init__(self, text: Text, greeted: Greeted | None) -> None:
        self._text = text
        self._greeted = greeted
        self._words_at: dict[tuple[int, ...], set[str]] = {}
        self._names_at: dict[int, set[str]] = {}

    @cached_property
    def first(self) -> frozenset[str]:
        """Keys of the names in the greeting and at the head of the letter: these count for everything in it."""
        greeted = find_names(self._greeted.name) if self._greeted is not None else set()
        return frozenset(greeted | find_names(self._text.string(0, _HEAD)))

    def around(self, places: Iterable[int]) -> set[str]:
        """Keys of the names near these places."""
        found: set[str] = set()
        for start, end in _merged((place - _NEAR, place + _NEAR) for place in places):
            found |= find_names(self._text.string(start, end))
            if len(found) >= _MOST_NAMES:
                break
        return found

    def have_with(self, customer: Customer, places: Sequence[int]) -> bool:
        """Whether the customer's name belongs to one of the places: in a letter of a page or two, all names do."""
        if len(self._text.octets) > _PAGES:
            return self.have_near(customer, places)
        if self._at_head(customer):
            return True
        return _has_given(self._words, customer) and any(self._stands(key) for key in name_keys(customer))

    def have_near(self, customer: Customer, places: Sequence[int]) -> bool:
        """Whether the customer's name stands near one of the places, or at the head."""
        if self._at_head(customer):
            return True
        # Many customers are asked for at the same places: everybody of the house or the postcode. Of most not both
        # halves of the name stand there, and that is seen in a third of the time that it takes to pair all words.
        words = self._words_near(tuple(places))
        if not _has_given(words, customer):
            return False
        keys = name_keys(customer)
        if not any(words.issuperset(key.split(" ")) for key in keys):
            return False
        return any(not self._names_near(place).isdisjoint(keys) for place in places)

    def _at_head(self, customer: Customer) -> bool:
        return _has_given(self._first_words, customer) and not self.first.isdisjoint(name_keys(customer))

    @cached_property
    def _first_words(self) -> frozenset[str]:
        return frozenset([unit for key in self.first for unit in key.split(" ")])

    def _words_near(self, places: tuple[int, ...]) -> set[str]:
        if places not in self._words_at:
            near = " ".join([self._text.string(place - _NEAR, place + _NEAR) for place in places])
            self._words_at[places] = {form for word in _CAPITALISED.findall(near) for form in _forms(word)}
        return self._words_at[places]

    def _names_near(self, place: int) -> set[str]:
        if place not in self._names_at:
            self._names_at[place] = find_names(self._text.string(place - _NEAR, place + _NEAR))
        return self._names_at[place]

    def _stands(self, key: str) -> bool:
        words = [self._words.get(unit) for unit in key.split(" ")]
        if len(words) != 2 or not words[0] or not words[1]:
            return False
        rarer = min(words, key=lambda written: len(written or ()))
        places = [place for word in rarer or () for place in _places_of(word.encode(), self._text.head)]
        wide = _merged((place - _WIDEST_NAME, place + _WIDEST_NAME) for place in places)
        return any(key in find_names(self._text.string(start, end)) for start, end in wide)

    @cached_property
    def _words(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for word in set(_CAPITALISED.findall(self._text.start)):
            for form in _forms(word):
                found.setdefault(form, set()).add(word)
        return found


def _places_of(word: bytes, text: bytes) -> Iterator[int]:
    at = text.find(word)
    for _ in range(_MOST_PLACES):
        if at < 0:
            return
        yield at
        at = text.find(word, at + len(word))


def _merged(spans: Iterable[Span]) -> Iterator[Span]:
    begun: Span | None = None
    for start, end in sorted(spans):
        if begun is None:
            begun = (start, end)
        elif start <= begun[1]:
            begun = (begun[0], max(begun[1], end))
        else:
            yield begun
            begun = (start, end)
    if begun is not None:
        yield begun


def _has_given(words: Container[str], customer: Customer) -> bool:
    """Whether a given name is among the words: one is a half of each of the `name_keys`, which take longer to make."""
    given = units(customer.first_name)
    return any(unit in words for unit in given) or (len(given) > 1 and "".join(given) in words)


def name_keys(customer: Customer) -> list[str]:
    """Every key under which a letter may name the customer."""
    others = other_name_keys(customer.first_name, customer.last_name, customer.former_names)
    return [name_key(customer.first_name, customer.last_name), *others]


def find_names(text: str) -> set[str]:
    """Keys of capitalised words that stand close together: any two of them may be somebody's name."""
    found: set[str] = set()
    words = [(*match.span(), forms) for match in _CAPITALISED.finditer(text) if (forms := _forms(match[0]))]
    for number, (_, end, forms) in enumerate(words):
        for other_start, other_end, others in words[number + 1 : number + 1 + _NEXT]:
            if other_start - end > _WIDEST_GAP:
                break
            # As `keys.pair_key`, which is too slow to be called here.
            for one in forms:
                for two in others:
                    found.add(f"{one} {two}" if one <= two else f"{two} {one}")
            end = other_end
        if len(found) >= _MOST_NAMES:
            break
    return found


@lru_cache(maxsize=1 << 15)
def _forms(word: str) -> tuple[str, ...]:
    """The folded ways to write one word of a name: joined, and each part of a double name; none for a particle."""
    parts = () if len(word) > 50 or fold(word) in PARTICLES else units(word)
    return tuple(dict.fromkeys(("".join(parts), *parts))) if parts else ()
