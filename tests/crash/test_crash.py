"""kill -9 at every named step: nothing acknowledged is lost, nothing held leaves unapproved (promises 1 and 4)."""

from pathlib import Path

import pytest

from mailguard.store.store import Store
from tests.crash.comparing import compare
from tests.crash.matrix import open_matrix
from tests.crash.record import Record
from tests.crash.sink import ClockedSink
from tests.crash.steps import STEPS

ON_POSTGRESQL = (
    "hold: after commit",
    "decision: after commit",
    "claim: after commit",
    "start: after commit",
    "release: after the dot",
    "settle: before commit",
)
"""Where a claim or a transaction is left behind: SQLite frees the first at start, here it must end by itself."""
_FED_PER_KILL = 6


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_killed_at_every_step(database: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Everything acknowledged is there once, a second copy only where the dot's answer was lost and is on record."""
    on_sqlite = database == "sqlite"
    steps = STEPS if on_sqlite else ON_POSTGRESQL
    url = "" if on_sqlite else request.getfixturevalue("postgres_url")
    with open_matrix(tmp_path, url, seed=6, passes=(1,)) as matrix:
        run = matrix.run(steps, _FED_PER_KILL * len(steps), lambda kills, acknowledged: None)
    assert list(run.violations()) == []
    assert [kill.step for kill in run.kills] == list(steps)
    assert run.acknowledged == run.messages
    assert run.comparison.released


def test_a_loss_is_seen(store: Store) -> None:
    """The comparison finds what it is made to find: a message and a case that are gone, and a decision undone."""
    record = Record()
    record.attempt("marker-1-end")
    record.note_answer("marker-1-end", "250 2.0.0 Ok: queued as SINK1")
    record.note_answer("marker-5-end", "250 2.0.0 held for approval as MG-7K4M-92QT")
    record.decided["MG-7K4M-92QT"] = "approve", 0.0
    with ClockedSink() as sink:
        found = compare(store, sink, record)
    assert [name for name, _ in found.lost] == ["marker-1-end", "marker-5-end", "MG-7K4M-92QT"]
    assert found.violations == ["MG-7K4M-92QT: approve was answered with 200, and it is gone"]
