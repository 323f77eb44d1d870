"""Letters about the register's sources: once a source and day, and the all-clear once."""

from typing import get_args

import pytest
from sqlmodel import col, select

from mailguard.core.settings import Settings
from mailguard.core.settings.types import Language
from mailguard.customers.source_states import claim, note_failure, note_success
from mailguard.notices.troubles.letter import compose_trouble
from mailguard.notices.troubles.register import TROUBLE, WELL, tell_trouble, tell_well
from mailguard.store.store import Store
from mailguard.store.tables.outbox import NoticeRow
from tests.conftest import TurnableClock
from tests.notices.outbox import parsed

OPS = ("olli@operator.example", "privacy@operator.example")
PROBLEM = "page 3: the server answers 500"


def fail(store: Store, name: str = "crm") -> bool:
    """One sync that does not come through."""
    claim(store.engine, name, store.clock())
    note_failure(store.engine, name, store.clock(), PROBLEM)
    return tell_trouble(store, OPS, name, PROBLEM)


def succeed(store: Store, name: str = "crm") -> bool:
    """One that does."""
    claim(store.engine, name, store.clock())
    note_success(store.engine, name, store.clock())
    return tell_well(store, OPS, name)


def letters(store: Store) -> list[tuple[str, str, str]]:
    """Kind, recipient and source of every letter."""
    with store.reading() as session:
        rows = session.exec(select(NoticeRow).order_by(col(NoticeRow.id))).all()
    return [(row.kind, row.to, row.details["source"]) for row in rows]


def test_once_a_source_and_day(any_store: Store, clock: TurnableClock) -> None:
    """However often it fails, one letter a day to each of ops; another source has its own."""
    assert fail(any_store)
    for _ in range(23):
        clock.turn(hours=1)
        assert not fail(any_store)
    assert fail(any_store, "shop")
    assert letters(any_store) == [(TROUBLE, to, name) for name in ("crm", "shop") for to in OPS]
    clock.turn(hours=1)
    assert fail(any_store)
    assert len(letters(any_store)) == 6


def test_all_clear_follows_a_trouble_that_was_told(any_store: Store, clock: TurnableClock) -> None:
    """Once, and not after a trouble of which nobody heard."""
    assert not succeed(any_store)
    fail(any_store)
    clock.turn(hours=1)
    assert succeed(any_store)
    clock.turn(hours=1)
    assert not succeed(any_store)
    assert not fail(any_store)
    assert not succeed(any_store)
    assert letters(any_store) == [(kind, to, "crm") for kind in (TROUBLE, WELL) for to in OPS]


def test_nobody_to_tell(store: Store, clock: TurnableClock) -> None:
    """Without report.to there is no letter, and none is owed when somebody is named later."""
    claim(store.engine, "crm", clock())
    note_failure(store.engine, "crm", clock(), PROBLEM)
    assert not tell_trouble(store, (), "crm", PROBLEM)
    assert not tell_well(store, (), "crm")
    assert fail(store)


@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("kind", [TROUBLE, WELL])
def test_letter_names_source_and_problem(store: Store, clock: TurnableClock, language: str, kind: str) -> None:
    """In each language: the source in the subject, when it came through last, and what is wrong."""
    succeed(store)
    clock.turn(hours=5)
    fail(store)
    succeed(store)
    with store.reading() as session:
        notice = session.exec(select(NoticeRow).where(NoticeRow.kind == kind)).first()
    assert notice is not None
    settings = Settings(notices={"language": language}, report={"time_zone": "Europe/Helsinki"})
    raw = compose_trouble(notice, settings)
    letter = parsed(raw)
    assert not letter.defects
    assert "crm" in letter["Subject"]
    assert letter["Auto-Submitted"] == "auto-generated"
    part = letter.get_body(("plain",))
    assert part is not None
    text = part.get_content()
    assert (PROBLEM in text) == (kind == TROUBLE)
    assert ("11:00" in text.replace("11.00", "11:00")) == (kind == TROUBLE)
    assert "2026" in text
    assert "{{" not in text
    assert "[facts]" not in text


def test_a_source_that_never_came_through_says_so(store: Store) -> None:
    """There is no moment of a last sync, and a hostile problem stays one line of text."""
    claim(store.engine, "crm", store.clock())
    tell_trouble(store, OPS, "crm", "<b>x</b>\r\nBcc: thief@evil.example")
    with store.reading() as session:
        notice = session.exec(select(NoticeRow)).first()
    assert notice is not None
    letter = parsed(compose_trouble(notice, Settings()))
    assert letter["Bcc"] is None
    part, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert part is not None
    assert html is not None
    assert "never" in part.get_content()
    assert "<b>x" not in html.get_content()
