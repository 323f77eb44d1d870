"""Coaching: what teams keep getting wrong, with a lesson for each. Nobody is named, and no few are pointed at."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from mailguard.core.address import canonical
from mailguard.core.case import CaseState
from mailguard.core.coaching import ELSEWHERE, Pattern, topics_of
from mailguard.core.rule_folders import rule_folders
from mailguard.core.settings import Settings
from mailguard.core.teams import Teams
from mailguard.policy.wording import Wording
from mailguard.report.pseudonyms import make_pseudonym, name_quarter
from mailguard.report.totals import Lesson
from mailguard.store.store import Store
from mailguard.store.tables.cases import CaseRow

FEWEST_PEOPLE = 3
"""A pattern of fewer people is not shown: in a small team everybody would know who it was."""
_CONFIRMED = (CaseState.REJECTED, CaseState.WITHDRAWN)
"""The sender or a second person agreed that it should not go: a hold that was approved teaches nobody anything."""
Counts = dict[tuple[str, str], Counter[str]]
"""By team and topic: messages by address."""


class Coach:
    """Patterns of any time, for the report and for the desk."""

    def __init__(self, store: Store, settings: Settings, wording: Wording) -> None:
        self._store, self._settings, self._wording = store, settings, wording

    def patterns(self, since: datetime, until: datetime) -> tuple[Pattern, ...]:
        """As `patterns`."""
        return patterns(self._store, self._settings, since, until)

    def lesson(self, topic: str) -> str:
        """The sentence for a topic, in the language of the notices."""
        return self._wording.say(f"lessons.{topic}")

    def open_pseudonym(self, pseudonym: str, since: datetime, until: datetime) -> str | None:
        """Whose it is, of the people whom `patterns` shows for that time; None: nobody's. Whoever calls audits it."""
        shown = _shown(_count(self._store, self._settings, since, until))
        addresses = {address for people in shown.values() for address in people}
        return next((one for one in sorted(addresses) if self._pseudonym(one, until) == pseudonym), None)

    def _pseudonym(self, address: str, until: datetime) -> str:
        return make_pseudonym(self._store.sealer, address, _quarter(self._settings, until))


def lessons(store: Store, settings: Settings, since: datetime, until: datetime) -> tuple[Lesson, ...]:
    """The patterns of a time with their sentences, in the report's English; how many people, and not which."""
    found = patterns(store, settings, since, until)
    wording = Wording.load(rule_folders(settings), "en") if found else None
    return tuple(
        Lesson(one.team, one.topic, one.messages, len(one.people), wording.say(f"lessons.{one.topic}"))
        for one in found
        if wording is not None
    )


def patterns(store: Store, settings: Settings, since: datetime, until: datetime) -> tuple[Pattern, ...]:
    """What was rejected or withdrawn from `since` until before `until`, by team and topic, most messages first.

    A pattern of fewer than three people goes to those of other small teams, without a team's name; if there are fewer
    than three then too, it is left out. Letters that machines wrote are nobody's. Pseudonyms are those of the quarter
    in which the time ends. Raises StoreError.
    """
    quarter = _quarter(settings, until)
    found = [
        Pattern(team, topic, people.total(), _by_pseudonym(store, people, quarter))
        for (team, topic), people in _shown(_count(store, settings, since, until)).items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.messages, one.team, one.topic)))


def _count(store: Store, settings: Settings, since: datetime, until: datetime) -> Counts:
    teams = Teams.of(settings)
    counts: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    with store.reading() as session:
        for sender, judgement in _held(session, since, until):
            for topic in topics_of(judgement):
                counts[teams.team_or_domain_of(sender), topic][canonical(sender)] += 1
    return counts


def _held(session: Session, since: datetime, until: datetime) -> Iterable[tuple[str, Mapping[str, Any]]]:
    query = select(CaseRow.reverse_path, CaseRow.judgement).where(
        col(CaseRow.state).in_(_CONFIRMED),
        col(CaseRow.ended_at) >= since,
        col(CaseRow.ended_at) < until,
        col(CaseRow.automatic).is_(False),
        CaseRow.reverse_path != "",
    )
    return session.exec(query)


def _shown(counts: Counts) -> Counts:
    """Those of enough people. What small teams have in common is added up: no difference of two sums tells of a few."""
    shown: Counts = {key: people for key, people in counts.items() if len(people) >= FEWEST_PEOPLE}
    rest: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for (team, topic), people in counts.items():
        if (team, topic) not in shown:
            rest[ELSEWHERE, topic].update(people)
    return shown | {key: people for key, people in rest.items() if len(people) >= FEWEST_PEOPLE}


def _by_pseudonym(store: Store, people: Counter[str], quarter: str) -> tuple[tuple[str, int], ...]:
    named = ((make_pseudonym(store.sealer, address, quarter), count) for address, count in people.items())
    return tuple(sorted(named, key=lambda one: (-one[1], one[0])))


def _quarter(settings: Settings, until: datetime) -> str:
    return name_quarter(until - timedelta(microseconds=1), ZoneInfo(settings.report.time_zone))
