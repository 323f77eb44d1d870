"""How sure it is that a value beside a label is its secret: weights of the link, the shape, the circumstances."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mailguard.detect.fold import Folded
from mailguard.detect.labels import Labels
from mailguard.detect.lexicon import Lexicon
from mailguard.detect.links import BACK, REACH, Grammar, Link
from mailguard.detect.pack import Rule
from mailguard.detect.pattern import any_of, compile_pattern
from mailguard.detect.shapes import Shape, shape_of
from mailguard.detect.values import Value, read_digits, read_value

_PAIR = re.compile(rb"""["'(]?([^\s/|,;]{2,60})["']?[ ]?([/|,;])[ ]?["']?([^\s"',;|]{3,60})""")
_RICH = re.compile(r"""[0-9!#$%&@_+"'“”„‘’«»]|[^\W\d_][-.][^\W\d_]|[a-zà-ž][A-Z]""")
"""Without one of these a stretch of text holds no value but a plain word behind a separator or copula."""
_DOOR = re.compile(r"[A-Z]\d{3,5}|\d{3,5}[A-Z]")
"""Codes of stairwells: one letter and some digits."""
_NAMING = frozenset({b"with", b"using", b"as", b"med", b"som", b"met", b"als", b"jako"})
_ADMINISTRATORS = frozenset({"admin", "administrator", "root", "guest"})
_LETTERS_ONLY = re.compile(r"[a-z~ '-]*")
_CODE = re.compile(r"(?=.*\d.*\d)[A-Za-z0-9_#*\-]{4,20}")
"""What is typed into a keypad or a form."""
_YEAR = re.compile(r"(?:19|20)\d\d")
_TOKENS = re.compile(rb"[^\s|]{6,48}")
_SPECIAL = re.compile(r"[!#$%&*+=?^~_@]")
_PHRASE = re.compile(rb"[a-z~'\-]{2,20}(?:[ ][a-z~'\-]{2,20}){2,8}")
_CLAUSE_FORMS = frozenset({"copula", "weak_copula", "anaphora", "adjacent", "naming", "is_label", "copula_below"})


@dataclass(frozen=True, slots=True)
class Claim:
    """A value in the window and how sure the rule is of it."""

    start: int
    end: int
    score: float
    link: Link


class Scoring:
    """The scoring of one rule."""

    def __init__(self, rule: Rule, grammar: Grammar, lexicon: Lexicon, labels: Labels) -> None:
        self._rule = rule
        self._grammar = grammar
        self._lexicon = lexicon
        self._labels = labels
        self._weights = {**lexicon.weights, **rule.scores}
        endings = any_of(
            e for each in rule.languages if each in lexicon.words for e in lexicon.words[each].not_value_endings
        )
        self._said_of = compile_pattern(endings)
        self._german = rule.languages == ("de",)

    def claims(self, window: Folded, start: int, end: int) -> Iterator[Claim]:
        """Everything claimed for the label at `start`..`end`; at most one for each form."""
        plain = window.plain
        sure = False
        rich = _RICH.search(window.text, end, end + REACH) is not None
        for link in self._grammar.after(plain, end, rich):
            if self._grammar.negates(link.gap):
                continue
            claim = self._claim(window, start, end, link)
            if claim:
                sure = sure or claim.score >= self._rule.hold_at
                yield claim
        rich_before = _RICH.search(window.text, max(0, start - BACK), start) is not None
        for link in self._grammar.before(plain, start) if rich_before else ():
            claim = self._claim(window, start, end, link)
            if claim:
                yield claim
        if not sure and self._rule.value == "secret" and (rich or rich_before):
            yield from self._nearby(window, start, end)

    def _claim(self, window: Folded, start: int, end: int, link: Link) -> Claim | None:
        if self._grammar.names_account(link.gap) and self._rule.value != "pair":
            return None
        paired = self._rule.value == "pair" or (
            link.form in {"separator", "copula"}
            and self._lexicon.account_before.search(window.plain[max(0, start - 40) : start])
        )
        if paired:
            claim = self._pair(window, start, end, link)
            if claim or self._rule.value == "pair":
                return claim
        value, shape = self._read(window, link)
        if value is None or shape is Shape.NONE:
            return None
        score = self._score(window, start, end, link, value, shape)
        return None if score is None else Claim(value.start, value.end, score, link)

    def _read(self, window: Folded, link: Link) -> tuple[Value | None, Shape]:
        """Read what the rule expects at the link's end."""
        if link.end is not None:
            return self._read_back(window, link)
        expected = self._rule.value
        digits = read_digits(window, link.at, *self._rule.digits)
        if digits and shape_of(window.text[digits.start : digits.end].replace(" ", "")) in {
            Shape.NUMERIC,
            Shape.STRONG,
        }:
            return digits, Shape.NUMERIC
        if expected == "digits" or link.form == "gapped":
            return None, Shape.NONE
        if expected == "phrase":
            phrase = self._read_phrase(window, link)
            if phrase:
                return phrase, Shape.PHRASE
        value = read_value(window, link.at)
        if value is None:
            return None, Shape.NONE
        shape = shape_of(window.text[value.start : value.end])
        weakly = link.form not in {"separator", "copula"}
        if expected in {"code", "key"} and (
            shape in {Shape.PLAIN, Shape.PHRASE}
            or (expected == "code" and shape is Shape.JOINED)
            or (
                weakly
                and shape is Shape.CODED
                and (bool(self._rule.near) or not _DOOR.fullmatch(window.text[value.start : value.end]))
            )
        ):
            return None, Shape.NONE
        if expected == "code" and not _CODE.fullmatch(window.text[value.start : value.end]):
            return None, Shape.NONE
        if shape is Shape.PLAIN and expected == "secret" and link.form == "separator" and not value.alone:
            phrase = self._read_phrase(window, link, fewest=4)
            if phrase:
                return phrase, Shape.PHRASE
        return value, shape

    def _read_back(self, window: Folded, link: Link) -> tuple[Value | None, Shape]:
        text = window.text[link.at : link.end]
        stripped = text.strip(".,;:)\"'")
        start = link.at + text.find(stripped)
        value = Value(start, start + len(stripped), text != stripped and text[-1:] in "\"'", b"", False, True)
        shape = shape_of(
            stripped.replace(" ", "") if stripped[:1].isdigit() and stripped.replace(" ", "").isdigit() else stripped
        )
        wanted = {"digits": {Shape.NUMERIC}, "code": {Shape.NUMERIC, Shape.STRONG, Shape.VERY_STRONG}}.get(
            self._rule.value
        )
        count = sum(character.isdigit() for character in stripped)
        if shape is Shape.NUMERIC and not self._rule.digits[0] <= count <= self._rule.digits[1]:
            return None, Shape.NONE
        if (wanted and shape not in wanted) or shape in {Shape.PLAIN, Shape.PHRASE, Shape.CODED}:
            return None, Shape.NONE
        return value, shape

    def _read_phrase(self, window: Folded, link: Link, fewest: int = 3) -> Value | None:
        """Several ordinary words that make no sentence, up to the end of the line or clause."""
        found = _PHRASE.match(window.plain, link.at + (window.plain[link.at : link.at + 1] in (b'"', b"'")))
        if not found:
            return None
        start, end = found.span()
        rest = window.plain[end : end + 1]
        words = found.group().decode().split()
        if rest not in (b"", b"\n", b".", b",", b"(", b'"', b"'", b"\r", b"\t", b"|") or len(words) < fewest:
            return None
        capitals = sum(window.text[start + each.start()].isupper() for each in re.finditer(rb"[^ ]+", found.group()))
        if self._rule.value != "phrase" and capitals not in {0, len(words)}:
            return None
        if any(word in self._lexicon.function or self._labels.is_label(word.encode()) for word in words):
            return None
        return Value(start, end, False, b"", True, True)

    def _score(self, window: Folded, start: int, end: int, link: Link, value: Value, shape: Shape) -> float | None:
        weights = self._weights
        word = window.plain[value.start : value.end].decode()
        form = f"{link.form}_below" if link.broken and link.form != "below" else link.form
        wordy = shape in {Shape.PLAIN, Shape.JOINED, Shape.CODED, Shape.PHRASE}
        if wordy and self._is_said_of(window, link, value, word, shape):
            return None
        if shape is Shape.NUMERIC and self._is_count(link, value, word):
            return None
        if self._lexicon.names.fullmatch(word.encode()):
            return None
        if wordy and (window.plain[end : end + 1] == b")" or (link.gap and link.sign in {b"-", b";"})):
            return None
        score = weights["adjacent_digits" if form == "adjacent" and self._rule.value in {"digits", "code"} else form]
        score += weights[shape.value]
        if link.broken and not value.alone:
            score -= 1
        if value.quoted and shape is not Shape.PHRASE:
            score += weights["quoted"]
        if wordy and word in self._lexicon.weak:
            score += weights["weak"]
        score += self._circumstances(window, start, form, link, value, shape, word)
        return score

    def _is_said_of(self, window: Folded, link: Link, value: Value, word: str, shape: Shape) -> bool:
        """Whether the word says something of the secret (`expired`), is a label itself, or heads a field."""
        weak = word in self._lexicon.weak and link.form == "separator"
        if (self._lexicon.is_ordinary(word) and not weak) or window.plain[value.end : value.end + 1] in (b":", b"("):
            return True
        if self._labels.is_label(word.encode()) or self._lexicon.account.fullmatch(word.encode()):
            return True
        if shape is Shape.JOINED and any(
            self._lexicon.is_ordinary(piece) for piece in re.split(r"[-_+&.']", word) if len(piece) > 3
        ):
            return True
        said = link.form not in {"separator", "column"} and not value.quoted
        return said and bool(self._said_of.fullmatch(word.encode()))

    def _is_count(self, link: Link, value: Value, word: str) -> bool:
        """Whether a number counts something (`12 characters`) or is a year in a sentence."""
        if self._lexicon.unit.match(value.follows):
            return True
        in_sentence = link.form in {"adjacent", "gapped", "below", "weak_copula"}
        return in_sentence and self._rule.value not in {"digits", "code"} and bool(_YEAR.fullmatch(word))

    def _circumstances(
        self, window: Folded, start: int, form: str, link: Link, value: Value, shape: Shape, word: str
    ) -> float:
        before = window.plain[max(0, start - 44) : start].rsplit(b"\n", 1)[-1]
        raw = window.text[value.start : value.end]
        return (
            self._weigh_ending(form, value, shape)
            + self._weigh_opening(before, form, link, value, shape, raw)
            + self._weigh_gap(form, link, value, shape, word)
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
        gap = link.gap.count(b" ")
        score = self._weights["long_gap"] if gap > 4 else 0.0
        if shape in {Shape.PLAIN, Shape.JOINED, Shape.PHRASE} and gap > 2 and link.sign == b"-":
            score += self._weights["prose"]
        if shape is Shape.PHRASE and value.quoted and not _LETTERS_ONLY.fullmatch(word):
            score += self._weights["quoted"]
        if shape is Shape.PHRASE and link.gap and self._rule.value != "phrase":
            score -= 2
        if shape is Shape.PLAIN and form in {"adjacent", "below"}:
            score -= 2
        return score

    def _pair(self, window: Folded, start: int, end: int, link: Link) -> Claim | None:
        """`user / password: a / b`: the second value is the secret."""
        found = _PAIR.match(window.plain, link.at)
        if not found or link.form not in {"separator", "copula", "adjacent"}:
            return None
        first, last = found.span(3)
        text = window.text[first:last].rstrip(".)\"'")
        shape = shape_of(text)
        word = window.plain[first : first + len(text)].decode()
        if found.group(2) in b",;" and shape in {Shape.PLAIN, Shape.JOINED, Shape.CODED, Shape.NUMERIC}:
            return None
        if (
            shape in {Shape.NONE, Shape.PHRASE}
            or self._lexicon.is_ordinary(word)
            or self._labels.is_label(word.encode())
        ):
            return None
        strong = shape in {Shape.STRONG, Shape.VERY_STRONG}
        naming = window.plain[start:end].rsplit(b" ", 1)[-1] in _NAMING
        if link.form == "adjacent" and not (strong and naming and found.group(2) == b"/"):
            return None
        written = window.text[slice(*found.span(1))]
        if self._rule.value == "pair" and written != written.lower() and written.lower() not in _ADMINISTRATORS:
            return None
        user = found.group(1).decode()
        if self._lexicon.is_ordinary(user) or "://" in user or user.startswith("http"):
            return None
        score = self._weights["pair"] + self._weights[shape.value]
        if self._rule.value != "pair":
            score += 2
        elif found.group(2) == b"/" and window.plain[last : last + 2].strip(b" .,;\r\n") == b"":
            score += 1
        return Claim(first, first + len(text), score, link)

    def _nearby(self, window: Folded, start: int, end: int) -> Iterator[Claim]:
        """A token that can hardly be anything but a secret, a few words after its label (or before, for some rules)."""
        plain = window.plain
        line = plain.find(b"\n", end)
        stretches = [("nearby", end, min(end + 90, len(plain) if line < 0 else line))]
        if self._weights["nearby_back"] > -5:
            stretches.append(("nearby_back", max(0, start - 80, plain.rfind(b"\n", 0, start) + 1), start))
        for form, low, high in stretches:
            for token in _TOKENS.finditer(plain, low, high):
                raw = window.text[token.start() : token.end()]
                text = raw.strip(".,;:()\"'")
                shape = shape_of(text)
                special = bool(_SPECIAL.search(text[1:-1])) or form == "nearby_back"
                if (
                    shape is Shape.VERY_STRONG
                    and special
                    and not self._lexicon.names.fullmatch(text.lower().encode("ascii", "replace"))
                ):
                    at = token.start() + raw.find(text)
                    if self._lexicon.account_before.search(plain[max(0, at - 30) : at]):
                        continue
                    yield Claim(at, at + len(text), self._weights[form] + self._weights[shape.value], Link(form, at))
                    break
