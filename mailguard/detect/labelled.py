"""Secrets that stand by a label: password, PIN, PUK, access and one-time codes, in every form of the grammar."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mailguard.core.finding import FindingKind
from mailguard.detect.allowance import AMONG_WORDS, CLAIM, PLACE, RICH
from mailguard.detect.claims import Claim, Claims
from mailguard.detect.labels import Labels
from mailguard.detect.lexicon import Lexicon
from mailguard.detect.links import LOOK, Grammar
from mailguard.detect.pack import Rule
from mailguard.detect.page import Candidate, Page
from mailguard.detect.pattern import any_of, compile_pattern
from mailguard.detect.values import LONGEST
from mailguard.detect.window import BACK, REACH, Window

_MANY = 100
"""Labels of a page from which it is worth to remember what follows them: the sixth `login /` is like the others."""
WINDOW = REACH + LONGEST + 48
"""Characters after a label that its judgement may depend on."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A rule with its patterns."""

    rule: Rule
    claims: Claims
    before_not: Any
    begins_not: Any
    after_not: Any
    near: Any
    not_near: Any


_MASKED = compile_pattern(r"\*{3,}[a-z0-9]{1,6}(?:[^*a-z0-9]|\z)", captures=False)
"""`****7b3e`: the last signs of a secret. With stars behind them too they are in bold; where more stands behind the
stars, or fewer stars are there, these are part of the secret."""


def _pattern(entries: Sequence[str], frame: str) -> Any:
    return compile_pattern(frame.replace("@", any_of(entries))) if entries else None


def _stands_in_url(plain: bytes, start: int) -> bool:
    """A label inside a URL (`/salasana/vaihda?token=...`) names a page; secrets in URLs have a rule of their own."""
    low = max(0, start - 200)
    if plain.rfind(b"://", low, start) < 0 and plain.rfind(b"www.", low, start) < 0:
        return False
    run = plain[low:start].split()
    return bool(run) and not plain[start - 1 : start].isspace() and (b"://" in run[-1] or run[-1].startswith(b"www."))


def _stands_in_noise(plain: bytes, start: int, end: int) -> bool:
    """A label of two or three letters counts only as a word of its own: base64 is full of `pw` and `ww`."""
    before, after = plain[max(0, start - 1) : start], plain[end : end + 1]
    return not ((before.isspace() or before in b"(<>|/*-,\"'") and (after.isspace() or after in b":=)/|;,.?!\"'*<>-"))


class _Asked:
    """Which rules are asked about the labels of one page; those of a page full of labels are alike."""

    def __init__(
        self, rules: Sequence[Compiled], labels: Labels, active: frozenset[str], plain: bytes, count: int
    ) -> None:
        self._rules = rules
        self._labels = labels
        self._active = active
        self._plain = plain
        self._by_label: dict[bytes, list[int]] = {}
        self._for_pairs: set[bytes] = set()
        """Labels of rules that do not claim something everywhere."""
        self._by_window: dict[bytes, list[int]] | None = {} if count > _MANY else None

    def of(self, start: int, end: int) -> list[int]:
        """Numbers of the rules that may claim something for the label at a place (`Claims.may_claim`)."""
        label = self._plain[start:end]
        numbers = self._by_label.get(label)
        if numbers is None:
            rules_of = self._labels.rules_of(label)
            numbers = self._by_label[label] = [each for each in rules_of if self._rules[each].rule.id in self._active]
            if any(self._rules[each].rule.value == "pair" for each in numbers):
                self._for_pairs.add(label)
        if label not in self._for_pairs:
            return numbers
        if self._by_window is None:
            return self._claiming(numbers, start, end)
        window = self._plain[start : end + LOOK]
        wanted = self._by_window.get(window)
        if wanted is None:
            wanted = self._by_window[window] = self._claiming(numbers, start, end)
        return wanted

    def _claiming(self, numbers: Sequence[int], start: int, end: int) -> list[int]:
        return [each for each in numbers if self._rules[each].claims.may_claim(self._plain, start, end)]


class LabelledSecrets:
    """The detector of all rules that have labels."""

    def __init__(self, rules: Sequence[Rule], lexicon: Lexicon) -> None:
        self.labels = Labels(rules, lexicon.words)
        self._lexicon = lexicon
        grammars: dict[tuple[str, ...], Grammar] = {}
        self._rules: list[Compiled] = []
        # A bare "code" is written alike in several languages: neither "foutcode" nor "zip code" must pass for German.
        other_codes = [rule for rule in rules if rule.near and rule.kind is FindingKind.ACCESS_CODE]
        elsewhere = tuple(dict.fromkeys(entry for rule in other_codes for entry in rule.before_not))
        for rule in rules:
            languages = tuple(sorted(rule.languages))
            if languages not in grammars:
                grammars[languages] = Grammar(
                    [lexicon.words[each] for each in languages if each in lexicon.words],
                    lexicon.places,
                    lexicon.one_language_copula if len(languages) > 1 else frozenset(),
                )
            claims = Claims(rule, grammars[languages], lexicon, self.labels)
            before_not = elsewhere if rule in other_codes else rule.before_not
            self._rules.append(
                Compiled(
                    rule,
                    claims,
                    _pattern(before_not, r"(?:\A|[^a-z0-9])@[ _/\-\"']{0,3}\z"),
                    _pattern(before_not, "@"),
                    _pattern(rule.after_not, r"\A[ \"']{0,3}@"),
                    _pattern(rule.near, "@"),
                    _pattern(rule.not_near, "@"),
                )
            )

    def find(
        self, page: Page, spans: list[tuple[int, int]], active: frozenset[str], slack: float = 0.0
    ) -> Iterator[Candidate]:
        """Candidates of the active rules (those whose keywords the text holds).

        With `slack` also those that fall short of their score by so much, or that something speaks against.
        """
        judged: dict[tuple[int, str], tuple[Claim, ...]] = {}
        allowance = page.allowance
        far: dict[int, bool] = {}
        asked = _Asked(self._rules, self.labels, active, page.plain, len(spans))
        urls = b"://" in page.plain or b"www." in page.plain
        for start, end in spans:
            if (urls and _stands_in_url(page.plain, start)) or (
                end - start < 4 and _stands_in_noise(page.plain, start, end)
            ):
                continue
            wanted = asked.of(start, end)
            if not wanted:
                continue
            low = max(0, start - BACK)
            text = page.text[low : end + WINDOW]
            window: Window | None = None
            for number in wanted:
                compiled = self._rules[number]
                if compiled.near:
                    if number not in far:
                        far[number] = not page.speaks_of(compiled.near, page.plain)
                    if far[number] or not self._is_near(compiled, page, start, end):
                        continue
                key = (number * 1000 + start - low, text)
                if allowance.is_spent:
                    page.exhausted = True
                    return
                if key not in judged:
                    if window is None:
                        window = Window(text, page.plain[low : end + WINDOW], start - low, end - low)
                    claims = judged[key] = self._judge(compiled, window)
                    allowance.take(RICH if window.rich_after or window.rich_before else AMONG_WORDS)
                    allowance.take(CLAIM * len(claims))
                claims = judged[key]
                if claims:
                    allowance.take(PLACE)
                    yield from self._confirm(compiled, page, start, end, low, claims, slack)

    def _is_near(self, compiled: Compiled, page: Page, start: int, end: int) -> bool:
        """Whether one of the words that the rule needs can be in reach; a cheap look before the thorough one."""
        reach = compiled.rule.reach
        low = max(0, start - BACK - reach)
        return bool(compiled.near.search(page.plain, low, end + WINDOW + reach)) or page.is_about(compiled.near)

    def _judge(self, compiled: Compiled, window: Window) -> tuple[Claim, ...]:
        """What the rule claims inside the window; a function of the window alone, so it can be remembered."""
        start, end = window.start, window.end
        if compiled.before_not and compiled.before_not.search(window.plain[max(0, start - 48) : start]):
            return ()
        if compiled.begins_not and compiled.begins_not.match(window.plain, start, end):
            return ()
        return tuple(compiled.claims.find(window))

    def _confirm(
        self, compiled: Compiled, page: Page, start: int, end: int, low: int, claims: tuple[Claim, ...], slack: float
    ) -> Iterator[Candidate]:
        """Weigh what stands further around, and lay down the best claim."""
        rule = compiled.rule
        best: tuple[float, Claim] | None = None
        for claim in claims:
            score = claim.score
            if score < rule.hold_at and not claim.link.form.startswith("nearby"):
                score += self._bundle(page, start, end)
            if score >= rule.hold_at - slack and (best is None or score > best[0]):
                best = score, claim
        if best is None:
            return
        score, claim = best
        first, last = low + claim.start, low + claim.end
        veto = self._veto(compiled, page, (start, end), (first, last))
        if veto and not slack:
            return
        form = "pair" if claim.paired else claim.link.form
        yield Candidate(
            rule.id, rule.kind, first, last, score, rule.hold_at, (start, end), form, claim.shape.value, veto
        )

    def _veto(self, compiled: Compiled, page: Page, label: tuple[int, int], value: tuple[int, int]) -> str:
        """What around label and value speaks against them; empty when nothing does."""
        (start, end), (first, last) = label, value
        reach = compiled.rule.reach
        left, right = min(start, first), max(end, last)
        if compiled.after_not and compiled.after_not.search(page.plain[last : last + 48]):
            return "after_not"
        if _MASKED.search(page.plain[max(0, first - 4) : last + 1]):
            return "masked"
        if (
            compiled.near
            and not compiled.near.search(page.around(left, right, reach, 1))
            and not page.is_about(compiled.near, compiled.not_near)
        ):
            return "near"
        if compiled.not_near and compiled.not_near.search(page.around(left, right, reach, 1)):
            return "not_near"
        if self._lexicon.conference.search(page.around(left, right, 500, 7)):
            return "conference"
        numeric = not any(character.isalpha() for character in page.text[first:last])
        around = page.around(left, right, 300, 5) if numeric else b""
        if self._lexicon.conference_numbers.search(around) and not self._lexicon.voicemail.search(around):
            return "conference"
        return ""

    def _bundle(self, page: Page, start: int, end: int) -> float:
        """A user name with its value close by makes a login of it."""
        found = self._lexicon.account_value.search(page.around(start, end, 300, 8))
        return self._lexicon.weights["bundle"] if found else 0.0
