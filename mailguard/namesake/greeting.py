"""Whom a letter greets: the name in its first lines."""

import re
from dataclasses import dataclass

from mailguard.core.customer import Customer
from mailguard.customers.keys import PARTICLES, fold, units
from mailguard.namesake.content import Content
from mailguard.namesake.names import FullName, compare, names_of
from mailguard.namesake.nicknames import are_nicknames
from mailguard.namesake.patterns import VOCATIVE, IdentifierPatterns

_FIRST_LINES = 1500
_LONGEST = 60
_LONGEST_TITLE = 12
_MARKS = " \t\r\n\f>|*"
_END = re.compile(r"[,!:;?<>()]")


@dataclass(frozen=True, slots=True)
class Greeted:
    """The name that a letter greets, as written, without titles."""

    name: str
    language: str

    @property
    def is_full(self) -> bool:
        """Two capitalised names or more: says clearly who is meant."""
        return len(self._words()) >= 2 and all(word[0].isupper() for word in self._words())

    def _words(self) -> list[str]:
        return [word for word in self.name.split() if fold(word) not in PARTICLES]

    def fits(self, customer: Customer) -> bool:
        """Whether it can be the customer's name: current, former, nickname, either order; a lone name, half of it."""
        parts = [unit for word in self._words() for unit in units(word)]
        if not parts:
            return False
        if parts == [*units(customer.first_name), *units(customer.last_name)]:
            return True
        if set(parts) <= set(units(customer.first_name)):
            # `Anna Karin`: both are given names.
            return True
        return any(self._fits_name(parts, name) for name in names_of(customer))

    def _fits_name(self, parts: list[str], name: FullName) -> bool:
        if len(parts) == 1:
            return any(self._same(parts[0], unit) for unit in (*name.given, *name.last, "".join(name.last)))
        splits = (FullName(tuple(parts[:cut]), tuple(parts[cut:])) for cut in range(1, len(parts)))
        if any(compare(split, name).score > 0 for split in splits):
            return True
        known = (*name.given, *name.last)
        return self.language == VOCATIVE and all(any(self._same(part, unit) for unit in known) for part in parts)

    def _same(self, part: str, unit: str) -> bool:
        if part == unit or are_nicknames(part, unit):
            return True
        return self.language == VOCATIVE and _begin_alike(part, unit)


def find_greeting(content: Content, patterns: IdentifierPatterns) -> Greeted | None:
    """The first greeting with a name in it; None when the letter greets nobody, or only "Dear customer"."""
    pattern, languages = patterns.openers
    for text in content.bodies:
        start = text[:_FIRST_LINES].replace("\u00a0", " ").encode("utf-8", "replace")
        for ((begin, end),) in pattern.spans(start):
            # The last octet is the blank or comma behind the opener.
            opener = start[begin : end - 1].decode("utf-8", "ignore").lstrip(_MARKS).lower()
            name = _name(start[end - 1 : end + _LONGEST * 2].decode("utf-8", "ignore"), patterns)
            if name and opener in languages:
                return Greeted(name, languages[opener])
            if opener in patterns.addressing and _is_addressee(start[end - 1 : end + _LONGEST * 2], name):
                return Greeted(name, "")
    return None


def _is_addressee(behind: bytes, name: str) -> bool:
    """Whether a line such as `Do: Anna Nowak` has a full name, and nothing else but a title."""
    line = behind.decode("utf-8", "ignore").split("\n", 1)[0].strip(" \t\r:,")
    return Greeted(name, "").is_full and fold(line).endswith(fold(name)) and len(line) <= len(name) + _LONGEST_TITLE


def _name(behind: str, patterns: IdentifierPatterns) -> str:
    """The name in what stands behind an opener; empty when there is none."""
    if not behind or not (behind[0].isspace() or behind[0] in ",:"):
        return ""
    words: list[str] = []
    # `Guten Tag, Ihre Rechnung steht bereit`: behind a comma stands a name or the first sentence.
    after_comma = behind.lstrip(" \t\u00a0").startswith(",")
    line = behind.split("\n", 1)[0]
    text = _END.split(line[: _LONGEST + 2].lstrip(" \t\u00a0,:"), maxsplit=1)[0]
    for word in text.split():
        plain = fold(word)
        if plain in patterns.not_names and plain not in PARTICLES:
            return ""
        if plain in patterns.titles:
            continue
        is_name = any(ch.isalpha() for ch in word) and not any(ch.isdigit() for ch in word)
        if not is_name or not (word[0].isupper() or plain in PARTICLES):
            if after_comma:
                return ""
            break
        words.append(word.strip(".-"))
        if word.endswith(".") and len(plain) > 3:
            break
    return " ".join(words[:6])


def _begin_alike(one: str, other: str) -> bool:
    shortest = min(len(one), len(other))
    needed = max(2, min(shortest - 1, 4)) if shortest > 3 else shortest - 1
    same = next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), shortest)
    return same >= max(needed - 1, 2) and abs(len(one) - len(other)) <= 3
