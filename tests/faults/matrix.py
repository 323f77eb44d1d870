"""The fault matrix: what is answered while something is broken. Recovery is by itself everywhere: nobody restarts.

Codes are RFC 5321, section 4.2, and RFC 3463. `held` is the answer to a message that must be held, `clean` that to one
that may pass, `desk` the status of a page that shows cases, `ready` what `/readyz` says.

Clean mail gets 4yz too where the register's database is away: whose address it is cannot be asked then, and to pass it
unasked would be to fail open. Where only writing fails it passes: nothing of it is written.

Rules that are broken on reload have tests of their own (tests/app/test_rules_watch.py): the last good set stays in
force. So has a key file that is missing or unfit at start (tests/store/test_store.py, test_key_file.py): one sentence,
no start.
"""

from dataclasses import dataclass

HELD = "250 2.0.0 held for approval as MG-"
PASSED = "250 2.0.0 Ok: queued as SINK1"
LATER = "451 4.3.0"
NO_ROOM = "452 4.3.1"
NO_HOP = "451 4.4.1"


@dataclass(frozen=True)
class Row:
    """One fault."""

    fault: str
    held: str
    clean: str
    desk: int
    ready: str
    """Status and text of `/readyz`, or the beginning of it; `200 ready` alone: it has nothing to tell."""
    after: str = "all is as before"
    """What is to be known of the state, beside that nothing is half kept and mail flows again."""


SQLITE = {
    "disk below the reserve": Row(
        "less than store.min_free_mb is free",
        NO_ROOM,
        PASSED,
        200,
        "200 ready, but mail to be held is deferred:",
        "decisions and letters go on; ops has a letter for the beginning and one for the end",
    ),
    "disk full": Row(
        "ENOSPC on the disk of the database", NO_ROOM, PASSED, 200, "200 ready, but writing failed a moment ago: there"
    ),
    "disk read-only": Row(
        "EROFS at every write", LATER, PASSED, 200, "200 ready, but writing failed a moment ago: the d"
    ),
    "disk with errors": Row(
        "EIO at every write", LATER, PASSED, 200, "200 ready, but writing failed a moment ago: the disk has errors"
    ),
    "disk that does not sync": Row(
        "EIO at fsync", LATER, PASSED, 200, "200 ready, but writing failed a moment ago: the disk has errors"
    ),
    "database locked": Row(
        "another program holds the write lock beyond the busy time-out",
        LATER,
        PASSED,
        200,
        "200 ready, but writing failed a moment ago: the database is locked by another program",
    ),
    "page damaged": Row(
        "a page of the table of cases is overwritten",
        LATER,
        PASSED,
        503,
        "200 ready, but writing failed a moment ago: the database is damaged",
        "all is as before, once the page is put back (restore)",
    ),
    "file moved": Row(
        "the database file is at another place", LATER, LATER, 503, "503 the database file cannot be opened"
    ),
    "file exchanged": Row(
        "another database stands in its place", LATER, LATER, 503, "503 the database does not answer"
    ),
}
POSTGRESQL = {
    "connections lost": Row(
        "every connection is cut (pg_terminate_backend)", HELD, PASSED, 200, "200 ready", "the next question reconnects"
    ),
    "server killed": Row("stopped at once, as by a crash", LATER, LATER, 503, "503 the database does not answer"),
    "server's disk full": Row(
        "SQLSTATE 53100, a real full tablespace",
        NO_ROOM,
        PASSED,
        200,
        "200 ready, but writing failed a moment ago: there is no room left for the database",
    ),
    "server read-only": Row(
        "SQLSTATE 25006, as on a standby",
        LATER,
        PASSED,
        200,
        "200 ready, but writing failed a moment ago: the database takes no writes",
        "connections are opened anew: they may lead to the new primary",
    ),
    "too many connections": Row(
        "SQLSTATE 53300: the server lets nobody in", LATER, LATER, 503, "503 the database does not answer"
    ),
}
ANY = {
    "key file gone": Row(
        "the key file is missing or unreadable while serving",
        HELD,
        PASSED,
        200,
        "200 ready",
        "the key is in memory; a start without it is refused with one sentence",
    ),
    "register gone": Row(
        "the customers' tables do not answer", LATER, LATER, 200, "200 ready", "cases are decided meanwhile"
    ),
    "source away": Row(
        "a source of the register does not answer",
        HELD,
        PASSED,
        200,
        "200 ready",
        "the register of before is used; ops has a letter; stale after stale_hours, then sensitive mail is held",
    ),
    "clock back an hour": Row("the clock is put back", HELD, PASSED, 200, "200 ready", "the chain is whole"),
    "clock forward a day": Row("the clock jumps ahead", HELD, PASSED, 200, "200 ready", "nothing expires too early"),
    "next hop down": Row(
        "no connection to the next hop, for hours",
        NO_HOP,
        NO_HOP,
        200,
        "200 ready",
        "approved mail goes when it is back, in the order of approval; after five days undeliverable, with letters",
    ),
    "log full": Row("standard error is on a full disk", HELD, PASSED, 200, "200 ready", "lines are lost, no mail"),
    "log not read": Row("nobody reads the pipe that is the log", HELD, PASSED, 200, "200 ready", "as above"),
    "log closed": Row("standard error is closed", HELD, PASSED, 200, "200 ready", "as above"),
}
