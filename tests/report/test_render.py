"""Pages, text, CSV and JSON."""

import csv
import io
import json
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from mailguard.core.errors import InputError
from mailguard.core.reason import ReasonCode
from mailguard.core.spreadsheet import safe_cell
from mailguard.report.figures import WeeklyFigures, weekly_figures
from mailguard.report.plots import nice_top
from mailguard.report.render import (
    render_csv,
    render_html,
    render_json,
    render_mail_html,
    render_text,
)
from mailguard.report.totals import Line
from mailguard.report.words import REASONS
from mailguard.report.write import write_report
from mailguard.store.store import Store
from tests.support.case_rows import SECRET, add_case

HOSTILE = "=cmd|'/c calc'!A1\"></text></svg><script>alert(1)</script>\u202e\r\n,"


def _hostile(figures: WeeklyFigures) -> WeeklyFigures:
    lines = (Line(HOSTILE, 3, 2, 1), Line("@sum(1)", 1, 1, 0))
    return replace(figures, by_reason=lines, by_rule=lines, senders=lines, domains=lines)


@pytest.mark.parametrize("render", [render_html, render_mail_html, render_text, render_csv, render_json])
def test_every_form_says_the_week_and_no_secret(figures: WeeklyFigures, render: object) -> None:
    """Week and held messages are in each form; subjects and reasons' sentences in none."""
    assert callable(render)
    text = render(figures)
    assert "2026-W46" in text
    assert str(figures.this.held) in text
    assert SECRET not in text
    assert "order papers" not in text
    assert render(figures) == text


@pytest.mark.parametrize("render", [render_html, render_mail_html])
def test_page_fetches_nothing_and_runs_nothing(figures: WeeklyFigures, render: object) -> None:
    """No script, no link, no image, no style from elsewhere, also with hostile senders."""
    assert callable(render)
    page = render(_hostile(figures))
    html = HTMLParser(page)
    assert html.css("script, link, img, iframe, object, a, form") == []
    assert "url(" not in page
    assert "\u202e" not in page
    assert "&lt;script&gt;" in page


def test_plots_are_well_formed_and_have_titles(figures: WeeklyFigures) -> None:
    """Each plot is valid XML with a title and a description for screen readers."""
    page = render_html(_hostile(figures))
    svgs = [piece.split("</svg>")[0] for piece in page.split("<svg")[1:]]
    assert len(svgs) == 4
    for svg in svgs:
        root = ElementTree.fromstring(f"<svg{svg}</svg>")
        assert root.attrib["role"] == "img"
        titles = {child.attrib["id"] for child in root if child.tag in {"title", "desc"}}
        assert set(root.attrib["aria-labelledby"].split()) == titles
        assert all(child.text for child in root if child.tag in {"title", "desc"})


def test_ids_of_the_page_are_unique(figures: WeeklyFigures) -> None:
    """No id stands twice, so every plot's title is its own."""
    ids = [node.attributes["id"] for node in HTMLParser(render_html(figures)).css("[id]")]
    assert len(ids) == len(set(ids)) == 8


def test_empty_and_unfinished_weeks_render(store: Store) -> None:
    """A week without mail, and one that is not over, have a page as well, and say so."""
    empty = weekly_figures(store, "2026-W46", "UTC")
    assert "No mail was seen" in render_html(empty)
    assert "No mail was seen" in render_mail_html(empty)
    assert "Nothing was held." in render_text(empty)
    assert "not over" in render_html(weekly_figures(store, "2026-W47", "UTC"))


def test_csv_has_every_figure_as_a_number(figures: WeeklyFigures) -> None:
    """Every row has seven cells, and the value of each is a number or empty."""
    rows = list(csv.reader(io.StringIO(render_csv(figures))))
    assert rows[0] == ["week", "section", "name", "unit", "value", "week_before", "mean_8_weeks"]
    assert {len(row) for row in rows} == {7}
    values = {(row[0], row[1], row[2]): row[4] for row in rows[1:]}
    assert values["2026-W46", "total", "held"] == str(figures.this.held)
    assert values["2026-W39", "trend", "held"] == str(figures.weeks[0].held)
    for row in rows[1:]:
        assert all(not cell or float(cell) >= 0 for cell in row[4:])


def test_hostile_names_are_no_formulas(figures: WeeklyFigures) -> None:
    """A sender called `=cmd|...` is text to a spreadsheet, in one cell."""
    rows = list(csv.reader(io.StringIO(render_csv(_hostile(figures)))))
    assert {len(row) for row in rows} == {7}
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row)


@given(st.text(alphabet=st.sampled_from("=+-@\t\r\n \u00a0＝＋－＠\u202e\u200ba1'\",;"), max_size=12))
def test_no_text_begins_a_formula(text: str) -> None:
    """Whatever comes first, after spaces too, the cell does not begin a formula."""
    assert not safe_cell(text).lstrip(" \u00a0").startswith(tuple("=+-@\t\r\n＝＋－＠"))


def test_json_is_read_back(figures: WeeklyFigures) -> None:
    """The JSON holds the eight weeks, the rankings and the moments with their zone."""
    read = json.loads(render_json(_hostile(figures)))
    assert read["schema"] == 1
    assert read["totals"]["held"]["value"] == figures.this.held
    assert [week["week"] for week in read["weeks"]][-1] == "2026-W46"
    assert datetime.fromisoformat(read["from"]) == datetime(2026, 11, 8, 22, tzinfo=UTC)
    assert read["held_by"]["sender"][0]["key"] == HOSTILE


@given(st.integers(min_value=0, max_value=10**12))
def test_axis_reaches_over_the_highest_and_not_far(highest: int) -> None:
    """The axis ends at or above the highest value, at most twice as high, on an even number."""
    top = nice_top(highest)
    assert max(highest, 2) <= top <= max(2 * highest, 2)
    assert top % 2 == 0


def test_report_is_written_whole_for_its_owner_only(figures: WeeklyFigures, tmp_path: Path) -> None:
    """Three files of the week's name with mode 0600 and no draft beside them; a second time replaces them."""
    folder = tmp_path / "new" / "reports"
    for _ in range(2):
        written = write_report(figures, folder)
    assert sorted(file.name for file in folder.iterdir()) == sorted(file.name for file in written)
    assert [file.suffix for file in written] == [".html", ".csv", ".json"]
    assert written[0].name == "mailguard-report-2026-W46.html"
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in written)
    assert written[1].read_bytes().decode() == render_csv(figures)


def test_folder_that_cannot_be_made_is_an_input_error(figures: WeeklyFigures, tmp_path: Path) -> None:
    """A file where the folder should be is said to be the trouble."""
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        write_report(figures, tmp_path / "file")


def test_every_reason_has_words() -> None:
    """No code of the contract stands in a report as it is."""
    assert set(REASONS) == {code.value for code in ReasonCode}


def test_reasons_that_nobody_knows_are_shown_as_they_are(store: Store) -> None:
    """A reason code of next year is shown by its code, not dropped."""
    add_case(store, store.clock() - timedelta(days=3), reasons=("quantum",))
    assert "quantum" in render_html(weekly_figures(store, "2026-W46", "UTC"))
