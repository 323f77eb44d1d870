"""File descriptors for as many connections as the front door may have."""

import resource

import structlog

from mailguard.core.settings import SmtpSettings

_OF_ITS_OWN = 1000
"""Database, desk, log, worker processes, and connections to the next hop that are kept."""

_log = structlog.get_logger("mailguard.serve")


def allow_descriptors(settings: SmtpSettings) -> None:
    """Raise this process's limit, and so that of the workers it starts, to what `smtp.max_connections` takes.

    A login shell gives 1,024; without one left no client is let in, and no database file opened. What the hard limit
    does not allow is said in the log: `LimitNOFILE` of the unit, `ulimit -Hn` of a shell.
    """
    # A client's own, and the one to the next hop for its transaction.
    wanted = 2 * settings.max_connections + _OF_ITS_OWN
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    if allowed < wanted:
        _log.warning("too few file descriptors", allowed=allowed, wanted=wanted, key="smtp.max_connections")
