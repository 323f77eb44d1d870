"""Half a name beside an address or a number: whether it may be the customer's, and whether it says that it is not."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from mailguard.core.customer import Customer
from mailguard.customers.keys import PARTICLES, fold, units
from mailguard.namesake.dwellings import Dwelling
from mailguard.namesake.greeting import Greeted
from mailguard.namesake.names import FullName, names_of
from mailguard.namesake.nicknames import are_nicknames, groups_of
from mailguard.namesake.octets import Text
from mailguard.namesake.patterns import IdentifierPatterns

_NEAR = 160
_WORD = re.compile(r"[^\W_]+")
_GAP_AND_WORD = re.compile(r"([\W_]*)([^\W_]+)")
_GAP = re.compile(r"(?:[^\S\n\t]|['’.‐-]){1,3}")
_PARAGRAPH = re.compile(r"\n[ \t\r>|]*\n")
_INFLECTED_FROM = 3
_LONGEST_ENDING = 4
_NO_UNITS = PARTICLES | {""}


class _Word(NamedTuple):
    """One unit of a word, and how it stands in the text."""

    unit: str
    capital: bool
    joined: bool
    """Only a space parts it from the word before."""


@dataclass(frozen=True)
class NamesNear:
    """The words around one place of a text."""

    before: str
    """As written, the place itself included."""
    after: str
    greeted: Greeted | None
    titles: frozenset[str]
    no_names: frozenset[str]

    @classmethod
    def of(
        cls,
        text: Text,
        start: int,
        end: int,
        greeted: Greeted | None,
        patterns: IdentifierPatterns,
        within: int = _NEAR,
    ) -> "NamesNear":
        """Take the words before `end` and after it, so many octets each way."""
        # A name in another paragraph is not beside the place: agents sign above the shop's address.
        before = _PARAGRAPH.split(text.string(start - within, end))[-1]
        after = _PARAGRAPH.split(text.string(end, end + within), maxsplit=1)[0]
        return cls(before, after, greeted, patterns.titles, patterns.no_names)

    @cached_property
    def words(self) -> tuple[_Word, ...]:
        """Read only where somebody may be named: that takes four times as long as to see it."""
        return (*self._words_before, *_words(self.after))

    @cached_property
    def behind(self) -> int:
        """The first word behind the place."""
        return len(self._words_before)

    @cached_property
    def _words_before(self) -> list[_Word]:
        return _words(self.before)

    @cached_property
    def capitals(self) -> frozenset[str]:
        """The units of the capitalised words."""
        words = (*_WORD.findall(self.before), *_WORD.findall(self.after))
        return frozenset([fold(word) for word in words if word[0].isupper()]) - _NO_UNITS

    @cached_property
    def begins(self) -> frozenset[str]:
        """The first letters of `capitals`: without one of these, or one of the `forms`, no name fits any."""
        return frozenset([unit[:_INFLECTED_FROM] for unit in self.capitals])

    @cached_property
    def forms(self) -> frozenset[int]:
        """The groups of nicknames that `capitals` are in."""
        return frozenset([group for unit in self.capitals for group in groups_of(unit)])

    def grade(self, customer: Customer, home: Dwelling | None = None) -> int:
        """3 both halves of a name as written, 2 both inflected, 1 one half that nothing contradicts, 0 none.

        A half in the greeting is as good as one beside the place. A greeting that names somebody else does not speak
        for anybody, and its words are not taken for the customer's; nor are the words of the `home` beside the place.
        """
        greets = self.greeted is not None and self.greeted.fits(customer)
        if greets and self.greeted is not None and self.greeted.is_full:
            return 3
        if not self._may_name(customer):
            return int(greets)
        names = list(names_of(customer))
        not_names = home.own_words(customer) if home is not None else frozenset()
        left_out = not_names
        if self.greeted is not None and not greets:
            left_out |= {unit for word in self.greeted.name.split() for unit in units(word)}
        places = [place for place, word in enumerate(self.words) if word.capital and word.unit not in left_out]
        best = max(self._grade(places, name, not_names) for name in names)
        if best < 2 and self._is_of_another(places, names, not_names):
            return 0
        return max(best, int(greets))

    def has_last_name(self, customer: Customer) -> bool:
        """Whether a last name of the customer's, in any case, stands here or in the greeting."""
        lasts = {unit for name in names_of(customer) for unit in name.last}
        greeted = [unit for word in self.greeted.name.split() for unit in units(word)] if self.greeted else []
        return any(_fit(unit, tuple(lasts)) for unit in (*greeted, *self.capitals))

    def _may_name(self, customer: Customer) -> bool:
        """Whether a word begins as one of the customer's names, or is a form of it: of most in a house none does."""
        for name in (customer.first_name, customer.last_name, *customer.former_names):
            for unit in units(name):
                if unit[:_INFLECTED_FROM] in self.begins or not self.forms.isdisjoint(groups_of(unit)):
                    return True
        return False

    def _is_of_another(self, places: Sequence[int], names: Sequence[FullName], not_names: frozenset[str]) -> bool:
        """`Hej Erik`, and then the address of Erik Svensson: not Erik Lindström's, who lives in the same house."""
        own = tuple({unit for name in names for unit in (*name.given, *name.last)})
        before = [place for place in places if place < self.behind and _fit(self.words[place].unit, own) == 2]
        return any(not self._titled(place) and not self._stands_alone(place, own, not_names) for place in before)

    def _grade(self, places: Sequence[int], name: FullName, not_names: frozenset[str]) -> int:
        firsts = [(place, how) for place in places if (how := _fit(self.words[place].unit, name.given))]
        lasts = [(place, how) for place in places if (how := _fit(self.words[place].unit, name.last))]
        reach = len(name.given) + len(name.last)
        both = [min(a, b) for at, a in firsts for other, b in lasts if 0 < abs(at - other) <= reach]
        if both:
            return max(both) + 1
        # A first name bends too little and a last name enough: Maria is not Mari, and Kowalskiego is Kowalski. Behind
        # a title it bends for certain: Panie Tomaszu.
        own = name.given + name.last
        if any(self._titled(place) or self._stands_alone(place, own, not_names) for place, _ in lasts):
            return 1
        straight = [place for place, how in firsts if how == 2 or self._titled(place)]
        return int(any(self._stands_alone(place, own, not_names) for place in straight))

    def _titled(self, place: int) -> bool:
        return place > 0 and self.words[place].joined and self.words[place - 1].unit in self.titles

    def _stands_alone(self, place: int, own: tuple[str, ...], not_names: frozenset[str]) -> bool:
        """Whether no other name touches the word: `Erik Svensson` is not Erik Lindström."""
        touching = [place - 1] if place and self.words[place].joined else []
        if place + 1 < len(self.words) and self.words[place + 1].joined:
            touching.append(place + 1)
        others = [self.words[other] for other in touching if self.words[other].capital]
        free = self.no_names | not_names
        initials = {unit[0] for unit in own}
        return all(word.unit in free or word.unit in initials or _fit(word.unit, own) for word in others)


def _words(text: str) -> list[_Word]:
    words: list[_Word] = []
    follows = False
    for gap, word in _GAP_AND_WORD.findall(text):
        unit = fold(word)
        if unit not in _NO_UNITS:
            words.append(_Word(unit, word[0].isupper(), follows and _is_gap(gap)))
            follows = True
        else:
            # A particle belongs to the name behind it: `mevrouw De Vries` is a title and a name.
            follows = follows and _is_gap(gap)
    return words


@lru_cache(maxsize=1 << 10)
def _is_gap(between: str) -> bool:
    return _GAP.fullmatch(between) is not None


@lru_cache(maxsize=1 << 15)
def _fit(word: str, known: tuple[str, ...]) -> int:
    """2 the same unit or its nickname, 1 the same with another ending, 0 another."""
    if any(word == unit or are_nicknames(word, unit) for unit in known):
        return 2
    return int(any(is_inflected(word, unit) for unit in known))


def is_inflected(word: str, name: str) -> bool:
    """Whether a word may be a case of the name: Kowalskiego, Virtasen, Pawle. Only beside other evidence."""
    shortest = min(len(word), len(name))
    if shortest < _INFLECTED_FROM:
        return False
    same = next((at for at, (a, b) in enumerate(zip(word, name, strict=False)) if a != b), shortest)
    return same >= max(_INFLECTED_FROM, shortest - 3) and max(len(word), len(name)) - same <= _LONGEST_ENDING
