"""The letter about a report that did not go out."""

from typing import get_args

import pytest
from sqlmodel import col, select

from mailguard.core.person import Role
from mailguard.core.settings import Settings
from mailguard.core.settings.types import Language
from mailguard.notices.troubles.letter import compose_trouble
from mailguard.notices.troubles.report import tell_overdue
from mailguard.store import people
from mailguard.store.store import Store
from mailguard.store.tables.outbox import NoticeRow
from tests.notices.outbox import parsed


def letters(store: Store) -> list[NoticeRow]:
    """All of them."""
    with store.reading() as session:
        return list(session.exec(select(NoticeRow).order_by(col(NoticeRow.id))))


def test_once_a_week_to_ops_and_admins(any_store: Store) -> None:
    """Each week is told of once, to people with the role ops or admin and to nobody else."""
    for name, role in (("olli", Role.OPS), ("ada", Role.ADMIN), ("sofia", Role.SUPERVISOR)):
        people.add_user(any_store, name, email=f"{name}@operator.example", role=role, password=None)
    assert tell_overdue(any_store, ()) == ()
    assert tell_overdue(any_store, ("2026-W46",)) == ("2026-W46",)
    assert tell_overdue(any_store, ("2026-W46",)) == ()
    assert tell_overdue(any_store, ("2026-W46", "2026-W47")) == ("2026-W47",)
    told = [(letter.details["week"], letter.to) for letter in letters(any_store)]
    people_told = ("ada@operator.example", "olli@operator.example")
    assert told == [(week, to) for week in ("2026-W46", "2026-W47") for to in people_told]


@pytest.mark.parametrize("language", get_args(Language))
def test_letter_names_the_week_and_the_mend(store: Store, language: str) -> None:
    """In each language: the week in the subject, and the command that sends it."""
    people.add_user(store, "olli", email="olli@operator.example", role=Role.OPS, password=None)
    tell_overdue(store, ("2026-W46",))
    raw = compose_trouble(letters(store)[0], Settings(notices={"language": language}))
    letter = parsed(raw)
    assert not letter.defects
    assert "2026-W46" in letter["Subject"]
    part = letter.get_body(("plain",))
    assert part is not None
    text = part.get_content()
    assert "report weekly --week 2026-W46 --send" in " ".join(text.split())
    assert "{{" not in text
    assert "[facts]" not in text
