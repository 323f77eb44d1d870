"""The audit chain over an exchange of keys, and with several nodes writing."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from mailguard.core.errors import StoreError
from mailguard.core.settings import StoreSettings
from mailguard.store.audit.anchor import anchor_of, misfits, read_anchor
from mailguard.store.audit.chain import Entry
from mailguard.store.keys.rotation import rotate
from mailguard.store.store import Store, open_store
from tests.store.audit.tamperings import disarm


def _add(store: Store, entries: int, act: str = "view") -> None:
    with store.writing() as session:
        store.audit.append_all(session.connection(), [Entry(act, "anna", store.clock())] * entries)


def _rotate(store: Store) -> str:
    return rotate(store, "command line", lambda done, total: None, node="here").key_id


def test_chain_goes_on_over_exchanges_of_keys(any_store: Store) -> None:
    """The last entry under a key is its exchange; every part is checked with its own key, and the end is named."""
    first = any_store.sealer.key_id
    _add(any_store, 3)
    second = _rotate(any_store)
    _add(any_store, 2)
    third = _rotate(any_store)
    with any_store.reading() as session:
        walked = any_store.audit.walk(session)
        assert any_store.audit.verify(session) == (7, None)
        assert read_anchor(session, any_store.clock()).key == third
        assert [(span.first, span.key_id) for span in walked.spans] == [(1, first), (5, second), (8, third)]
        # What the weekly report says of an earlier week names the key of that week.
        ends = [anchor_of(session, seq, any_store.clock()) for seq in (3, 4, 6, 7)]
        assert [anchor and anchor.key for anchor in ends] == [first, second, second, third]


@pytest.mark.parametrize(
    ("statement", "seq", "problem"),
    [
        ("UPDATE audit SET actor = 'eve' WHERE seq = 2", 2, "has been changed"),
        ("UPDATE audit SET act = 'view' WHERE seq = 4", 4, "has been changed"),
        ("UPDATE audit SET act = 'keys rotated' WHERE seq = 3", 3, "has been changed"),
        ("UPDATE audit SET actor = 'eve' WHERE seq = 6", 6, "has been changed"),
        ("DELETE FROM retired_keys", 1, "has been changed, or was written with another key file"),
        ("DELETE FROM audit WHERE seq > 4; UPDATE audit_head SET seq = 4", 5, "is missing"),
    ],
)
def test_tampering_beside_an_exchange_is_found(store: Store, statement: str, seq: int, problem: str) -> None:
    """Before, at and behind the exchange; and without the old key nothing of the old part is believed."""
    _add(store, 3)
    _rotate(store)
    _add(store, 2)
    disarm(store)
    with store.writing() as session:
        for each in statement.split(";"):
            session.execute(text(each))
    with store.reading() as session:
        _, bad = store.audit.verify(session)
    assert bad is not None
    assert (bad.seq, bad.problem.startswith(problem)) == (seq, True), bad


def test_chain_cut_back_to_a_retired_key_is_found(store: Store) -> None:
    """Whoever has an old key and the database can go back before the exchange: the chain must end under today's key."""
    _add(store, 3)
    with store.reading() as session:
        old = read_anchor(session, store.clock())
    _rotate(store)
    disarm(store)
    with store.writing() as session:
        session.execute(text("DELETE FROM audit WHERE seq > 3"))
        session.execute(text(f"UPDATE audit_head SET seq = 3, digest = '{old.digest}', key_id = '{old.key}'"))
    with store.reading() as session:
        _, bad = store.audit.verify(session)
        assert misfits(session, [old]) == []
    assert bad is not None
    assert bad.problem.endswith("which is not in the key file")


def test_no_entry_under_a_key_that_the_head_does_not_name(store: Store) -> None:
    """A head that names a key which nobody here has: the act is refused with its entry, and nothing is kept."""
    _add(store, 1)
    with store.writing() as session:
        session.execute(text("UPDATE audit_head SET key_id = '00000000000000aa'"))
    with pytest.raises(StoreError, match="00000000000000aa"):
        _add(store, 1)
    with store.reading() as session:
        assert session.execute(text("SELECT count(*) FROM audit")).scalar_one() == 1


def test_nodes_that_write_at_once_keep_one_chain(any_store: Store, tmp_path: Path) -> None:
    """Three nodes, and an exchange of keys meanwhile: no fork, no gap, no entry lost."""
    url = any_store.engine.url.render_as_string(hide_password=False)
    settings = StoreSettings(database_url=url, key_file=tmp_path / "guard.key")
    nodes = [any_store, *(open_store(settings, any_store.clock) for _ in range(2))]

    def write(node: Store, act: str) -> None:
        for _ in range(20):
            _add(node, 2, act)

    with ThreadPoolExecutor() as pool:
        writing = [pool.submit(write, node, f"act {number}") for number, node in enumerate(nodes)]
        rotating = pool.submit(_rotate, nodes[0])
        for task in writing:
            task.result()
        rotating.result()
    with any_store.reading() as session:
        assert any_store.audit.verify(session) == (121, None)
        counted = session.execute(text("SELECT act, count(*) FROM audit GROUP BY act ORDER BY act")).all()
    assert [tuple(row) for row in counted] == [("act 0", 40), ("act 1", 40), ("act 2", 40), ("keys rotated", 1)]
    for node in nodes[1:]:
        node.close()


def test_chain_that_grows_while_it_is_checked_is_whole(any_store: Store) -> None:
    """Entries that come between the last look at the rows and the look at the head are no break."""
    _add(any_store, 3)
    more = iter((2, 1))

    def grow(done: int, total: int) -> None:
        if number := next(more, 0):
            _add(any_store, number)

    with any_store.reading() as session:
        entries, bad = any_store.audit.verify(session, grow)
    assert bad is None
    # SQLite reads the chain as it was when it began, PostgreSQL each time anew.
    assert entries == (3 if any_store.engine.dialect.name == "sqlite" else 6)
