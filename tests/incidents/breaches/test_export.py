"""The register as CSV and on paper."""

import csv
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from io import StringIO

import pypdfium2
import pytest
from sqlmodel import select

from mailguard.incidents.breaches.breach import BreachFacts, Origin, write_facts
from mailguard.incidents.breaches.export import ExportForm, export_register
from mailguard.incidents.breaches.register import change_breach, open_breach
from mailguard.store.store import Store
from mailguard.store.tables.audit import AuditRow
from tests.conftest import TurnableClock
from tests.incidents.drafts.breaches import FULL, SETTINGS

HOSTILE = '=HYPERLINK("https://evil.example")<script>alert(1)</script><img src="file:///etc/passwd">'


def opened(store: Store, facts: BreachFacts) -> str:
    with store.writing() as session:
        return open_breach(session, store, facts, origin=Origin.HAND, by="olli", at=store.clock())


@pytest.fixture
def full(store: Store, clock: TurnableClock) -> Store:
    """A register with a breach of which everything is known, and one with hostile values."""
    clock.now = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
    first = opened(store, FULL)
    clock.turn(days=1)
    note = "told by telephone, too"
    with store.writing() as session:
        change_breach(session, store, first, {"records": 2001}, version=1, by="sofia", at=store.clock(), note=note)
    hostile = BreachFacts(
        title=HOSTILE,
        unit=HOSTILE,
        containment=HOSTILE,
        remedy=HOSTILE,
        risk_reason=HOSTILE,
        addresses=("@sum(a1)", "-1+1@post.example"),
        data_classes=("+1",),
    )
    opened(store, hostile)
    return store


def rows_of(octets: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(octets.decode())))


def text_of(octets: bytes) -> str:
    document = pypdfium2.PdfDocument(octets)
    return " ".join(" ".join(page.get_textpage().get_text_range() for page in document).split())


def test_every_field_in_one_row_a_breach(full: Store) -> None:
    """Oldest first, one row each, every fact in a column, each clock with its state, when it was due and met."""
    rows = rows_of(export_register(full, ExportForm.CSV, settings=SETTINGS, by="olli"))
    assert [row["id"] for row in rows] == ["2026-0001", "2026-0002"]
    assert {field.name for field in fields(BreachFacts)} <= set(rows[0])
    first = rows[0]
    assert first["customers"] == "1001; 1002"
    assert (first["records"], first["reader_known"], first["risk"]) == ("2001", "yes", "high")
    assert first["clock authority: state"] == "met"
    assert first["clock authority: due_at"] == "2026-11-23T11:00:00+00:00"
    assert first["clock authority: met_at"] == "2026-11-20T13:00:00+00:00"
    assert first["clock controller: state"] == "met"
    unknown = {name for name in write_facts(FULL) if not first[name]}
    assert unknown == set()


def test_no_cell_is_a_formula(full: Store) -> None:
    """Whatever was typed into a field, no spreadsheet reckons with it."""
    octets = export_register(full, ExportForm.CSV, settings=SETTINGS, by="olli")
    cells = [cell for row in csv.reader(StringIO(octets.decode())) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert any(cell.startswith("'=HYPERLINK") for cell in cells)


def test_on_paper(full: Store) -> None:
    """The PDF says what happened, its effects, what was done, the deadlines and who did what; the same octets twice."""
    octets = export_register(full, ExportForm.PDF, settings=SETTINGS, by="olli")
    text = text_of(octets)
    for words in (
        "Register of personal data breaches",
        "Puhelin Oy",
        "2026-0001 MG-AAAA-1111",
        "Likely consequences 0002",
        "So that it does not happen again 0004",
        "GDPR Art. 33(1)",
        "2026-11-20 12:00 EET",
        "told by telephone, too",
        "sofia",
    ):
        assert words in text
    assert octets == export_register(full, ExportForm.PDF, settings=SETTINGS, by="aino")
    assert "=HYPERLINK" in text


def test_hostile_values_are_text_on_paper(full: Store) -> None:
    """Markup in a field is shown as it was written; nothing of it is fetched or run."""
    text = text_of(export_register(full, ExportForm.PDF, settings=SETTINGS, by="olli"))
    assert '<img src="file:///etc/passwd">' in text
    assert "root:" not in text


def test_a_part_of_it(full: Store) -> None:
    """From a moment on; one that nobody opened since is a file without rows."""
    since = datetime(2026, 11, 23, tzinfo=UTC)
    part = export_register(full, ExportForm.CSV, settings=SETTINGS, by="olli", since=since)
    assert [row["id"] for row in rows_of(part)] == ["2026-0002"]
    later = since + timedelta(days=9)
    assert rows_of(export_register(full, ExportForm.CSV, settings=SETTINGS, by="olli", since=later)) == []
    assert "No breach" in text_of(export_register(full, ExportForm.PDF, settings=SETTINGS, by="olli", since=later))


def test_each_export_is_audited(full: Store) -> None:
    """Who, in what form, how many; nothing of what is in it."""
    export_register(full, ExportForm.CSV, settings=SETTINGS, by="aino", mask=lambda address: "***")
    with full.reading() as session:
        rows = session.exec(select(AuditRow).where(AuditRow.act == "breach export")).all()
    assert [(row.actor, row.details) for row in rows] == [("aino", {"format": "csv", "since": None, "breaches": 2})]


def test_addresses_are_masked_for_those_who_only_read(full: Store) -> None:
    """With a mask, no whole address is in either form."""
    for form in ExportForm:
        octets = export_register(full, form, settings=SETTINGS, by="aino", mask=lambda address: "m***")
        text = octets.decode() if form is ExportForm.CSV else text_of(octets)
        assert "m.virtanen@post.example" not in text
        assert "m***" in text
