"""Patterns of teams: confirmed mistakes only, of three people at least, under pseudonyms."""

import html
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailguard.core.coaching import ELSEWHERE, topics_of
from mailguard.core.reason import ReasonCode
from mailguard.core.settings import ReportSettings, Settings
from mailguard.policy.wording import Wording
from mailguard.report.coaching import Coach, _shown, patterns
from mailguard.report.facts import report_week
from mailguard.report.render import render_csv, render_html, render_json, render_mail_html, render_text
from mailguard.store.store import Store
from tests.conftest import TurnableClock
from tests.support.case_rows import add_case, decide_case

RULES = Path(__file__).parents[2] / "rules"
SETTINGS = Settings(report=ReportSettings(teams={"Orders": ["orders.example"]}))


def stop(store: Store, sender: str, action: str = "reject", **values: Any) -> None:
    """A letter to a namesake that was decided on an hour later."""
    case_id = add_case(store, store.clock() - timedelta(days=1), sender=sender, **values)
    decide_case(store, case_id, action, timedelta(hours=1))


def found(store: Store) -> list[tuple[str, str, int, int]]:
    """Team, topic, messages and number of people of each pattern of the last week."""
    now = store.clock()
    return [
        (one.team, one.topic, one.messages, len(one.people))
        for one in patterns(store, SETTINGS, now - timedelta(days=7), now)
    ]


def test_a_pattern_of_three_people_is_shown_by_team(any_store: Store) -> None:
    """Three people with four rejected letters are a pattern; what was approved, and machines' mail, is not."""
    for name in ("anna", "bert", "cleo", "anna"):
        stop(any_store, f"{name}@orders.example")
    stop(any_store, "dora@orders.example", "approve")
    stop(any_store, "erik@orders.example", automatic=True)
    stop(any_store, "")
    assert found(any_store) == [("Orders", "namesake", 4, 3)]
    (pattern,) = patterns(any_store, SETTINGS, any_store.clock() - timedelta(days=7), any_store.clock())
    assert [count for _, count in pattern.people] == [2, 1, 1]
    assert not any(name in str(pattern) for name in ("anna", "bert", "cleo", "@"))


def test_fewer_people_are_added_up_without_their_team_or_left_out(store: Store) -> None:
    """Two of one team are not shown; with one of another they are three, of no team that is named."""
    stop(store, "anna@orders.example")
    stop(store, "bert@orders.example")
    assert found(store) == []
    stop(store, "cleo@billing.example")
    assert found(store) == [(ELSEWHERE, "namesake", 3, 3)]
    for name in ("dora", "erik", "fia"):
        stop(store, f"{name}@orders.example")
    assert found(store) == [("Orders", "namesake", 5, 5)]


def test_a_pseudonym_is_opened_only_where_it_is_shown(store: Store) -> None:
    """Whose it is, for those of a shown pattern; for anything else nobody's."""
    coach = Coach(store, SETTINGS, Wording.load([RULES], "en"))
    since, until = store.clock() - timedelta(days=7), store.clock()
    stop(store, "hidden@billing.example", reasons=("typo_domain",))
    for name in ("anna", "bert", "cleo"):
        stop(store, f"{name}@orders.example")
    (pattern,) = coach.patterns(since, until)
    opened = {coach.open_pseudonym(pseudonym, since, until) for pseudonym, _ in pattern.people}
    assert opened == {f"{name}@orders.example" for name in ("anna", "bert", "cleo")}
    assert coach.open_pseudonym("P-2222222", since, until) is None
    assert coach.open_pseudonym(pattern.people[0][0], since - timedelta(days=7), since) is None


@pytest.mark.parametrize("language", ["en", "fi", "sv", "pl", "nl", "de"])
def test_every_topic_has_its_lesson_in_every_language(language: str) -> None:
    """One line, the language's own, for every reason and kind of credential."""
    english, wording = Wording.load([RULES], "en"), Wording.load([RULES], language)
    judgement = {
        "reasons": [{"code": code.value} for code in ReasonCode],
        "findings": [{"rule": "x", "kind": kind} for kind in ("password", "pin", "puk", "access_code", "api_key")],
    }
    topics = topics_of(judgement) | topics_of(
        {"reasons": [{"code": "credential"}], "findings": [{"rule": "bundle.username_password", "kind": "password"}]}
    )
    assert len(topics) == 20
    for topic in topics:
        lesson = wording.say(f"lessons.{topic}")
        assert 20 < len(lesson) <= 130
        assert language == "en" or lesson != english.say(f"lessons.{topic}")


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("pqrst")), max_size=12))
def test_no_pattern_is_of_fewer_than_three(sent: list[tuple[str, str]]) -> None:
    """Whatever teams and people there are; and nobody is in two patterns of one topic."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    for team, person in sent:
        counts.setdefault((team, "namesake"), Counter())[f"{person}@{team}"] += 1
    shown = _shown(counts)
    assert all(len(people) >= 3 for people in shown.values())
    everybody = [person for people in shown.values() for person in people]
    assert len(everybody) == len(set(everybody))


def test_the_weekly_report_teaches_without_names(store: Store, clock: TurnableClock) -> None:
    """Team, lesson, messages and how many people, in every form; no address and no pseudonym."""
    for name in ("anna", "bert", "cleo"):
        stop(store, f"{name}@orders.example")
    week = f"{clock() - timedelta(days=1):%G-W%V}"
    clock.turn(days=8)
    figures = report_week(store, week, SETTINGS)
    (lesson,) = figures.lessons
    assert (lesson.team, lesson.topic, lesson.messages, lesson.people) == ("Orders", "namesake", 3, 3)
    assert lesson.sentence == Wording.load([RULES], "en").say("lessons.namesake")
    for text in (render_html(figures), render_mail_html(figures), render_text(figures), render_json(figures)):
        assert lesson.sentence in html.unescape(text)
    assert "Orders: namesake" in render_csv(figures)
    assert report_week(store, week, SETTINGS) == figures
