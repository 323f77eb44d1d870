"""The small language of label forms, and finding labels in a text.

A form is a folded RE2 pattern with four signs of its own: a leading `*` is any first part of a compound (`*kennwort`
finds "Kundenkennwort" and `db_kennwort`, but not "Kennwortregel": the label must be the head of its word), `~` the
inflectional endings of the rule's languages, a space any joint, and `-` an optional joint (`pin-koodi`: "PIN-koodi",
"pinkoodi").
"""

from collections.abc import Sequence
from functools import lru_cache, partial
from itertools import islice

from mailguard.detect.pack import Rule, Words
from mailguard.detect.page import Page
from mailguard.detect.pattern import Pattern, any_of, compile_pattern

COMPOUND = r"(?:[a-z0-9~][a-z0-9~_.\-]*)?"
LONGEST = 64
"""Characters of the longest label; what is longer is cut at its front."""
JOINT = r"[ _\-]{1,3}"
FEWEST, DENSITY = 1000, 100
"""Labels looked at in one part: 1,000 and one more for every 100 characters. Only nonsense has more."""
OPTIONAL_JOINT = r"[ _\-]{0,2}"


def label_pattern(form: str, endings: str) -> str:
    """The RE2 pattern of a label form, without the sign for compounds."""
    inside = False
    out = []
    for sign in form.removeprefix("*"):
        if sign in "[]":
            inside = sign == "["
        if inside:
            out.append(sign)
        else:
            out.append({" ": JOINT, "-": OPTIONAL_JOINT, "~": f"(?:{endings})?" if endings else ""}.get(sign, sign))
    return f"(?:{''.join(out)})"


def labels_pattern(forms: Sequence[tuple[str, str]]) -> str:
    """The pattern of many label forms, each with its endings.

    The first part of compounds is written once for all of them: written for each, it takes RE2's automaton beyond its
    memory, and matching from 500 MB to 1 MB a second.
    """
    whole = [label_pattern(form, endings) for form, endings in forms if not form.startswith("*")]
    heads = [label_pattern(form, endings) for form, endings in forms if form.startswith("*")]
    return any_of((*whole, COMPOUND + any_of(heads))) if heads else any_of(whole)


def endings_of(languages: Sequence[str], words: dict[str, Words]) -> str:
    """Endings of several languages as one alternation."""
    return "|".join(words[language].endings for language in languages if language in words and words[language].endings)


class Labels:
    """All labels of a set of rules: one automaton to find them, one look-up to tell whose they are."""

    def __init__(self, rules: Sequence[Rule], words: dict[str, Words]) -> None:
        forms = [[(form, endings_of(rule.languages, words)) for form in rule.labels] for rule in rules]
        self._each = [compile_pattern(labels_pattern(each), longest=True) for each in forms]
        every = labels_pattern([form for each in forms for form in each])
        self._union = compile_pattern(rf"\b{every}\b", longest=True)
        self._whole = compile_pattern(every, longest=True)
        # Not of a method: what refers to itself is not freed when other rules take its place (`app/memory.py`).
        self.rules_of = lru_cache(maxsize=4096)(partial(_rules_of, self._whole, self._each))

    def find(self, page: Page) -> list[tuple[int, int]]:
        """Spans of labels, leftmost and longest first, without overlap; at most so many as a text can mean."""
        most = FEWEST + len(page.plain) // DENSITY
        found = self._union.spans(page.plain)
        spans = [(max(start, end - LONGEST), end) for start, end in islice(found, most)]
        if len(spans) == most and next(found, None):
            page.exhausted = True
        return spans

    def is_label(self, text: bytes) -> bool:
        """Whether a text is nothing but a label."""
        return len(text) <= LONGEST and bool(self.rules_of(text))


def _rules_of(whole: Pattern, each: Sequence[Pattern], label: bytes) -> tuple[int, ...]:
    """Numbers of the rules whose label this is."""
    if not whole.fullmatch(label):
        return ()
    return tuple(number for number, pattern in enumerate(each) if pattern.fullmatch(label))
