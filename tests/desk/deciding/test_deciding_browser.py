"""Deciding in real Chromium: the address on record instead, what the form says, and the undo button's countdown."""

import re
from pathlib import Path

from playwright.sync_api import Browser, expect

from mailguard.cases.reading import read_case
from mailguard.core.case import CaseState
from tests.desk.held import NAMESAKE, hold_namesake
from tests.desk.small_register import bring_in
from tests.desk.window import FAINT_TEXTS, Desk, Visit, chromium, desk  # noqa: F401 - fixtures

RIGHT = "virtanen.mikko@post.example"
PHONE = {"viewport": {"width": 375, "height": 800}, "color_scheme": "dark"}


def test_instead_then_undone(chromium: Browser, desk: Desk, tmp_path: Path) -> None:  # noqa: F811
    """One way for one recipient; the line says who gets it; the countdown runs, and Undo holds the letter again."""
    bring_in(desk.store, tmp_path)
    case_id = hold_namesake(desk.store, copy=False)
    visit = Visit(chromium, desk.url)
    page = visit.page
    visit.log_in("sofia")
    page.goto(f"{desk.url}/cases/{case_id}")
    told = page.locator("form.approve .ticked")
    expect(told).to_have_text("Nobody is chosen yet.")
    page.locator("form.approve input[name=recipient]").check()
    expect(told).to_have_text(f"The letter goes to: {NAMESAKE}")
    page.locator(f"input[data-to='{RIGHT}']").check()
    expect(told).to_have_text(f"The letter goes to: {RIGHT}")
    assert not page.locator("form.approve input[name=recipient]").is_checked()
    visit.picture("instead")
    page.get_by_label("Espoo, born 1961").check()
    page.get_by_role("button", name="Approve and send").click()
    left = page.locator("form.undo .left")
    expect(left).to_have_text(re.compile(r"Seconds left: \d+"))
    first = re.fullmatch(r"Seconds left: (\d+)", left.inner_text())
    assert first
    expect(left).not_to_have_text(first[0])
    later = re.fullmatch(r"Seconds left: (\d+)", left.inner_text())
    assert later
    assert int(later[1]) < int(first[1]) <= 600
    visit.picture("undo")
    page.get_by_role("button", name="Undo").click()
    page.wait_for_url(f"**/cases/{case_id}")
    expect(page.get_by_text("Taken back.")).to_be_visible()
    assert read_case(desk.store, case_id).summary.state is CaseState.HELD
    assert visit.strayed == []


def test_without_script_on_a_phone(chromium: Browser, desk: Desk, tmp_path: Path) -> None:  # noqa: F811
    """All of it works and fits without scripts, on 375 pixels and in the dark."""
    bring_in(desk.store, tmp_path)
    case_id = hold_namesake(desk.store, copy=False)
    visit = Visit(chromium, desk.url, java_script_enabled=False, **PHONE)
    page = visit.page
    visit.log_in("sofia")
    page.goto(f"{desk.url}/cases/{case_id}")
    visit.picture("instead")
    page.get_by_label("Usual reasons").select_option("namesake")
    with page.expect_navigation():
        page.get_by_role("button", name="Reject").click()
    assert read_case(desk.store, case_id).summary.state is CaseState.REJECTED
    assert "You can take it back until" in page.content()
    visit.picture("undo")
    with page.expect_navigation():
        page.get_by_role("button", name="Undo").click()
    assert read_case(desk.store, case_id).summary.state is CaseState.HELD


def test_it_fits_and_can_be_read(chromium: Browser, desk: Desk, tmp_path: Path) -> None:  # noqa: F811
    """The form with its diff, its effects and the undo button: no sideways scrolling, enough contrast."""
    bring_in(desk.store, tmp_path)
    case_id = hold_namesake(desk.store)
    visit = Visit(chromium, desk.url, **PHONE)
    visit.log_in("sofia")
    visit.page.goto(f"{desk.url}/cases/{case_id}")
    visit.page.get_by_text("This address is not the customer's").click()
    assert visit.fits()
    assert visit.page.evaluate(FAINT_TEXTS) == []
