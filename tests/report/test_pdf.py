"""The report on paper."""

import socket
from dataclasses import replace

import pypdfium2
import pytest

from mailguard.core import paper
from mailguard.core.errors import InputError
from mailguard.report.figures import WeeklyFigures
from mailguard.report.mail import compose_report
from mailguard.report.pdf import render_pdf
from mailguard.report.totals import Line
from tests.report.test_schedule import SETTINGS


def test_pdf_is_the_same_each_time_and_says_the_week(figures: WeeklyFigures) -> None:
    """Two prints of one report have the same bytes; week, figures and the date of the week's end are in them."""
    printed = render_pdf(figures)
    assert render_pdf(figures) == printed
    with pypdfium2.PdfDocument(printed) as document:
        text = "".join(page.get_textpage().get_text_range() for page in document)
        assert document.get_metadata_dict()["CreationDate"].startswith("D:20261115220000")
    assert "2026-W46" in text
    assert "Leaks avoided" in text


def test_nothing_is_fetched(figures: WeeklyFigures, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sender called like a picture or a style sheet opens no connection and no file."""
    key = "<img src='http://127.0.0.1:1/x.png'><link rel=stylesheet href='file:///etc/passwd'>"
    hostile = replace(figures, senders=(Line(key, 1, 0),), by_rule=(Line(key, 1, 0),))
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("a connection"))
    assert render_pdf(hostile).startswith(b"%PDF-")


def test_without_pango_the_report_goes_out_and_says_so(figures: WeeklyFigures, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system without the library gets a clear sentence, and a letter with everything but the PDF."""

    def missing() -> None:
        raise OSError("cannot load library 'libpango-1.0-0'")

    monkeypatch.setattr(paper, "_load", missing)
    paper.printer.cache_clear()
    with pytest.raises(InputError, match="libpangoft2"):
        render_pdf(figures)
    raw = compose_report(figures, SETTINGS)
    assert b"Pango" in raw
    assert b".pdf" not in raw
    monkeypatch.undo()
    paper.printer.cache_clear()
    assert b".pdf" in compose_report(figures, SETTINGS)
