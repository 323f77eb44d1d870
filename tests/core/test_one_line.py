"""Foreign text on one line."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from mailguard.core.one_line import one_line


@given(st.text(), st.integers(min_value=1, max_value=50))
def test_any_text_becomes_one_short_visible_line(text: str, limit: int) -> None:
    """Whatever comes in, what comes out is short, on one line, and has no control or direction character."""
    line = one_line(text, limit)
    assert len(line) <= limit
    assert len(line.splitlines()) <= 1
    assert not any(unicodedata.category(ch)[0] == "C" for ch in line if ch not in "\u200c\u200d")


def test_marks_are_removed_and_length_is_shown() -> None:
    """A right-to-left override disappears, line breaks become spaces, and a cut is visible."""
    assert one_line("a\u202eb\r\nBcc: c@d.example\x00") == "ab Bcc: c@d.example"
    assert one_line("x" * 10_000, 20) == "x" * 19 + "…"
    assert one_line("short") == "short"
