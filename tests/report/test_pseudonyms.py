"""Pseudonyms of employees."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailguard.report.pseudonyms import make_pseudonym, name_quarter
from mailguard.store.keys.file import make_key_file
from mailguard.store.keys.ring import KeyRing

HELSINKI = ZoneInfo("Europe/Helsinki")


@pytest.fixture(scope="module")
def rings(tmp_path_factory: pytest.TempPathFactory) -> list[KeyRing]:
    """Of two guards, each with a key file of its own."""
    files = [tmp_path_factory.mktemp("keys") / "guard.key" for _ in range(2)]
    for file in files:
        make_key_file(file)
    made = [KeyRing(file) for file in files]
    for ring in made:
        ring.follow(ring.key_ids[0])
    return made


@given(address=st.text(max_size=40))
def test_a_pseudonym_lasts_a_quarter_and_hangs_on_the_key(rings: list[KeyRing], address: str) -> None:
    """The same address has one pseudonym in a quarter, another in the next, and another under another key."""
    ring, another = rings
    mine = make_pseudonym(ring, address, "2026-Q4")
    assert mine == make_pseudonym(ring, address, "2026-Q4")
    assert mine != make_pseudonym(ring, address, "2027-Q1")
    assert mine != make_pseudonym(another, address, "2026-Q4")


def test_spellings_of_one_mailbox_are_one_person(rings: list[KeyRing]) -> None:
    """Capitals and plus tags make nobody another; nothing of the address stands in the pseudonym."""
    mine = make_pseudonym(rings[0], "anna.berg@operator.example", "2026-Q4")
    assert mine == make_pseudonym(rings[0], "Anna.Berg+orders@Operator.example", "2026-Q4")
    assert "anna" not in mine.lower()
    assert len(mine) == len("P-7K4M9QT")


def test_quarters_are_those_of_the_zone() -> None:
    """The last evening of September in UTC is October in Helsinki."""
    assert name_quarter(datetime(2026, 9, 30, 22, tzinfo=UTC), HELSINKI) == "2026-Q4"
    assert name_quarter(datetime(2026, 9, 30, 22, tzinfo=UTC), ZoneInfo("UTC")) == "2026-Q3"
