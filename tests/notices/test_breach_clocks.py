"""Letters about the deadlines of a breach."""

import threading
from datetime import datetime

import pytest
from sqlmodel import select

from mailguard.core.person import Role
from mailguard.core.settings import ClockSettings, IncidentSettings, Settings
from mailguard.incidents.breaches.breach import BreachFacts, Origin
from mailguard.incidents.breaches.register import change_breach, open_breach
from mailguard.notices.breach_clocks import BREACH_LATE, BREACH_SOON, remind_of_clocks
from mailguard.notices.breach_letter import compose_breach_clock
from mailguard.notices.wording import load_wording
from mailguard.store.people import add_user
from mailguard.store.store import Store
from mailguard.store.tables.outbox import NoticeRow
from tests.conftest import TurnableClock
from tests.notices.outbox import parsed, written
from tests.notices.test_compose import body

GDPR = IncidentSettings()
LANGUAGES = ("en", "fi", "sv", "pl", "nl", "de")
TITLE = "Papers of Mikko Virtanen to mikko.virtanen@mail.example"


def add_readers(store: Store) -> None:
    """One person of each role."""
    for role in Role:
        add_user(store, role.value, email=f"{role.value}@operator.example", role=role, password=None)


def opened(store: Store, aware_at: datetime) -> str:
    """A breach whose title says more than it should."""
    with store.writing() as session:
        facts = BreachFacts(TITLE, aware_at=aware_at)
        return open_breach(session, store, facts, origin=Origin.HAND, by="petra", at=store.clock())


def changed(store: Store, number: str, version: int, **changes: object) -> None:
    """Change some facts."""
    with store.writing() as session:
        change_breach(session, store, number, changes, version=version, by="petra", at=store.clock())


def test_once_with_a_quarter_left_and_once_when_it_has_passed(any_store: Store, clock: TurnableClock) -> None:
    """To supervisors, admins and operators; not before its moment, never twice, and not after it was met."""
    number = opened(any_store, clock())
    clock.turn(hours=53, minutes=59)
    assert remind_of_clocks(any_store, GDPR) == []
    clock.turn(minutes=1)
    assert remind_of_clocks(any_store, GDPR) == []  # nobody is there yet
    add_readers(any_store)
    assert remind_of_clocks(any_store, GDPR) == [(number, "authority", BREACH_SOON)]
    assert remind_of_clocks(any_store, GDPR) == []
    clock.turn(hours=18)
    assert remind_of_clocks(any_store, GDPR) == []  # the last moment is in time
    clock.turn(seconds=1)
    assert remind_of_clocks(any_store, GDPR) == [(number, "authority", BREACH_LATE)]
    clock.turn(days=30)
    assert remind_of_clocks(any_store, GDPR) == []
    readers = [f"{role}@operator.example" for role in ("admin", "ops", "supervisor")]
    assert written(any_store) == [(kind, to) for kind in (BREACH_LATE, BREACH_SOON) for to in readers]


def test_a_clock_that_is_met_or_not_needed_says_nothing(any_store: Store, clock: TurnableClock) -> None:
    """And one that somebody learns of too late is told once, as late."""
    add_readers(any_store)
    met, needless, late = (opened(any_store, clock()) for _ in range(3))
    changed(any_store, met, 1, notify_authority=True, notified_authority_at=clock().isoformat())
    changed(any_store, needless, 1, notify_authority=False, notify_authority_reason="the key is ours")
    clock.turn(days=10)
    assert remind_of_clocks(any_store, GDPR) == [(late, "authority", BREACH_LATE)]


def test_a_moment_that_was_mended_is_told_anew(any_store: Store, clock: TurnableClock) -> None:
    """The clock begins later than was thought: its new end has its own letters."""
    add_readers(any_store)
    begun = clock()
    number = opened(any_store, begun)
    clock.turn(hours=60)
    assert remind_of_clocks(any_store, GDPR) == [(number, "authority", BREACH_SOON)]
    changed(any_store, number, 1, aware_at=(begun + (clock() - begun) / 2).isoformat())
    assert remind_of_clocks(any_store, GDPR) == []
    clock.turn(hours=24)
    assert remind_of_clocks(any_store, GDPR) == [(number, "authority", BREACH_SOON)]


def test_one_of_many_nodes_tells(any_store: Store, clock: TurnableClock) -> None:
    """Six that look at one moment write one letter to each reader between them."""
    add_readers(any_store)
    for _ in range(3):
        opened(any_store, clock())
    clock.turn(hours=60)
    threads = [threading.Thread(target=remind_of_clocks, args=(any_store, GDPR)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(written(any_store)) == 9


def test_clocks_of_one_name_are_told_each(store: Store, clock: TurnableClock) -> None:
    """A contract's clock that is named like the law's is another clock."""
    add_readers(store)
    contract = ClockSettings(name="authority", hours=4, ends="notified_controller_at")
    opened(store, clock())
    clock.turn(days=4)
    told = remind_of_clocks(store, IncidentSettings(clocks=[contract]))
    assert [(name, kind) for _, name, kind in told] == [("authority", BREACH_LATE), ("authority 2", BREACH_LATE)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [BREACH_SOON, BREACH_LATE])
def test_the_letter_says_what_is_due_and_nothing_of_the_breach(
    store: Store, clock: TurnableClock, language: str, kind: str
) -> None:
    """In every language: number, deadline in words, the moment in the house's zone, the link; no title, no address."""
    add_readers(store)
    number = opened(store, clock())
    clock.turn(hours=60 if kind == BREACH_SOON else 80)
    remind_of_clocks(store, GDPR)
    with store.reading() as session:
        notice = session.exec(select(NoticeRow).where(NoticeRow.to == "ops@operator.example")).one()
    assert notice.kind == kind
    settings = Settings(
        notices={"language": language},
        report={"time_zone": "Europe/Helsinki"},
        desk={"public_url": "https://guard.operator.example"},
    )
    letter = parsed(compose_breach_clock(notice, settings))
    words = load_wording(language).words
    for form in ("plain", "html"):
        text = " ".join(body(letter, form).split())
        assert number in text
        assert str(words["clocks"]["authority"]) in text
        assert "GDPR Art. 33(1)" in text
        assert "EET" in text
        assert f"https://guard.operator.example/breaches/{number}" in text
        assert "Virtanen" not in text + letter["Subject"]
        assert "{" not in text.partition("<body")[2 if form == "html" else 0]
    assert number in letter["Subject"]
