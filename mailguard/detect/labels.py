"""The small language of label forms, and finding labels in a text.

A form is a folded RE2 pattern with four signs of its own: a leading `*` is any first part of a compound (`*kennwort`
finds "Kundenkennwort" and `db_kennwort`, but not "Kennwortregel": the label must be the head of its word), `~` the
inflectional endings of the rule's languages, a space any joint, and `-` an optional joint (`pin-koodi`: "PIN-koodi",
"pinkoodi").
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from mailguard.detect.pack import Rule, Words
from mailguard.detect.pattern import any_of, compile_pattern

COMPOUND = r"(?:[a-z0-9~][a-z0-9~_.\-]{0,30})?"
JOINT = r"[ _\-]{1,2}"
OPTIONAL_JOINT = r"[ _\-]?"


def label_pattern(form: str, endings: str) -> str:
    """The RE2 pattern of a label form."""
    head, body = (COMPOUND, form[1:]) if form.startswith("*") else ("", form)
    inside = False
    out = []
    for sign in body:
        if sign in "[]":
            inside = sign == "["
        if inside:
            out.append(sign)
        else:
            out.append({" ": JOINT, "-": OPTIONAL_JOINT, "~": f"(?:{endings})?" if endings else ""}.get(sign, sign))
    return f"{head}(?:{''.join(out)})"


def endings_of(languages: Sequence[str], words: dict[str, Words]) -> str:
    """Endings of several languages as one alternation."""
    return "|".join(words[language].endings for language in languages if language in words and words[language].endings)


class Labels:
    """All labels of a set of rules: one automaton to find them, one look-up to tell whose they are."""

    def __init__(self, rules: Sequence[Rule], words: dict[str, Words]) -> None:
        self._rules = rules
        patterns = []
        for rule in rules:
            endings = endings_of(rule.languages, words)
            patterns.append(any_of(label_pattern(form, endings) for form in rule.labels))
        self._each: list[Any] = [compile_pattern(pattern, longest=True) for pattern in patterns]
        self._union: Any = compile_pattern(rf"\b{any_of(patterns)}\b", longest=True)
        self.rules_of = lru_cache(maxsize=4096)(self._rules_of)

    def find(self, plain: bytes) -> Iterator[tuple[int, int]]:
        """Spans of labels, leftmost and longest first, without overlap."""
        for found in self._union.finditer(plain):
            yield found.span()

    def _rules_of(self, label: bytes) -> tuple[int, ...]:
        """Numbers of the rules whose label this is."""
        return tuple(number for number, pattern in enumerate(self._each) if pattern.fullmatch(label))

    def is_label(self, text: bytes) -> bool:
        """Whether a text is nothing but a label."""
        return len(text) <= 64 and bool(self.rules_of(text))
