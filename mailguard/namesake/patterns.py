"""The words of `rules/identifiers.yaml`, made into linear-time patterns and proved by their own examples."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import re2

from mailguard.core.errors import RulesError
from mailguard.core.rule_file import read_rule_file
from mailguard.customers.keys import fold
from mailguard.namesake.dates import DATE
from mailguard.namesake.dwellings import NUMBER_FIRST
from mailguard.namesake.identifier_file import Contents, flat, listed, mapping, number_test, order_ids, words_of
from mailguard.namesake.labels import MOST_VALUES, NAME, NUMBER, PLAIN_ID, Labels
from mailguard.namesake.numbers import NATIONAL
from mailguard.namesake.octets import Text
from mailguard.namesake.own_places import OwnPlace, own_places
from mailguard.namesake.postcodes import POSTCODE
from mailguard.namesake.reachable import MIXED, PHONE
from mailguard.namesake.searching import Pattern, Patterns

_FILE = "identifiers.yaml"
_KEYS = frozenset(
    "headers labels linking_words list_words other_numbers paths check form order_ids greeting examples".split(),
)
VOCATIVE = "pl"
"""Polish greets in the vocative: Panie Tomaszu, Pani Anno. Such names are compared by their beginnings."""
_MEND = "write keys such as labels, headers, greeting"


@dataclass(frozen=True, slots=True)
class Greeting:
    """How letters begin, in one language."""

    language: str
    openers: tuple[str, ...]


@dataclass(frozen=True)
class IdentifierPatterns:
    """Everything that recognises a customer's name tag in a text."""

    headers: tuple[str, ...]
    greetings: tuple[Greeting, ...]
    titles: frozenset[str]
    """Folded, as are `not_names`."""
    not_names: frozenset[str]
    own_places: tuple[OwnPlace, ...]
    """The company's own addresses."""
    addressing: tuple[str, ...]
    """Words before an addressee's name, in small letters."""
    other_numbers: tuple[str, ...]
    """Folded beginnings of words before numbers that are no customer's."""
    _order_ids: tuple[Pattern, ...] = field(repr=False)
    """Other numbers that hold the customer's, which is the first group."""
    _path: Pattern | None = field(repr=False)
    """A piece of a link behind which the customer's number, the first group, stands."""
    _is_number: Callable[[str], bool] = field(repr=False)
    _numbers: Labels = field(repr=False)
    _usernames: Labels = field(repr=False)

    @cached_property
    def openers(self) -> tuple[Pattern, dict[str, str]]:
        """The beginning of a line with an opener, and every opener's language, the longest first."""
        languages: dict[str, str] = {}
        for greeting in self.greetings:
            for opener in map(str.lower, greeting.openers):
                # `Hej` is Swedish and Polish: the language that forgives the vocative may have it.
                if opener not in languages or greeting.language == VOCATIVE:
                    languages[opener] = greeting.language
        longest_first = sorted(languages, key=len, reverse=True)
        any_opener = "|".join(re2.escape(opener) for opener in (*longest_first, *self.addressing))
        pattern = Pattern(rf"(?i)(?:^|\n)[\s>|*]*(?:{any_opener})[\s,:]")
        return pattern, {opener: languages[opener] for opener in longest_first}

    @cached_property
    def no_names(self) -> frozenset[str]:
        """Folded words that stand beside names and are none: titles, openers and the like."""
        openers = {fold(word) for greeting in self.greetings for opener in greeting.openers for word in opener.split()}
        return self.titles | self.not_names | openers

    @classmethod
    def load(cls, folders: Sequence[Path], own_addresses: Sequence[str] = ()) -> "IdentifierPatterns":
        """Read `identifiers.yaml` of every folder that has one; their lists add up. `own_addresses` is that setting.

        Raises RulesError for a file that cannot be used and for an example that fails.
        """
        files = [folder / _FILE for folder in folders if (folder / _FILE).is_file()]
        if not files:
            raise RulesError(Path(folders[0]) / _FILE if folders else None, "(file)", "is missing")
        contents = [(file, read_rule_file(file, _KEYS, _MEND)) for file in files]
        try:
            patterns = _compile(contents, own_places(own_addresses))
        except ValueError as error:
            raise RulesError(contents[-1][0], "(words)", str(error)) from None
        # Made now, and not for the first letter.
        _ = patterns.openers, patterns.forms
        for file, content in contents:
            for number, example in enumerate(listed(file, content, "examples")):
                patterns.prove(file, number, example)
        return patterns

    @cached_property
    def forms(self) -> tuple[Patterns, Patterns]:
        """What a letter's whole text is looked through for: words, and figures. Two automata are quicker than one."""
        words = Patterns(self._numbers.any, self._usernames.any, *((self._path,) if self._path else ()))
        return words, Patterns(DATE, POSTCODE, NUMBER_FIRST, NATIONAL, PHONE, MIXED, *self._order_ids)

    def customer_ids(self, text: Text) -> list[str]:
        """Values of a customer number's label, in columns under one, and in links; as written, in their order."""
        found = self._numbers.values(text.octets) if text.may_have(self._numbers.any) else ()
        return list(dict.fromkeys((*found, *(_groups([self._path], text) if self._path else ()))))[:MOST_VALUES]

    def usernames(self, text: Text) -> list[str]:
        """Values of a user name's label."""
        found = self._usernames.values(text.octets) if text.may_have(self._usernames.any) else ()
        return [name.rstrip("._-") for name in found]

    def customers_of_orders(self, text: Text) -> list[str]:
        """Customer numbers that are a piece of another number, where the deployment makes such."""
        return list(dict.fromkeys(_groups(self._order_ids, text)))[:MOST_VALUES]

    def can_be_number(self, key: str) -> bool:
        """Whether the key (`keys.id_key`) of a number has the form and the check digit of this deployment's."""
        return self._is_number(key)

    def prove(self, file: Path, number: int, example: Any) -> None:
        """Run one example. Raises RulesError when it gives something else."""
        if not isinstance(example, dict) or not isinstance(example.get("text"), str):
            raise RulesError(file, f"examples[{number}]", 'write {text: "...", customer_id: ["..."]}')
        text = Text.from_string(example["text"])
        finders = (
            ("customer_id", self.customer_ids),
            ("username", self.usernames),
            ("order_id", self.customers_of_orders),
        )
        for kind, find in finders:
            if kind in example and (found := find(text)) != example[kind]:
                raise RulesError(file, f"examples[{number}].{kind}", f"expected {example[kind]}, found {found}")


def _groups(patterns: Sequence[Pattern], text: Text) -> Iterator[str]:
    for pattern in filter(text.may_have, patterns):
        for spans in islice(pattern.spans(text.octets), MOST_VALUES):
            if value := text.octets[slice(*spans[1])].decode("utf-8", "ignore"):
                yield value


def _compile(contents: Contents, own: tuple[OwnPlace, ...]) -> IdentifierPatterns:
    words: dict[str, list[str]] = {"customer_id": [], "username": []}
    titles: list[str] = []
    not_names: list[str] = []
    addressing: list[str] = []
    openers: dict[str, list[str]] = {}
    for file, content in contents:
        for kind, languages in mapping(file, content, "labels").items():
            if kind not in words:
                raise RulesError(file, f"labels.{kind}", f"unknown; known: {', '.join(words)}")
            words[kind] += flat(languages)
        greeting = mapping(file, content, "greeting")
        titles += flat(greeting.get("titles", []))
        not_names += flat(greeting.get("not_names", []))
        addressing += flat(greeting.get("addressing", []))
        for language, phrases in mapping(file, greeting, "openers").items():
            openers.setdefault(language, []).extend(flat(phrases))
    linking, listing = words_of(contents, "linking_words"), words_of(contents, "list_words")
    paths = "|".join(map(re2.escape, words_of(contents, "paths")))
    return IdentifierPatterns(
        headers=tuple(words_of(contents, "headers")),
        greetings=tuple(Greeting(language, tuple(phrases)) for language, phrases in openers.items()),
        titles=frozenset(map(fold, titles)),
        not_names=frozenset(map(fold, not_names)),
        own_places=own,
        addressing=tuple(word.lower() for word in addressing),
        other_numbers=tuple(map(fold, words_of(contents, "other_numbers"))),
        _order_ids=order_ids(contents),
        _path=Pattern(rf"(?i)/(?:{paths})/({PLAIN_ID})") if paths else None,
        _is_number=number_test(contents),
        _numbers=Labels.of(words["customer_id"], linking, listing, NUMBER),
        _usernames=Labels.of(words["username"], linking, (), NAME),
    )
