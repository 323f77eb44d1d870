"""The breach register."""

import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlmodel import col, select

from mailguard.core.errors import AlreadyDecided, BadDecision, NoSuchBreach, NotYours, StoreError
from mailguard.core.settings import IncidentSettings
from mailguard.incidents.breaches.breach import (
    BreachFacts,
    BreachState,
    Origin,
    Risk,
    change_facts,
    read_facts,
    write_facts,
)
from mailguard.incidents.breaches.history import entries_since, facts_at
from mailguard.incidents.breaches.register import (
    ask_closing,
    change_breach,
    close_breach,
    list_breaches,
    open_breach,
    read_breach,
    reopen_breach,
)
from mailguard.incidents.breaches.running import list_watched, overdue
from mailguard.store.store import Store
from mailguard.store.tables.audit import AuditRow
from mailguard.store.tables.breaches import BreachRow
from tests.conftest import TurnableClock

WHOLE: dict[str, Any] = {
    "aware_at": "2026-11-16T09:00:00+02:00",
    "risk": "unlikely",
    "risk_reason": "the reader is known and has deleted the letter",
    "notify_authority": False,
    "notify_authority_reason": "unlikely to result in a risk (Art. 33(1))",
    "notify_people": False,
    "notify_people_reason": "no high risk (Art. 34(1))",
    "remedy": "the address was corrected; the guard compares it from now on",
}


def opened(store: Store, title: str = "Papers to a namesake") -> str:
    """A breach that was written down by hand."""
    with store.writing() as session:
        return open_breach(session, store, BreachFacts(title), origin=Origin.HAND, by="petra", at=store.clock())


def changed(store: Store, number: str, version: int, by: str = "petra", **changes: object) -> int:
    """Change some facts; gives the new version."""
    with store.writing() as session:
        return change_breach(session, store, number, changes, version=version, by=by, at=store.clock()).version


def test_numbers_are_counted_by_year_also_when_two_open_one_at_once(any_store: Store) -> None:
    """No number twice, none left out."""
    threads = [threading.Thread(target=opened, args=(any_store,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with any_store.reading() as session:
        found = [breach.id for breach in list_breaches(session)]
    assert found == [f"2026-000{number}" for number in range(6, 0, -1)]


def test_who_changed_what_when(any_store: Store) -> None:
    """Each field with what it was and became; the audit trail has the field's name and not what was written."""
    number = opened(any_store)
    version = changed(any_store, number, 1, people=1, risk="high", customers=["1001"])
    changed(any_store, number, version, by="pauli", people=3)
    with any_store.reading() as session:
        breach, entries = read_breach(session, number)
        trail = session.exec(select(AuditRow).where(col(AuditRow.act).startswith("breach"))).all()
    assert (breach.facts.people, breach.facts.risk, breach.facts.customers) == (3, Risk.HIGH, ("1001",))
    assert [(entry.by, entry.act) for entry in entries] == [
        ("petra", "opened"),
        ("petra", "changed"),
        ("pauli", "changed"),
    ]
    assert entries[2].changes == {"people": [1, 3]}
    assert [row.details["fields"] for row in trail] == [["title"], ["customers", "people", "risk"], ["people"]]


def test_of_two_who_write_at_once_the_second_is_told(any_store: Store) -> None:
    """A change of something that has changed since is refused, and changes nothing."""
    number = opened(any_store)
    changed(any_store, number, 1, people=1)
    with pytest.raises(AlreadyDecided, match="somebody else"):
        changed(any_store, number, 1, people=2)
    with any_store.reading() as session:
        assert read_breach(session, number)[0].facts.people == 1


def test_two_persons_close_it_and_not_before_all_is_written(any_store: Store) -> None:
    """What is lacking is named; the one who asks does not close; a change in between starts it anew."""
    store, number = any_store, opened(any_store)
    with pytest.raises(BadDecision, match="remedy"), store.writing() as session:
        ask_closing(session, store, number, version=1, by="petra", at=store.clock())
    version = changed(store, number, 1, **WHOLE)
    with store.writing() as session:
        version = ask_closing(session, store, number, version=version, by="petra", at=store.clock()).version
    with pytest.raises(NotYours), store.writing() as session:
        close_breach(session, store, number, version=version, by="petra", at=store.clock())
    version = changed(store, number, version, by="pauli", people=2)
    with pytest.raises(AlreadyDecided), store.writing() as session:
        close_breach(session, store, number, version=version, by="pauli", at=store.clock())
    with store.writing() as session:
        version = ask_closing(session, store, number, version=version, by="petra", at=store.clock()).version
    with store.writing() as session:
        closed = close_breach(session, store, number, version=version, by="pauli", at=store.clock())
    assert (closed.state, closed.closing_by, closed.closed_by) == (BreachState.CLOSED, "petra", "pauli")
    with pytest.raises(AlreadyDecided, match="closed"):
        changed(store, number, closed.version, people=3)
    with pytest.raises(BadDecision), store.writing() as session:
        reopen_breach(session, store, number, version=closed.version, by="petra", at=store.clock(), note=" ")
    with store.writing() as session:
        again = reopen_breach(
            session, store, number, version=closed.version, by="petra", at=store.clock(), note="a second letter"
        )
    assert (again.state, again.closed_by) == (BreachState.OPEN, None)
    with store.reading() as session:
        assert store.audit.verify(session)[1] is None


def test_the_database_keeps_two_persons_and_every_entry(any_store: Store) -> None:
    """Past the program too: one person alone does not close, and no entry is changed or removed."""
    number = opened(any_store)
    for statement in (
        "UPDATE breaches SET state = 'closed', closing_by = 'petra', closed_by = 'petra'",
        "UPDATE breach_entries SET note = 'nothing happened'",
        "DELETE FROM breach_entries",
    ):
        with pytest.raises(StoreError), any_store.writing() as session:
            session.connection().exec_driver_sql(statement)
    with any_store.reading() as session:
        assert read_breach(session, number)[0].state is BreachState.OPEN


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"title": " "}, "title"),
        ({"notify_authority": False}, "notify_authority_reason"),
        ({"notify_people": False, "notify_people_reason": " "}, "notify_people_reason"),
        ({"people": "three"}, "people"),
        ({"people": True}, "people"),
        ({"people": -1}, "people"),
        ({"secrets_included": "yes"}, "secrets_included"),
        ({"aware_at": "2026-11-16T09:00:00"}, "with its zone"),
        ({"aware_at": "yesterday"}, "aware_at"),
        ({"risk": "huge"}, "risk"),
        ({"customers": "1001"}, "customers"),
        ({"nonsense": 1}, "no field"),
        ({"remedy": "x" * 5000}, "remedy"),
    ],
)
def test_what_cannot_be_written_down(changes: dict[str, object], told: str) -> None:
    """A wrong value is refused with its field and how to write it; a silence about not notifying as well."""
    with pytest.raises(BadDecision, match=told):
        change_facts(BreachFacts("Papers to a namesake"), changes)


def test_facts_survive_the_way_to_the_database_and_back() -> None:
    """Every kind of field, empty ones too; a field of a newer version is passed over."""
    facts = change_facts(
        BreachFacts("x"), {**WHOLE, "people": 0, "reader_trusted": False, "addresses": ["a@b.example"]}
    )
    assert read_facts(write_facts(facts)) == facts
    assert read_facts(write_facts(facts) | {"of_tomorrow": 1}) == facts
    assert facts.aware_at == datetime(2026, 11, 16, 7, tzinfo=UTC)


def test_search(any_store: Store) -> None:
    """By words of the title with letters beyond ASCII, by customer, page by page; closed ones can be left out."""
    first, second = opened(any_store, "Väärä vastaanottaja"), opened(any_store, "List of a partner")
    changed(any_store, second, 1, customers=["2044"])
    with any_store.reading() as session:
        assert [one.id for one in list_breaches(session, query="väärä")] == [first]
        assert [one.id for one in list_breaches(session, query="2044")] == [second]
        assert [one.id for one in list_breaches(session, before=second)] == [first]
        assert list_breaches(session, states=frozenset({BreachState.CLOSED})) == []
        with pytest.raises(NoSuchBreach):
            read_breach(session, "2025-0001")


def test_a_time_that_has_not_come_is_not_written_down(any_store: Store) -> None:
    """A notification of tomorrow would end a clock today."""
    number = opened(any_store)
    with pytest.raises(BadDecision, match="notified_authority_at"):
        changed(any_store, number, 1, notify_authority=True, notified_authority_at="2026-11-17T09:00:00Z")
    later = BreachFacts("x", detected_at=datetime(2026, 11, 16, 10, tzinfo=UTC))
    with pytest.raises(BadDecision, match="detected_at"), any_store.writing() as session:
        open_breach(session, any_store, later, origin=Origin.HAND, by="petra", at=any_store.clock())


def test_a_clock_that_runs_keeps_it_open(any_store: Store) -> None:
    """The second notification of telecom (3 days) is no fact that every breach has, and a clock all the same."""
    number = opened(any_store)
    told = {"notify_authority": True, "notified_authority_at": "2026-11-16T08:00:00Z"}
    version = changed(any_store, number, 1, **(WHOLE | told))
    settings = IncidentSettings(regimes=["telecom"])
    with pytest.raises(BadDecision, match="notified_fully_at"), any_store.writing() as session:
        ask_closing(session, any_store, number, version=version, by="petra", at=any_store.clock(), settings=settings)
    version = changed(any_store, number, version, notified_fully_at="2026-11-16T08:30:00Z")
    with any_store.writing() as session:
        ask_closing(session, any_store, number, version=version, by="petra", at=any_store.clock(), settings=settings)


def test_who_read_an_older_version_is_shown_what_it_was(any_store: Store) -> None:
    """Out of the entries: the facts as they were, and what was done since; nothing written is no new version."""
    number = opened(any_store)
    version = changed(any_store, number, 1, people=1, customers=["1001"])
    assert changed(any_store, number, version, people=1) == version
    changed(any_store, number, version, people=3, customers=[], title="Papers to two namesakes")
    with any_store.reading() as session:
        breach, entries = read_breach(session, number)
    assert facts_at(breach, entries, 1) == BreachFacts("Papers to a namesake")
    assert facts_at(breach, entries, version) == change_facts(
        BreachFacts("Papers to a namesake"), {"people": 1, "customers": ["1001"]}
    )
    assert [entry.act for entry in entries_since(breach, entries, version)] == ["changed"]
    for never in (0, -1, 4):
        with pytest.raises(BadDecision):
            facts_at(breach, entries, never)


def test_numbers_go_on_after_9999(any_store: Store) -> None:
    """As numbers, not as words: `2026-10000` comes after `2026-9999`, and before those of 2027."""
    with any_store.writing() as session:
        for number in ("2025-0007", "2026-9999", "2027-0001"):
            row = BreachRow(id=number, state="open", origin="hand", opened_by="petra", words="", facts={"title": "x"})
            row.opened_at = any_store.clock()
            session.add(row)
    assert opened(any_store) == "2026-10000"
    with any_store.reading() as session:
        listed = ["2027-0001", "2026-10000", "2026-9999", "2025-0007"]
        assert [one.id for one in list_breaches(session)] == listed
        assert [one.id for one in list_breaches(session, before="2026-10000")] == listed[2:]


def test_nothing_that_a_database_refuses(any_store: Store) -> None:
    """NUL and half characters of a command line are replaced; a title is one line."""
    number = opened(any_store, "Pa\0pers\nto \udcffa namesake")
    changed(any_store, number, 1, remedy="a\0b", customers=["10\x0001\ud800"])
    with any_store.reading() as session:
        facts = read_breach(session, number)[0].facts
    assert (facts.title, facts.remedy, facts.customers) == ("Papers to ?a namesake", "ab", ("1001?",))
    with pytest.raises(BadDecision, match="title"):
        opened(any_store, "x" * 201)


def test_what_runs_out_next_comes_first(any_store: Store, clock: TurnableClock) -> None:
    """Overdue before running before those whose clock has not begun; closed ones are not among them."""
    settings = IncidentSettings()
    waiting, late, soon = (opened(any_store, title) for title in ("waiting", "late", "soon"))
    changed(any_store, soon, 1, aware_at="2026-11-15T09:00:00Z")
    changed(any_store, late, 1, aware_at="2026-11-12T09:00:00Z")
    with any_store.reading() as session:
        listed = list_watched(session, settings, clock())
        over = overdue(session, settings, clock())
    assert [one.breach.id for one in listed] == [late, soon, waiting]
    assert [(one.breach_id, one.clock) for one in over] == [(late, "authority")]
    assert listed[2].next is None
