"""Many patterns in one automaton: which of them occur, and that it says when it could not look."""

import pytest
import re2

from mailguard.core.pattern_set import PatternSet


def test_the_numbers_of_what_occurs() -> None:
    """Each pattern answers by its place, and one more stands for every text."""
    patterns = PatternSet([b"door", b"gate", rb"\Apin"], re2.Options())
    assert sorted(patterns.found_in(b"pin of the door")) == [0, 2, 3]
    assert patterns.found_in(b"") == [3]


def test_without_memory_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library's answer for "out of memory" is empty, which no text that was looked at gives."""
    patterns = PatternSet([b"door"], re2.Options())
    monkeypatch.setattr(patterns, "_automaton", type("Full", (), {"Match": lambda self, text: None})())
    assert patterns.found_in(b"door") == []
