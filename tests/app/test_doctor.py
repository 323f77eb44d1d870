"""`mailguard doctor` against real mail servers: how they end a message, tried live."""

import re
from pathlib import Path

import pytest

from tests.support.guard import make_guard
from tests.support.postfix import start_postfix


@pytest.mark.parametrize(
    "settings",
    [
        "smtpd_forbid_bare_newline = no\n",
        # The guard stands in $mynetworks, which is what Postfix excepts by default.
        "smtpd_forbid_bare_newline = reject\nsmtpd_forbid_bare_newline_exclusions = $mynetworks\n",
    ],
    ids=["no", "excepted"],
)
def test_a_postfix_that_misreads_bare_line_feeds_is_bad(tmp_path: Path, settings: str) -> None:
    """The malformed ends that it takes are named, each with the two lines that mend it, and the exit code is 1."""
    with start_postfix(settings=settings) as postfix:
        done = make_guard(tmp_path, postfix.port).command("doctor", "--probe-to", "probe@post.example")
    assert done.returncode == 1
    bad = [line for line in done.stdout.splitlines() if line.startswith("BAD") and "next hop" in line]
    assert {line.split(":")[1].strip() for line in bad} == {"LF . LF", "LF . CR LF", "CR LF . LF"}
    for line in bad:
        assert "taken for the end of data (250)" in line
        assert "smtpd_forbid_bare_newline = reject" in line
        assert "smtpd_forbid_bare_newline_exclusions = (nothing)" in line
        assert "deploy/postfix/README.md" in line


def test_the_shipped_snippet_is_well(tmp_path: Path) -> None:
    """The same server with the shipped lines: each malformed end is tried, and none is bad."""
    with start_postfix() as postfix:
        done = make_guard(tmp_path, postfix.port).command("doctor", "--probe-to", "probe@post.example")
        assert postfix.letters == []
    tried = [line for line in done.stdout.splitlines() if re.search(r"next hop: [CRLF .]+:", line)]
    assert len(tried) == 6
    assert all(line.startswith("ok") for line in tried), tried
