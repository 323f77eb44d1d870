"""Patterns: only linear ones, and what is searched is bounded."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailguard.core.part import Letter, Part, PartRole
from mailguard.detect.detector import Detector
from mailguard.detect.fold import fold
from mailguard.detect.labels import DENSITY, FEWEST
from mailguard.detect.page import Page
from mailguard.detect.pattern import any_of, compile_pattern, roughly, widen_spaces

WORDS = [
    "password",
    "pin",
    "salasana on",
    "hasło:",
    "code",
    "\t",
    "\n",
    " ",
    ":",
    "=",
    "1234",
    "Kesa2020",
    '"',
    "(",
    "user",
]


@pytest.mark.parametrize("pattern", [r"(a+)\1", r"(?=x)y", r"(?<!a)b", "ä"])
def test_refused(pattern: str) -> None:
    """Back-references, look-around and letters that never stand in folded text are refused in plain words."""
    with pytest.raises(ValueError, match=r"RE2|diacritics"):
        compile_pattern(pattern)


def test_compiled_for_good_when_first_asked() -> None:
    """Rules that no letter calls take no memory for automata; what RE2 refuses is refused at once all the same."""
    pattern = compile_pattern("(?P<value>[0-9]+) keys")
    assert dict(pattern.groups) == {b"value": 1}
    assert pattern._engine is None
    assert pattern.search(b"12 keys") is not None
    assert pattern._engine is not None
    assert list(compile_pattern("[0-9]+").spans(b"1 22")) == [(0, 1), (2, 4)]


def test_nothing_matches_nothing() -> None:
    """An empty alternation matches no text, not every text."""
    assert compile_pattern(any_of(())).search(b"anything") is None


def test_spaces_widen() -> None:
    """A space in a pattern stands for up to three, but not inside a class or before a quantifier of its own."""
    assert widen_spaces("a b[ c] ?d") == "a {1,3}b[ c] ?d"


@pytest.mark.parametrize(
    ("pattern", "rough"),
    [
        (r"pin[^\n.]{1,40}on", r"pin[^\n.]{1,}?on"),
        (r"[a-z{2,40}]{6,40}?\{1,40\}", r"[a-z{2,40}]{6,}?\{1,40\}"),
        (r"a{4}b{1,3}[]{10,20}\]]{0,9}", r"a{4}b{1,3}[]{10,20}\]]{0,9}"),
    ],
)
def test_long_runs_are_not_counted_roughly(pattern: str, rough: str) -> None:
    """Only what is a repetition, and a long one, is changed."""
    assert roughly(pattern) == rough


def test_a_rough_pattern_finds_all_that_the_rule_does(detector: Detector) -> None:
    """At the place of each match or before it, on every example of every rule, alone and behind another."""
    examples = [example.encode() for rule in detector._all for example in (*rule.match, *rule.nomatch)]
    for compiled in detector._shaped.values():
        for one, other in zip(examples, [*examples[1:], b""], strict=True):
            for plain in (fold(one.decode()).plain, fold((one + b"\n" + other).decode()).plain):
                if found := compiled.pattern.search(plain):
                    rough = compiled.rough.search(plain)
                    assert rough is not None
                    assert rough.start() <= found.start()


def test_labels_are_bounded(detector: Detector) -> None:
    """In nonsense made of labels only so many are looked at."""
    page = Page(Part("body.1", PartRole.BODY, "pin " * 30_000))
    assert len(detector._labelled.labels.find(page)) <= FEWEST + len(page.plain) // DENSITY
    assert page.exhausted


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=80).map("".join))
def test_any_mixture_is_read(detector: Detector, text: str) -> None:
    """No mixture of labels, separators and values raises, and every finding lies inside the text."""
    for finding in detector.find(Letter("", "", (), (Part("body.1", PartRole.BODY, text),))):
        assert 0 <= finding.start < finding.end <= len(text)
        assert text[finding.start : finding.end] == finding.value.reveal()
