"""A log line as `key=value`."""

import structlog
from hypothesis import given
from hypothesis import strategies as st

from mailguard.app.logs import render_line

_VALUES = st.one_of(st.text(), st.text(' ="\\\\\n\t=ab'), st.none(), st.booleans(), st.integers(), st.floats())


@given(st.dictionaries(st.from_regex(r"[a-z_]+", fullmatch=True), _VALUES))
def test_a_line_is_what_structlog_makes_of_it(event: dict[str, object]) -> None:
    """For whatever values: quotes, backslashes, line ends, nothing at all."""
    expected = structlog.processors.LogfmtRenderer(bool_as_flag=False)(None, "info", dict(event))
    assert render_line(None, "info", event) == expected
