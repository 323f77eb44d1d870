"""Whose turn it is, and how old the register is."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from mailguard.core.errors import RegisterError
from mailguard.core.settings import RegisterSettings
from mailguard.customers.freshness import FreshnessWatch, freshness
from mailguard.customers.source_states import BY_HAND, CLAIM, claim, note_failure, note_success, renew, source_states
from mailguard.store.database.engine import make_engine
from tests.conftest import TurnableClock

HOUR = timedelta(hours=1)


def settings(*names: str, stale_hours: int | None = None) -> RegisterSettings:
    """A register of sources with these names."""
    sources = [{"name": name, "kind": "csv", "folder": "/srv/export"} for name in names]
    return RegisterSettings.model_validate({"sources": sources, "stale_hours": stale_hours})


def test_of_several_nodes_one_syncs(register: Engine, clock: TurnableClock) -> None:
    """However many ask at the same moment, one gets the claim, the first time and each later time."""
    with ThreadPoolExecutor(8) as threads:
        for _ in range(3):
            got = list(threads.map(lambda _: claim(register, "crm", clock(), HOUR), range(8)))
            assert sum(got) == 1
            note_success(register, "crm", clock())
            assert not any(threads.map(lambda _: claim(register, "crm", clock(), HOUR), range(8)))
            clock.turn(hours=1)


def test_a_failed_sync_is_tried_again_soon(register: Engine, clock: TurnableClock) -> None:
    """Ten minutes later, or after the interval where that is shorter; a day's interval must not cost a day."""
    assert claim(register, "crm", clock(), 24 * HOUR)
    note_failure(register, "crm", clock(), "away")
    assert not claim(register, "crm", clock(), 24 * HOUR)
    clock.turn(minutes=9)
    assert not claim(register, "crm", clock(), 24 * HOUR)
    assert claim(register, "crm", clock(), HOUR / 60)
    note_failure(register, "crm", clock(), "away")
    clock.turn(minutes=10)
    assert claim(register, "crm", clock(), 24 * HOUR)


def test_whoever_died_over_it_loses_the_claim(register: Engine, clock: TurnableClock) -> None:
    """A claim without a sign of life ends, one that is renewed does not, and by hand nobody gets in between."""
    assert claim(register, "crm", clock(), 24 * HOUR)
    clock.turn(minutes=14)
    renew(register, "crm", clock())
    clock.turn(minutes=14)
    assert not claim(register, "crm", clock(), 24 * HOUR)
    assert not claim(register, "crm", clock())
    clock.turn(seconds=CLAIM.total_seconds())
    assert claim(register, "crm", clock(), 24 * HOUR)


def test_by_hand_the_interval_does_not_count(register: Engine, clock: TurnableClock) -> None:
    """A person who asks for a sync gets one."""
    assert claim(register, "crm", clock(), HOUR)
    note_success(register, "crm", clock())
    assert claim(register, "crm", clock())


def test_a_problem_is_one_short_line(register: Engine, clock: TurnableClock) -> None:
    """Whatever a server said, it fits a table, and the last good sync is kept beside it."""
    claim(register, "crm", clock())
    note_success(register, "crm", clock())
    first = clock()
    clock.turn(hours=1)
    claim(register, "crm", clock())
    note_failure(register, "crm", clock(), "a\r\nb\x1b[31m" + "x" * 5000)
    kept = source_states(register)["crm"]
    assert kept.problem.startswith("a b[31mx")
    assert len(kept.problem) <= 500
    assert (kept.synced_at, kept.tried_at) == (first, clock())


def test_the_oldest_source_is_the_registers_age(register: Engine, clock: TurnableClock) -> None:
    """Two sources: the register is as old as the older one, and stale when that is."""
    both = settings("crm", "shop", stale_hours=48)
    note_success(register, "crm", clock())
    clock.turn(hours=40)
    note_success(register, "shop", clock())
    clock.turn(hours=8)
    known = freshness(register, both, clock)
    assert known.age_hours == pytest.approx(48)
    assert [source.age_hours for source in known.sources] == pytest.approx([48, 8])
    assert not known.stale
    clock.turn(minutes=1)
    known = freshness(register, both, clock)
    assert known.stale
    assert [source.stale for source in known.sources] == [True, False]


def test_a_source_that_never_came_through_is_stale(register: Engine, clock: TurnableClock) -> None:
    """Nobody knows how old what is missing is; a failure does not make a register younger."""
    known = freshness(register, settings("crm"), clock)
    assert (known.age_hours, known.stale) == (None, True)
    claim(register, "crm", clock())
    note_failure(register, "crm", clock(), "away")
    known = freshness(register, settings("crm"), clock)
    assert (known.age_hours, known.stale, known.sources[0].problem) == (None, True, "away")


def test_with_sources_three_days_without_sources_never(register: Engine, clock: TurnableClock) -> None:
    """The rule where stale_hours is not set."""
    note_success(register, BY_HAND, clock())
    note_success(register, "crm", clock())
    clock.turn(hours=72)
    assert not freshness(register, settings("crm"), clock).stale
    clock.turn(minutes=1)
    assert freshness(register, settings("crm"), clock).stale
    clock.turn(days=365)
    by_hand = freshness(register, settings(), clock)
    assert not by_hand.stale
    assert by_hand.age_hours == pytest.approx(72 + 365 * 24, abs=1)
    assert freshness(register, settings(stale_hours=24), clock).stale


def test_the_watch_asks_now_and_then(
    register: Engine, tmp_path: Path, clock: TurnableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two looks the answer is kept; where nothing can be stale the database is not asked at all."""
    moment = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: moment)
    watch = FreshnessWatch(register, settings("crm"), clock)
    assert watch().stale
    note_success(register, "crm", clock())
    assert watch().stale
    moment += 5
    assert not watch().stale
    never = FreshnessWatch(make_engine(f"sqlite:///{tmp_path}/without-tables.db"), settings(), clock)
    assert not never().stale


def test_without_a_database_the_watch_says_so(tmp_path: Path, clock: TurnableClock) -> None:
    """A register that is away is the client's 4xx, not a fresh register."""
    with pytest.raises(RegisterError):
        FreshnessWatch(make_engine(f"sqlite:///{tmp_path}/without-tables.db"), settings("crm"), clock)()
