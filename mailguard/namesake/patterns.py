"""The words of `rules/identifiers.yaml`, made into linear-time patterns and proved by their own examples."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import re2

from mailguard.core.errors import RulesError
from mailguard.core.rule_file import read_rule_file
from mailguard.customers.keys import fold
from mailguard.namesake.checkdigits import CHECKS
from mailguard.namesake.columns import columns_under
from mailguard.namesake.octets import Pattern, Text
from mailguard.namesake.own_places import OwnPlace, own_places

_FILE = "identifiers.yaml"
_KEYS = frozenset(
    {"headers", "labels", "linking_words", "list_words", "check", "form", "order_ids", "greeting", "examples"}
)
_MEND = "write keys such as labels, headers, greeting"
_MOST_VALUES = 500
"""So many labelled numbers are read of one text. A letter about more people is held for its bulk anyway."""
_MOST_MATCHES = 5000
_ENDING_FROM = 6

_LETTER = r"[a-zß-öø-ž]"
"""Latin letters: the class of all letters makes a label's pattern a hundred times larger."""
_EDGE = r"[^0-9a-zß-öø-ž]"
_ID = r"(?:[A-Za-z]{1,6}[-_./]?)?\d[0-9A-Za-z]*(?:[-_./ ]\d[0-9A-Za-z]*)*"
_NAME = r"[\pL\pN][\pL\pN._@+\-]*"
_LONGEST_VALUE = 64
_BETWEEN = r"[\s:=#|>*\"'“”„()\[\]–—.\-]{0,12}"


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
    order_ids: tuple[Pattern, ...]
    """Other numbers that hold the customer's, which is the first group."""
    _is_number: Callable[[str], bool] = field(repr=False)
    _label: Pattern = field(repr=False)
    """Any label at all: most letters have none."""
    _kinds: Mapping[str, "_Kind"] = field(repr=False)

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
        for file, content in contents:
            for number, example in enumerate(_list(file, content, "examples")):
                patterns.prove(file, number, example)
        return patterns

    def customer_ids(self, text: Text) -> list[str]:
        """Values after a customer number's label, or in the columns under one; as written, in their order."""
        return self._find("customer_id", text.octets)

    def usernames(self, text: Text) -> list[str]:
        """Values after a user name's label."""
        return [name.rstrip("._-") for name in self._find("username", text.octets)]

    def customers_of_orders(self, text: Text) -> list[str]:
        """Customer numbers that are a piece of another number, where the deployment makes such."""
        matches = (spans for pattern in self.order_ids for spans in islice(pattern.spans(text.octets), _MOST_VALUES))
        found = dict.fromkeys(text.octets[slice(*spans[1])].decode("utf-8", "ignore") for spans in matches)
        return [number for number in found if number][:_MOST_VALUES]

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

    def has_labels(self, text: Text) -> bool:
        """Whether there is any label at all: most letters about nobody have none."""
        return self._label.found_in(text.octets)

    def _find(self, kind: str, text: bytes) -> list[str]:
        of = self._kinds[kind]
        found: dict[str, None] = {}
        for spans in islice(of.labelled.spans(text), _MOST_MATCHES):
            start, end = spans[1]
            for value, *_ in of.value.spans(text, start, end):
                found.setdefault(text[slice(*value)].decode("utf-8", "ignore")[:_LONGEST_VALUE])
            if len(found) >= _MOST_VALUES:
                break
        for cell in columns_under(text, of.title, of.label):
            if of.value.is_whole(cell) and len(found) < _MOST_VALUES:
                found.setdefault(cell.decode("utf-8", "ignore"))
        return list(found)


@dataclass(frozen=True, slots=True)
class _Kind:
    """The patterns of one kind of label."""

    labelled: Pattern
    """A label and its values, which are the first group."""
    title: Pattern
    label: Pattern
    value: Pattern


def _compile(contents: Sequence[tuple[Path, dict[str, Any]]], own: tuple[OwnPlace, ...]) -> IdentifierPatterns:
    words: dict[str, list[str]] = {"customer_id": [], "username": []}
    headers: list[str] = []
    linking: list[str] = []
    listing: list[str] = []
    titles: list[str] = []
    not_names: list[str] = []
    openers: dict[str, list[str]] = {}
    for file, content in contents:
        for kind, languages in _mapping(file, content, "labels").items():
            if kind not in words:
                raise RulesError(file, f"labels.{kind}", f"unknown; known: {', '.join(words)}")
            words[kind] += _flat(languages)
        headers += _flat(content.get("headers", []))
        linking += _flat(content.get("linking_words", []))
        listing += _flat(content.get("list_words", []))
        greeting = _mapping(file, content, "greeting")
        titles += _flat(greeting.get("titles", []))
        not_names += _flat(greeting.get("not_names", []))
        for language, phrases in _mapping(file, greeting, "openers").items():
            openers.setdefault(language, []).extend(_flat(phrases))
    values = {"customer_id": _ID, "username": _NAME}
    file = contents[-1][0]
    return IdentifierPatterns(
        headers=tuple(headers),
        greetings=tuple(Greeting(language, tuple(phrases)) for language, phrases in openers.items()),
        titles=frozenset(map(fold, titles)),
        not_names=frozenset(map(fold, not_names)),
        own_places=own,
        order_ids=_order_ids(contents),
        _is_number=_number_test(contents),
        _label=Pattern(rf"(?i){_any([word for kind in words.values() for word in kind])}"),
        _kinds={kind: _kind(file, kind, words[kind], linking, listing, values[kind]) for kind in words},
    )


def _kind(file: Path, kind: str, words: list[str], linking: list[str], listing: list[str], value: str) -> _Kind:
    link = "|".join(re2.escape(word) for word in sorted(linking, key=len, reverse=True))
    join = "|".join([*(re2.escape(word) for word in listing), ",", ";", "/"])
    more = rf"(?:\s*(?:{join})\s*(?:{value}))*" if kind == "customer_id" else ""
    try:
        return _Kind(
            Pattern(rf"(?i)(?:^|{_EDGE}){_any(words)}{_BETWEEN}(?:(?:{link})\b{_BETWEEN})?((?:{value}){more})"),
            Pattern(rf"(?i){_EDGE}*{_any(words)}{_EDGE}*"),
            Pattern(rf"(?i){_any(words)}"),
            Pattern(value),
        )
    except ValueError as error:
        raise RulesError(file, f"labels.{kind}", f"cannot be made into a pattern: {error}") from None


def _order_ids(contents: Sequence[tuple[Path, dict[str, Any]]]) -> tuple[Pattern, ...]:
    patterns: list[Pattern] = []
    for file, content in contents:
        for source in _list(file, content, "order_ids"):
            try:
                pattern = Pattern(str(source))
            except ValueError as error:
                raise RulesError(file, "order_ids", f"{source}: RE2 refuses it ({error})") from None
            if pattern.groups != 1:
                raise RulesError(
                    file, "order_ids", f"{source}: put the customer's number in one pair of round brackets"
                )
            patterns.append(pattern)
    return tuple(patterns)


def _number_test(contents: Sequence[tuple[Path, dict[str, Any]]]) -> Callable[[str], bool]:
    """Form and check digit of customer numbers; of several files the last that says something."""
    check, form = CHECKS["none"], None
    for file, content in contents:
        if "check" in content:
            name = content["check"]
            if not isinstance(name, str) or name not in CHECKS:
                raise RulesError(file, "check", f"write one of {', '.join(CHECKS)}")
            check = CHECKS[name]
        if "form" in content:
            try:
                form = Pattern(f"(?i){content['form']}") if content["form"] else None
            except ValueError as error:
                raise RulesError(file, "form", f"RE2 refuses it ({error})") from None
    if form is None:
        return check
    return lambda key: form.is_whole(key.encode()) and check(key)


def _any(labels: list[str]) -> str:
    return "(?:" + "|".join(_label(label) for label in sorted(set(labels), key=len, reverse=True)) + f")(?:{_EDGE}|$)"


def _label(label: str) -> str:
    words = [_word(word) for word in label.split()]
    return r"[\s._:\-]*".join(words)


def _word(word: str) -> str:
    if word.endswith("!"):
        return str(re2.escape(word[:-1]))
    return str(re2.escape(word)) + (f"{_LETTER}*" if len(word) >= _ENDING_FROM else "")


def _mapping(file: Path, content: dict[str, Any], key: str) -> dict[str, Any]:
    value = content.get(key, {})
    if not isinstance(value, dict):
        raise RulesError(file, key, "write languages, each with its list of words")
    return value


def _list(file: Path, content: dict[str, Any], key: str) -> list[Any]:
    value = content.get(key, [])
    if not isinstance(value, list):
        raise RulesError(file, key, "write a list")
    return value


def _flat(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _flat(item)
    elif isinstance(value, str):
        yield value
    else:
        raise ValueError('write words; "on", "no" and "yes" need quotes in YAML')
