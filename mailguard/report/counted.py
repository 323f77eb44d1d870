"""The daily counts, added up to weeks."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlmodel import Session, col, func, select

from mailguard.report.week import Week
from mailguard.store.tables.figures import CountRow

ALIVE = "alive"
STAGE = "stage."
"""Begins the measures of the histograms; the key is a step's upper edge in milliseconds."""
ADDED = f"{STAGE}added"
"""The histogram of what the guard itself adds: judging and holding."""


def read_totals(session: Session, first: Week, last: Week) -> dict[date, Counter[str]]:
    """Counts without a key, by the Monday of their week and by measure, for all weeks of a span at once."""
    total: Any = func.sum(CountRow.count)
    query = (
        select(col(CountRow.day), CountRow.measure, total)
        .where(col(CountRow.day).between(first.monday, last.sunday), CountRow.key == "")
        .group_by(col(CountRow.day), col(CountRow.measure))
    )
    counts: dict[date, Counter[str]] = {}
    for day, measure, count in session.exec(query):
        counts.setdefault(day - timedelta(days=day.weekday()), Counter())[measure] += int(count)
    return counts


def read_keys(session: Session, week: Week, measures: Sequence[str]) -> dict[str, Counter[str]]:
    """The week's counts of some measures, by key."""
    total: Any = func.sum(CountRow.count)
    query = (
        select(CountRow.measure, CountRow.key, total)
        .where(col(CountRow.day).between(week.monday, week.sunday), col(CountRow.measure).in_(measures))
        .group_by(col(CountRow.measure), col(CountRow.key))
    )
    counts: dict[str, Counter[str]] = {measure: Counter() for measure in measures}
    for measure, key, count in session.exec(query):
        counts[measure][key] = int(count)
    return counts


def read_alive(session: Session, week: Week) -> list[tuple[date, int]]:
    """The slots of the week in which some guard was alive: day, and number of the slot since its midnight."""
    query = select(col(CountRow.day), CountRow.key).where(
        col(CountRow.day).between(week.monday, week.sunday), CountRow.measure == ALIVE
    )
    return sorted((day, int(key)) for day, key in session.exec(query) if key.isdigit())


def was_alive_before(session: Session, week: Week) -> bool:
    """Whether some guard counted its life before the week."""
    query = select(CountRow.key).where(CountRow.measure == ALIVE, col(CountRow.day) < week.monday).limit(1)
    return session.exec(query).first() is not None
