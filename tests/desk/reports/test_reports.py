"""The archive of weekly reports in the desk."""

from collections.abc import Callable
from datetime import timedelta
from xml.etree import ElementTree

import pytest

from mailguard.core.settings import Settings
from mailguard.report.facts import report_week
from mailguard.report.render import render_html
from mailguard.store.store import Store
from tests.desk.conftest import Browser
from tests.support.case_rows import add_case

LogIn = Callable[[str], Browser]
WEEK = "2026-W46"


@pytest.fixture
def reported(store: Store) -> Store:
    """Two full weeks are reported; a third one runs."""
    for days in (1, 6, 13):
        add_case(store, store.clock() - timedelta(days=days))
    for week in ("2026-W45", WEEK):
        report_week(store, week, Settings())
    return store


def test_weeks_are_listed_with_their_files_and_the_trend(reported: Store, logged_in: LogIn) -> None:
    """The running week and each reported one, newest first, in four forms, under a picture of the trend."""
    browser = logged_in("olli")
    page = browser.get("/reports").text
    assert [page.index(week) for week in ("2026-W47", WEEK, "2026-W45")] == sorted(
        page.index(week) for week in ("2026-W47", WEEK, "2026-W45")
    )
    for form in ("html", "csv", "json", "pdf"):
        assert f'href="/reports/mailguard-report-{WEEK}.{form}"' in page
    picture = browser.get("/reports/trend.svg")
    assert picture.headers["content-type"] == "image/svg+xml"
    assert "sandbox" in picture.headers["content-security-policy"]
    assert ElementTree.fromstring(picture.text).tag.endswith("svg")


def test_files_are_made_from_the_facts(reported: Store, logged_in: LogIn) -> None:
    """Each form comes with its type, as a page that can do nothing or as a download, and no node's files are needed."""
    browser = logged_in("olli")
    page = browser.get(f"/reports/mailguard-report-{WEEK}.html")
    assert page.text == render_html(report_week(reported, WEEK, Settings()))
    assert "sandbox" in page.headers["content-security-policy"]
    printed = browser.get(f"/reports/mailguard-report-{WEEK}.pdf")
    assert printed.content.startswith(b"%PDF-")
    assert "attachment" in printed.headers["content-disposition"]
    assert browser.get(f"/reports/mailguard-report-{WEEK}.csv").text.startswith("week,")
    assert browser.get(f"/reports/mailguard-report-{WEEK}.json").json()["week"] == WEEK
    assert "not over" in browser.get("/reports/mailguard-report-2026-W47.html").text


@pytest.mark.parametrize(
    "name", ["..%2Fguard.key", "x.html", ".html", "mailguard-report-2026-W46.exe", "mailguard-report-2020-W01.html"]
)
def test_other_names_are_not_found(reported: Store, logged_in: LogIn, name: str) -> None:
    """No name leads elsewhere, and a week that was never reported has no report."""
    assert logged_in("olli").get(f"/reports/{name}").status_code == 404


def test_without_a_report_there_is_no_trend(store: Store, logged_in: LogIn) -> None:
    """A new guard lists the running week, and draws nothing."""
    browser = logged_in("olli")
    assert "trend.svg" not in browser.get("/reports").text
    assert browser.get("/reports/trend.svg").status_code == 404


def test_reports_need_a_login(browser: Browser, reported: Store) -> None:
    """Nobody reads a report without logging in."""
    for path in (f"mailguard-report-{WEEK}.html", "trend.svg"):
        assert browser.get(f"/reports/{path}", follow_redirects=False).status_code == 303
