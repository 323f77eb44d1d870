"""Which octets have CRLF line ends only."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from mailguard.core.line_ends import are_strict

_BARE = re.compile(rb"(?<!\r)\n|\r(?!\n)|\0")


@given(st.lists(st.sampled_from([b"\r\n", b"\r", b"\n", b"a", b".", b"\0", b"\xff"])).map(b"".join))
@example(b"a\rb\nc")
@example(b"\n\r")
@example(b"\r\r\n\n")
def test_strict_is_without_anything_bare(octets: bytes) -> None:
    """No bare CR, no bare LF, no NUL, in any order: the slow and plain definition says the same."""
    assert are_strict(octets) is (_BARE.search(octets) is None)
