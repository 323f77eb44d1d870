"""A reply is handed on word for word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailguard.core.answer import Answer


def test_lines_and_octets() -> None:
    """Several lines keep their hyphens, octets that are no UTF-8 stay what they were."""
    text = b"caf\xe9".decode("utf-8", "surrogateescape")
    assert Answer(550, ("5.7.1 no", text)).wire() == b"550-5.7.1 no\r\n550 caf\xe9\r\n"
    assert Answer(250, ()).wire() == b"250 \r\n"


@given(st.lists(st.text(), max_size=4))
def test_no_reply_holds_a_second_one(lines: list[str]) -> None:
    """Whatever is in the lines, there is one line end for each and every line begins with the code."""
    try:
        wire = Answer(250, tuple(lines)).wire()
    except UnicodeEncodeError:
        return
    assert wire.count(b"\r\n") == max(1, len(lines))
    assert wire.count(b"\r") == wire.count(b"\n") == wire.count(b"\r\n")
    assert all(line.startswith(b"250") for line in wire.split(b"\r\n")[:-1])


def test_kinds() -> None:
    """First digits decide."""
    assert Answer.parse("250 2.0.0 ok").ok
    assert Answer.parse("451 4.3.0 later").temporary
    assert Answer.parse("550 no").permanent
    assert Answer.parse("421 bye").closes
    assert str(Answer(550, ("a", "b\n"))) == "550 a b"
    with pytest.raises(ValueError, match="no SMTP reply"):
        Answer.parse("hello")
