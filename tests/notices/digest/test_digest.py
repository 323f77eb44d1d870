"""Digests: at whose hours, of which cases, once over all nodes, and as a brake when too much comes at once."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from mailguard.cases.deciding.delegations import delegate
from mailguard.core.errors import InputError
from mailguard.core.person import Role
from mailguard.core.settings import Settings
from mailguard.core.settings.types import Language
from mailguard.core.severity import Severity
from mailguard.notices.digest.due import write_digests
from mailguard.notices.digest.hours import last_hour
from mailguard.store.people import add_user
from mailguard.store.people.digests import parse_hours, set_digest
from mailguard.store.store import Store
from mailguard.store.tables.audit import AuditRow
from mailguard.store.tables.cases import IdentityRow
from mailguard.store.tables.outbox import NoticeRow
from tests.conftest import TurnableClock
from tests.notices.outbox import letters_of, mail_server, text_of, written
from tests.support.case_rows import SECRET, add_case, decide_case

ANNA, BORIS = "anna@operator.example", "boris@operator.example"


def settings(language: str = "en", **notices: Any) -> Settings:
    """A house in Helsinki, two hours before UTC."""
    return Settings(
        notices={"from_address": "mailguard@operator.example", "language": language} | notices,
        calendar={"time_zone": "Europe/Helsinki"},
        desk={"public_url": "https://guard.operator.example"},
    )


@pytest.fixture
def any_house(any_store: Store) -> Store:
    """Anna has hours of her own, 8 and 13; Boris is told at once."""
    return _with_people(any_store)


@pytest.fixture
def house(store: Store) -> Store:
    """The same on SQLite."""
    return _with_people(store)


def _with_people(store: Store) -> Store:
    for name in ("anna", "boris", "vera"):
        add_user(store, name, email=f"{name}@operator.example", role=Role.SUPERVISOR, password=None)
    set_digest(store, "anna", "8,13")
    return store


def _ask(store: Store, case_id: str, *readers: str) -> None:
    with store.writing() as session:
        for to in readers:
            row = NoticeRow(kind="to_review", to=to, case_id=case_id, details={}, created_at=store.clock())
            row.due_at = store.clock()
            session.add(row)


def test_at_her_hours_once_and_only_when_something_waits(any_house: Store, clock: TurnableClock) -> None:
    """Nothing waits at 13:00: no letter. A case of 14:00 is told at 8:00 and at 13:00, once each, whoever calls."""
    clock.turn(hours=2)
    assert write_digests(any_house, settings()) == []
    clock.turn(hours=1)
    add_case(any_house, clock())
    assert write_digests(any_house, settings()) == []
    for hours in (18, 5):
        clock.turn(hours=hours, minutes=-1)
        assert write_digests(any_house, settings()) == []
        clock.turn(minutes=1)
        assert write_digests(any_house, settings()) == ["anna"]
        assert write_digests(any_house, settings()) == []


def test_hours_that_were_missed_make_one_letter(house: Store, clock: TurnableClock) -> None:
    """A guard that was down for two days writes one digest, not four."""
    add_case(house, clock())
    clock.turn(days=2)
    assert write_digests(house, settings()) == ["anna"]
    assert written(house, "digest") == [("digest", ANNA)]


def test_hours_of_the_configuration_are_everybodys_but_theirs_who_chose(house: Store, clock: TurnableClock) -> None:
    """`notices.digest` holds for Boris; Vera wants a letter at once; Anna keeps her own hours."""
    set_digest(house, "vera", parse_hours("now"))
    add_case(house, clock())
    assert write_digests(house, settings(digest=[12])) == []
    clock.turn(hours=1)
    assert write_digests(house, settings(digest=[12])) == ["boris"]
    clock.turn(hours=1)
    assert write_digests(house, settings(digest=[12])) == ["anna"]


async def test_what_it_says(house: Store, clock: TurnableClock) -> None:
    """Worst first and oldest first, with links, age and deadline; not her own mail, not another team's, no content."""
    low = add_case(house, clock(), reasons=("one_time_code",), severity=Severity.LOW)
    grave = add_case(house, clock() + timedelta(minutes=5), severity=Severity.HIGH)
    older = add_case(house, clock(), severity=Severity.HIGH)
    own = add_case(house, clock(), sender=ANNA)
    with house.writing() as session:
        session.add(IdentityRow(case_id=own, address=ANNA))
    decide_case(house, add_case(house, clock()), "reject", timedelta(minutes=1))
    clock.turn(hours=3)
    write_digests(house, settings())
    async with mail_server(house, settings()) as (worker, sink):
        assert await worker.run_once() == 1
        (letter,) = letters_of(sink)
    assert letter["Subject"] == "3 messages wait for a decision"
    for subtype in ("plain", "html"):
        text = text_of(letter, subtype)
        assert text.index(older) < text.index(grave) < text.index(low)
        assert f"https://guard.operator.example/cases/{older}" in text
        assert own not in text
        assert SECRET not in text
    assert "critical" not in text_of(letter)
    assert "high: This address is not on record for the customer." in text_of(letter)
    assert "waits since 16 November 2026 11:00 EET" in text_of(letter)


async def test_teams_and_deputies(house: Store, clock: TurnableClock) -> None:
    """Anna sees her team's case; her deputy is told of it too, and of no other."""
    add_user(house, "anna", email=ANNA, role=Role.SUPERVISOR, password=None, teams=["shops"])
    add_user(house, "otto", email="otto@operator.example", role=Role.OPS, password=None)
    set_digest(house, "otto", "13")
    today = clock().date()
    delegate(house, "anna", "otto", today, today, "A day off, and nobody else is there", zone="Europe/Helsinki")
    theirs, other = add_case(house, clock(), team="shops"), add_case(house, clock(), team="orders")
    clock.turn(hours=3)
    assert write_digests(house, settings()) == ["anna", "otto"]
    async with mail_server(house, settings()) as (worker, sink):
        assert await worker.run_once() == 2
        for letter in letters_of(sink):
            assert theirs in text_of(letter)
            assert other not in text_of(letter)


async def test_letters_about_single_cases_are_folded_in(any_house: Store, clock: TurnableClock) -> None:
    """Anna's request for review is not sent, Boris's is; what others decided stands in her digest, by name."""
    case_id = add_case(any_house, clock())
    _ask(any_house, case_id, ANNA, BORIS)
    async with mail_server(any_house, settings()) as (worker, sink):
        assert await worker.run_once() == 1
        assert sink.messages[0].rcpt[0].startswith(f"RCPT TO:<{BORIS}>".encode())
        clock.turn(hours=1)
        decide_case(any_house, case_id, "reject", timedelta(hours=1), by="boris")
        clock.turn(hours=2)
        assert write_digests(any_house, settings()) == ["anna"]
        assert await worker.run_once() == 1
        digest = letters_of(sink)[-1]
    assert "Nothing waits for you" in str(digest["Subject"])
    assert f"{case_id}: rejected by boris" in text_of(digest)


async def test_a_digest_of_nothing_is_not_sent(house: Store, clock: TurnableClock) -> None:
    """What waited when it was written may be decided when it is its turn."""
    case_id = add_case(house, clock())
    clock.turn(hours=3)
    write_digests(house, settings())
    decide_case(house, case_id, "reject", timedelta(hours=3))
    async with mail_server(house, settings()) as (worker, sink):
        assert await worker.run_once() == 0
        assert sink.messages == []


async def test_a_storm_is_braked(any_house: Store, clock: TurnableClock) -> None:
    """Of ten letters in an hour Boris gets three, and the rest in one when the hour is over."""
    config = settings(most_an_hour=3)
    cases = [add_case(any_house, clock()) for _ in range(10)]
    for case_id in cases:
        _ask(any_house, case_id, BORIS)
    async with mail_server(any_house, config) as (worker, sink):
        assert await worker.run_once() == 3
        assert written(any_house, "digest") == [("digest", BORIS)]
        clock.turn(minutes=59)
        assert await worker.run_once() == 0
        clock.turn(minutes=1)
        assert await worker.run_once() == 1
        digest = letters_of(sink)[-1]
    assert digest["Subject"] == "10 messages wait for a decision"
    assert "More came in an hour than are told one by one" in text_of(digest)


@pytest.mark.parametrize("language", get_args(Language))
async def test_every_language(house: Store, clock: TurnableClock, language: str) -> None:
    """Twenty-five cases in every language: twenty are shown, five are counted, and nothing is left unfilled."""
    for _ in range(25):
        add_case(house, clock())
    clock.turn(hours=3)
    write_digests(house, settings())
    async with mail_server(house, settings(language)) as (worker, sink):
        assert await worker.run_once() == 1
        (letter,) = letters_of(sink)
    text = text_of(letter)
    assert "25" in str(letter["Subject"])
    assert text.count("https://guard.operator.example/cases/MG-") == 20
    assert not set("{}[]") & set(text)


@pytest.mark.parametrize("text", ["", "24", "8;13", "-1", "8,x", "٨"])
def test_odd_hours_are_refused(text: str) -> None:
    """With words on what to write."""
    with pytest.raises(InputError, match="8,13"):
        parse_hours(text)


def test_hours_by_the_wall_clock() -> None:
    """Across a change of the clock, at midnight, and for an hour that the clock skips or has twice."""
    zone = ZoneInfo("Europe/Helsinki")
    moment = datetime(2026, 10, 25, 12, 0, tzinfo=UTC)
    assert last_hour((8,), zone, moment) == datetime(2026, 10, 25, 6, 0, tzinfo=UTC)
    assert last_hour((8,), zone, moment - timedelta(days=1)) == datetime(2026, 10, 24, 5, 0, tzinfo=UTC)
    assert last_hour((3,), zone, moment) == datetime(2026, 10, 25, 0, 0, tzinfo=UTC)
    assert last_hour((3,), zone, datetime(2026, 3, 29, 12, 0, tzinfo=UTC)) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert last_hour((23,), zone, moment) == datetime(2026, 10, 24, 20, 0, tzinfo=UTC)
    assert last_hour((), zone, moment) is None


def test_it_is_audited(house: Store) -> None:
    """Who is told when is a change of a user like any other."""
    with house.reading() as session:
        assert house.audit.verify(session)[1] is None
        entry = session.exec(select(AuditRow).where(AuditRow.act == "user changed")).one()
    assert entry.details == {"user": "anna", "digest": "8,13"}
