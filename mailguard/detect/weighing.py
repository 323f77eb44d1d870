"""How sure it is that a value beside a label is its secret: weights of the link, the shape, the circumstances."""

import re

from mailguard.detect.labels import Labels
from mailguard.detect.lexicon import Lexicon
from mailguard.detect.links import Link
from mailguard.detect.lookalikes import YEAR
from mailguard.detect.pack import Rule
from mailguard.detect.pattern import any_of, compile_pattern
from mailguard.detect.shapes import Shape, is_split
from mailguard.detect.values import Value
from mailguard.detect.window import Window

_FIELD = re.compile(rb"[a-z0-9]=")
_LISTED = re.compile(rb", [a-z~]{3,24}[,.]")
_SINCE = re.compile(
    rb"(?:^|\s)(?:since|from|by|until|in|vuodesta|vuoteen|vuonna|sedan|fran|till|ar|od|do|w|roku|sinds|vanaf|tot|sedert|seit|ab|bis|von|jahr)$"
)
_OF_ANOTHER = re.compile(
    rb"(?:^|\s)(?:model+i?|malli|type|typ|typu"
    rb"|end(?:s|ing)(?: in| with)?|slutar(?: pa)?|paatty\w+|konczac\w+ sie(?: na)?|eindig\w+ op|endet auf|endziffern?)$"
)
"""Before the number of a lock's model, or the last digits of a card: `the PIN for your card ending 0912`."""
_WEAK_NUMBERS = re.compile(rb",? (?:[a-z]{1,5} )?(?:0000|1111|1234|2580|4321|9999|12345|123456)\b")
"""Numbers that letters warn of, one beside the other: `combinations like 0000, 1234`."""
_LETTERS_ONLY = re.compile(r"[a-z~ '-]*")
_PATH_SIGNS = frozenset({b"-", b";", b"|", b">", b">>"})
"""Signs that part the steps of a menu (`the password under Profile > Security`) as often as they lead to a value."""
_FIELDS = frozenset({"separator", "separator_below", "stacked", "argument", "column"})
"""Forms in which nothing but the value is expected behind the label."""
_CLAUSE_FORMS = frozenset({"copula", "weak_copula", "anaphora", "adjacent", "naming", "is_label", "copula_below"})
"""Forms in which label and value stand in a sentence."""


class Scales:
    """Weighs values for one rule."""

    def __init__(self, rule: Rule, lexicon: Lexicon, labels: Labels) -> None:
        self._rule = rule
        self._lexicon = lexicon
        self._labels = labels
        self._weights = {**lexicon.weights, **rule.scores}
        words = [lexicon.words[each] for each in rule.languages if each in lexicon.words]
        self._said_of = compile_pattern(any_of(ending for each in words for ending in each.not_value_endings))
        self._german = rule.languages == ("de",)

    def weigh(self, window: Window, start: int, end: int, link: Link, value: Value, shape: Shape) -> float | None:
        """Sum of all weights, or None where the value plainly is none."""
        weights = self._weights
        word = window.plain[value.start : value.end].decode()
        form = f"{link.form}_below" if link.broken and link.form not in {"below", "answer"} else link.form
        wordy = shape in {Shape.PLAIN, Shape.JOINED, Shape.CODED, Shape.PHRASE}
        if wordy and self._is_said_of(window, link, value, word, shape):
            return None
        if wordy and self._lexicon.setting.match(window.plain[start:end]):
            return None
        if shape is Shape.NUMERIC and self._is_count(link, value, word):
            return None
        if self._lexicon.names.fullmatch(word.encode()):
            return None
        if link.form == "below" and self._rule.value == "code" and not value.alone:
            return None  # the next paragraph begins with it: "do not write down the code.\n\nVS200-N comes with keys"
        if link.form == "below" and window.plain[value.end : value.end + 1] == b":":
            return None  # the next line has a head of its own: "... the password.\n\nISSUE-4471: printer"
        if wordy and (window.plain[end : end + 1] == b")" or (link.gap and link.sign in _PATH_SIGNS)):
            return None
        if link.gap and _FIELD.match(window.plain, value.start - 2):
            return None  # the field of a log's line has its own name: `token used before issued host=wms-t02`
        if shape is Shape.PLAIN and _LISTED.match(value.follows):
            return None  # one of many: `nobody is told a PIN: superior, deputy, helpdesk`
        if wordy and link.sign == b"-" and self._lexicon.several.search(window.plain[max(0, start - 8) : end]):
            return None  # a subject: `passwords - training`
        if link.form in {"answer", "aligned"} and (wordy or not value.alone):
            return None
        split = shape is Shape.JOINED and is_split(window.text[value.start : value.end])
        if split and ((form not in _FIELDS and not value.quoted) or link.gap):
            return None
        score = weights["adjacent_digits" if form == "adjacent" and self._rule.value in {"digits", "code"} else form]
        score += weights[shape.value]
        if link.broken and not value.alone:
            score -= 1
        if value.quoted and shape is not Shape.PHRASE:
            score += weights["quoted"]
        if split and not value.quoted:
            score -= 1.5
        if wordy and link.form == "argument" and not window.text[start:end].isupper():
            score -= 4  # captions and rules of forms: `text("password", "Choose")`; constants are set by operators
        if wordy and word in self._lexicon.weak:
            score += weights["weak"]
        score += self._circumstances(window, start, form, link, value, shape, word)
        return score

    def _is_said_of(self, window: Window, link: Link, value: Value, word: str, shape: Shape) -> bool:
        """Whether the word says something of the secret (`expired`), is a label itself, or heads a field."""
        weak = word in self._lexicon.weak and link.form in {"separator", "element"}
        if (self._lexicon.is_ordinary(word) and not weak) or window.plain[value.end : value.end + 1] in (b":", b"("):
            return True
        if self._labels.is_label(word.encode()) or self._lexicon.account.fullmatch(word.encode()):
            return True
        if shape is Shape.JOINED and self._says_something(word):
            return True
        if link.form in {"separator", "stacked", "column", "element"} or value.quoted:
            return False
        return any(self._said_of.fullmatch(piece.encode()) for piece in word.split())

    def _says_something(self, word: str) -> bool:
        """Whether joined words are about the secret (`change-me`), or name it (`our_password_here`)."""
        pieces = re.split(r"[-_+&.'/]", word)
        shortest = 3 if is_split(word) else 4
        if any(self._lexicon.is_ordinary(piece) for piece in pieces if len(piece) >= shortest):
            return True
        # Short labels are words too, unless they come last: `pass-the-salt`, but `my-pass`.
        return any(
            self._labels.is_label(piece.encode()) for piece in (*pieces[-1:], *(p for p in pieces if len(p) > 4))
        )

    def _is_count(self, link: Link, value: Value, word: str) -> bool:
        """Whether a number counts something (`12 characters`), is a year in a sentence, or one that letters warn of."""
        if self._lexicon.unit.match(value.follows):
            return True
        if link.form == "gapped" and YEAR.fullmatch(word) and _SINCE.search(link.gap):
            return True
        if link.form == "gapped" and _OF_ANOTHER.search(link.gap):
            return True
        if value.follows[:1] == b"?" and link.form in {"gapped", "adjacent"}:
            return True
        if _WEAK_NUMBERS.match(value.follows):
            return True
        in_sentence = link.form in {"adjacent", "gapped", "below", "weak_copula"}
        return in_sentence and self._rule.value not in {"digits", "code"} and bool(YEAR.fullmatch(word))

    def _circumstances(
        self, window: Window, start: int, form: str, link: Link, value: Value, shape: Shape, word: str
    ) -> float:
        before = window.plain[max(0, start - 44) : start].rsplit(b"\n", 1)[-1]
        raw = window.text[value.start : value.end]
        shouted = raw.isupper() and not window.text[start : window.end].isupper()
        return (
            self._weigh_ending(form, value, shape)
            + self._weigh_opening(before, form, link, value, shape, raw)
            + self._weigh_gap(form, link, value, shape, word)
            + (self._weights["title"] if shouted and shape is Shape.PLAIN and form == "copula" else 0.0)
        )

    def _weigh_ending(self, form: str, value: Value, shape: Shape) -> float:
        """What follows the value: nothing, the end of a clause, or more prose."""
        wordy = shape in {Shape.PLAIN, Shape.JOINED, Shape.PHRASE}
        if value.alone:
            return self._weights["alone"]
        if wordy and value.stop:
            return self._weights["clause" if form in _CLAUSE_FORMS else "stop"]
        if wordy and not value.quoted:
            return self._weights["prose"]
        return self._weights["stop"] if form == "gapped" and value.stop else 0.0

    def _weigh_opening(self, before: bytes, form: str, link: Link, value: Value, shape: Shape, raw: str) -> float:
        """What stands before the label, and a capital where the language has none."""
        score = 0.0
        plain_word = shape is Shape.PLAIN
        opens = not before.strip(b" \t-*>") or before.rstrip()[-1:] in (b".", b"!", b"?", b":")
        if plain_word and form == "copula" and opens and not link.gap:
            score += self._weights["lead"]
        announced = form in _CLAUSE_FORMS or (form == "separator_below" and value.alone and not raw.istitle())
        if announced and self._lexicon.lead.search(before):
            score += self._weights["lead"]
        if form == "adjacent" and not plain_word and not before.strip(b" \t-*>,;(/|"):
            score += self._weights["lead"]
        if plain_word and form in _CLAUSE_FORMS and not self._german and raw[:1].isupper() and not raw.isupper():
            score += self._weights["title"]
        return score

    def _weigh_gap(self, form: str, link: Link, value: Value, shape: Shape, word: str) -> float:
        """Words between label and value, and what they do to values that are words themselves."""
        gap = len(link.gap.split())
        score = self._weights["long_gap"] if gap > 4 and form != "answer" else 0.0
        if shape in {Shape.PLAIN, Shape.JOINED, Shape.PHRASE} and gap > 2 and link.sign == b"-":
            score += self._weights["prose"]
        if form in {"gapped", "weak_copula"} and gap > 2 and YEAR.fullmatch(word):
            score += self._weights["year"]
        if shape is Shape.PHRASE and value.quoted and not _LETTERS_ONLY.fullmatch(word):
            score += self._weights["quoted"]
        if shape is Shape.PHRASE and link.gap and self._rule.value != "phrase":
            score -= 2
        if shape is Shape.PLAIN and form in {"adjacent", "below", "weak_copula"}:
            score -= 2
        if shape is Shape.PHRASE and form in {"adjacent", "weak_copula"}:
            score -= 2
        return score
