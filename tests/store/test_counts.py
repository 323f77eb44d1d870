"""Counts: gathered in memory, added up in the database."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlmodel import select

from mailguard.core.errors import StoreError
from mailguard.store.counts import OTHER, Counts
from mailguard.store.store import Store
from mailguard.store.tables.figures import CountRow

MONDAY, TUESDAY = date(2026, 11, 9), date(2026, 11, 10)


def _rows(store: Store) -> dict[tuple[date, str, str], int]:
    with store.reading() as session:
        return {(row.day, row.measure, row.key): row.count for row in session.exec(select(CountRow)).all()}


def test_flush_adds_to_what_is_there(any_store: Store) -> None:
    """Two flushes of one day add up, on both databases; another day has rows of its own."""
    counts = Counts()
    counts.add("seen")
    counts.add("reason", "namesake", 2)
    counts.flush(any_store, MONDAY)
    counts.add("seen", n=4)
    counts.flush(any_store, MONDAY)
    counts.add("seen")
    counts.flush(any_store, TUESDAY)
    assert _rows(any_store) == {
        (MONDAY, "seen", ""): 5,
        (MONDAY, "reason", "namesake"): 2,
        (TUESDAY, "seen", ""): 1,
    }


def test_nothing_gathered_writes_nothing(store: Store) -> None:
    """An idle guard makes no rows."""
    Counts().flush(store, MONDAY)
    assert _rows(store) == {}


def test_two_guards_on_one_database_add_up(any_store: Store) -> None:
    """Counts of two processes on the same day and key are added, not overwritten."""
    one, two = Counts(), Counts()
    for _ in range(3):
        one.add("held")
        two.add("held")
    one.flush(any_store, MONDAY)
    two.flush(any_store, MONDAY)
    assert _rows(any_store) == {(MONDAY, "held", ""): 6}


def test_failed_flush_keeps_the_counts(store: Store) -> None:
    """When the database does not take them, the counts stay and go with the next flush."""
    counts = Counts()
    counts.add("seen", n=7)
    with store.writing() as session:
        session.connection().exec_driver_sql("ALTER TABLE daily_counts RENAME TO away")
    with pytest.raises(StoreError):
        counts.flush(store, MONDAY)
    with store.writing() as session:
        session.connection().exec_driver_sql("ALTER TABLE away RENAME TO daily_counts")
    counts.add("seen")
    counts.flush(store, MONDAY)
    assert _rows(store) == {(MONDAY, "seen", ""): 8}


def test_many_threads_lose_nothing(store: Store) -> None:
    """Additions from many threads are all there, flushes in between included."""
    counts = Counts()

    def work(number: int) -> None:
        for _ in range(500):
            counts.add("seen")
            counts.add("sender", f"s{number}@a.example")
        counts.flush(store, MONDAY)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(8)))
    rows = _rows(store)
    assert rows[MONDAY, "seen", ""] == 4000
    assert sum(n for (_, measure, _), n in rows.items() if measure == "sender") == 4000


def test_distinct_keys_are_bounded_for_the_day(store: Store) -> None:
    """A sprayer of made-up domains fills neither memory nor table, however often it is flushed."""
    counts = Counts(most_keys=10)
    for number in range(25):
        counts.add("recipient_domain", f"d{number}.example")
        counts.flush(store, MONDAY)
    counts.add("recipient_domain", "d3.example")
    counts.flush(store, MONDAY)
    rows = _rows(store)
    assert len(rows) == 11
    assert rows[MONDAY, "recipient_domain", "d3.example"] == 2
    assert rows[MONDAY, "recipient_domain", OTHER] == 15


def test_hostile_keys_are_stored_harmlessly(any_store: Store) -> None:
    """NUL and endless keys do not make the database refuse the flush."""
    counts = Counts()
    counts.add("sender", "a\0b@c.example")
    counts.add("sender", "\udc80@c.example")
    counts.add("sender", "x" * 10_000)
    counts.flush(any_store, MONDAY)
    assert sorted(len(key) for _, _, key in _rows(any_store)) == [11, 13, 254]
