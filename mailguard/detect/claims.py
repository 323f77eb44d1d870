"""What a rule claims around one label: each form of the grammar is tried, read and weighed."""

import re
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from mailguard.detect.labels import Labels
from mailguard.detect.lexicon import Lexicon
from mailguard.detect.links import Grammar, Link
from mailguard.detect.pack import Rule
from mailguard.detect.reading import Reader
from mailguard.detect.shapes import Shape, is_split, shape_of
from mailguard.detect.weighing import Scales
from mailguard.detect.window import Window

_PAIR = re.compile(rb"""["'(]?([^\s/|,;]{2,60})["']?[ ]{0,3}([/|,;])[ ]{0,3}["']?([^\s"',;|]{3,60})""")
_NAMING = frozenset({b"with", b"using", b"as", b"med", b"som", b"met", b"als", b"jako"})
_ADMINISTRATORS = frozenset({"admin", "administrator", "root", "guest"})
_TOKENS = re.compile(rb"[^\s|]{6,48}")
_SPECIAL = re.compile(r"[!#$%&*+=?^~_@]")


class Claim(NamedTuple):
    """A value in the window and how sure the rule is of it."""

    start: int
    end: int
    score: float
    link: Link
    shape: Shape
    paired: bool = False


class Claims:
    """Finds the claims of one rule."""

    def __init__(self, rule: Rule, grammar: Grammar, lexicon: Lexicon, labels: Labels) -> None:
        self._rule = rule
        self._grammar = grammar
        self._lexicon = lexicon
        self._labels = labels
        self._weights = {**lexicon.weights, **rule.scores}
        self._reader = Reader(rule, lexicon, labels)
        self._scales = Scales(rule, lexicon, labels)

    def may_claim(self, plain: bytes, start: int, end: int) -> bool:
        """A cheap look before a window is made, for labels as common as `account` that only a pair may follow."""
        if self._rule.value != "pair":
            return True
        return _leads_by_naming(plain[start:end]) or self._grammar.leads_to_pair(plain, end)

    def find(self, window: Window) -> Iterator[Claim]:
        """Everything claimed for the window's label; at most one for each form."""
        start, end = window.start, window.end
        sure = False
        for link in self._grammar.after(window):
            if self._grammar.negates(link.gap):
                continue
            claim = self._claim(window, start, end, link)
            if claim:
                sure = sure or claim.score >= self._rule.hold_at
                yield claim
        for link in self._grammar.before(window):
            claim = self._claim(window, start, end, link)
            if claim:
                yield claim
        if not sure and self._rule.value == "secret" and (window.rich_after or window.rich_before):
            yield from self._nearby(window, start, end)

    def _claim(self, window: Window, start: int, end: int, link: Link) -> Claim | None:
        names_account = self._rule.value != "pair" and self._grammar.names_account(link.gap)
        if names_account and not self._grammar.tells_of_account(link, not self._lexicon.ledger.search(link.gap)):
            return None
        paired = self._rule.value == "pair" or (
            link.form in {"separator", "copula"}
            and self._lexicon.account_before.search(window.plain[max(0, start - 40) : start])
        )
        if paired:
            claim = self._pair(window, start, end, link)
            if claim or self._rule.value == "pair":
                return claim
        value, shape = self._reader.read(window, link)
        if value is None or shape is Shape.NONE:
            return None
        if names_account and shape not in {Shape.NUMERIC, Shape.STRONG, Shape.VERY_STRONG}:
            return None  # `Password for user anna: expired`
        score = self._scales.weigh(window, start, end, link, value, shape)
        return None if score is None else Claim(value.start, value.end, score, link, shape)

    def _pair(self, window: Window, start: int, end: int, link: Link) -> Claim | None:
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
            or is_split(text)
            or self._lexicon.is_ordinary(word)
            or self._labels.is_label(word.encode())
        ):
            return None
        strong = shape in {Shape.STRONG, Shape.VERY_STRONG}
        naming = _leads_by_naming(window.plain[start:end])
        if link.form == "adjacent" and not (strong and naming and found.group(2) == b"/"):
            return None
        written = window.text[slice(*found.span(1))]
        if self._rule.value == "pair" and written != written.lower() and written.lower() not in _ADMINISTRATORS:
            return None
        user = found.group(1).decode()
        if self._rule.value == "pair" and self._is_booked(window.plain[max(0, start - 10) : end], user, text, shape):
            return None
        if (self._lexicon.is_ordinary(user) and not strong) or "://" in user or user.startswith("http"):
            return None
        score = self._weights["pair"] + self._weights[shape.value]
        if self._rule.value != "pair":
            score += 2
        elif found.group(2) == b"/" and window.plain[last : last + 2].strip(b" .,;\r\n") == b"":
            score += 1
        return Claim(first, first + len(text), score, link, shape, paired=True)

    def _is_booked(self, label: bytes, first: str, second: str, shape: Shape) -> bool:
        """Whether a pair is an account and its bank or name: `Konto: 1239671 / 31609973`, `Account: 4400 / Revenue`."""
        if not first.isdigit() or not self._lexicon.ledger.search(label):
            return False
        return shape is Shape.PLAIN or not any(character.isalpha() for character in second)

    def _nearby(self, window: Window, start: int, end: int) -> Iterator[Claim]:
        """A token that can hardly be anything but a secret, a few words after its label (or before, for some rules)."""
        plain = window.plain
        line = plain.find(b"\n", end)
        stretches = [("nearby", end, min(end + 90, len(plain) if line < 0 else line))]
        if self._weights["nearby_back"] > -5:
            stretches.append(("nearby_back", max(0, start - 80, plain.rfind(b"\n", 0, start) + 1), start))
        for form, low, high in stretches:
            place = window.once(form, partial(self._obvious, window, low, high, form == "nearby_back"))
            if place:
                score = self._weights[form] + self._weights[Shape.VERY_STRONG.value]
                yield Claim(*place, score, Link(form, place[0]), Shape.VERY_STRONG)

    def _obvious(self, window: Window, low: int, high: int, plainly: bool) -> tuple[int, int] | None:
        """The first token between `low` and `high` that is a secret by its shape (and a special sign or `plainly`)."""
        for token in _TOKENS.finditer(window.plain, low, high):
            if token.end() == high and window.plain[high : high + 1].strip():
                return None  # cut by the edge of what is looked at: the half of an address looks like a password
            if token.start() == low and window.plain[max(0, low - 1) : low].strip():
                continue
            raw = window.text[token.start() : token.end()]
            text = raw.strip(".,;:()\"'")
            if not (plainly or _SPECIAL.search(text[1:-1])) or shape_of(text) is not Shape.VERY_STRONG:
                continue
            if self._lexicon.names.fullmatch(text.lower().encode("ascii", "replace")):
                continue
            if not plainly and self._lexicon.meant_for.search(window.plain[max(0, token.start() - 8) : token.start()]):
                continue
            at = token.start() + raw.find(text)
            if not self._lexicon.account_before.search(window.plain[max(0, at - 30) : at]):
                return at, at + len(text)
        return None


def _leads_by_naming(label: bytes) -> bool:
    return label.rsplit(b" ", 1)[-1] in _NAMING
