"""How many file descriptors the guard takes for itself."""

import resource
from collections.abc import Iterator

import pytest
import structlog

from mailguard.app.descriptors import allow_descriptors
from mailguard.core.settings import SmtpSettings
from tests.support.need import missing


@pytest.fixture
def hard() -> Iterator[int]:
    """The hard limit; the soft one is put back."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    if before[1] == resource.RLIM_INFINITY:
        missing("there is no limit to file descriptors here")
    yield before[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_no_more_than_it_may_and_it_says_so(hard: int) -> None:
    """Where the hard limit is too low the guard takes what there is, and the log names the key; else it is silent."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (900, hard))
    with structlog.testing.capture_logs() as lines:
        allow_descriptors(SmtpSettings(max_connections=20))
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (1040, hard)
        allow_descriptors(SmtpSettings(max_connections=10))
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 1040
        assert lines == []
        allow_descriptors(SmtpSettings(max_connections=hard))
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)
    assert [(line["event"], line["key"]) for line in lines] == [("too few file descriptors", "smtp.max_connections")]
