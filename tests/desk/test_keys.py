"""The keys of the desk in real Chromium: a list of them, the queue, a namesake decided, and off where they must be."""

from datetime import UTC, datetime

from playwright.sync_api import Browser

from mailguard.cases.reading import read_case
from mailguard.core.case import CaseState
from tests.desk.held import NAMESAKE, hold_namesake, hold_unrelated
from tests.desk.window import Desk, Visit, chromium, desk  # noqa: F401 - fixtures


def test_a_namesake_is_decided_in_five_keys(chromium: Browser, desk: Desk) -> None:  # noqa: F811
    """From the queue by j and Enter; after the attention check two keys approve the copy inside the company."""
    case_id = hold_namesake(desk.store)
    visit = Visit(chromium, desk.url)
    visit.log_in("sofia")
    page, keys = visit.page, visit.page.keyboard
    page.locator("[data-keys=on]").wait_for()
    keys.press("j")
    keys.press("Enter")
    page.wait_for_url(f"**/cases/{case_id}")
    page.locator("[data-keys=on]").wait_for()
    keys.press("c")
    assert page.evaluate("document.activeElement.name") == "attention", "it leads to the check and answers nothing"
    page.get_by_role("radio", name="Espoo").check()
    after_the_check = ["a", "Enter"]
    with page.expect_navigation():
        for key in after_the_check:
            keys.press(key)
    assert read_case(desk.store, case_id).summary.state is not CaseState.HELD
    assert {r.address: r.approved for r in read_case(desk.store, case_id).recipients}[NAMESAKE] is False
    assert len(after_the_check) <= 5


def test_keys_are_listed_and_change_nothing_alone(chromium: Browser, desk: Desk) -> None:  # noqa: F811
    """`?` lists them by their own words; a letter puts the focus on a button and presses none; typing is typing."""
    case_id = hold_unrelated(desk.store)
    visit = Visit(chromium, desk.url)
    visit.log_in("sofia")
    page, keys = visit.page, visit.page.keyboard
    page.goto(f"{desk.url}/cases/{case_id}")
    page.locator("[data-keys=on]").wait_for()
    keys.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    assert "Approve and send" in dialog.inner_text()
    visit.picture("keys")
    keys.press("Escape")
    keys.press("1")
    assert page.locator("[data-key='1']").is_checked()
    keys.press("a")
    assert page.get_by_role("button", name="Approve and send").evaluate("e => e === document.activeElement")
    assert page.get_by_role("button", name="Approve and send").get_attribute("aria-keyshortcuts") == "a"
    keys.press("r")
    keys.type("1 a ? g q")
    assert page.get_by_label("Reason for the sender").input_value() == "1 a ? g q"
    keys.press("Escape")
    assert read_case(desk.store, case_id).summary.state is CaseState.HELD
    # Keys of a sequence follow each other soon; a busy machine would make a pause of what is none.
    page.clock.set_fixed_time(datetime.now(UTC))
    keys.press("g")
    keys.press("d")
    page.wait_for_url("**/delegations")


def test_single_keys_can_be_turned_off(chromium: Browser, desk: Desk) -> None:  # noqa: F811
    """WCAG 2.1.4: the switch stands in the list itself, and is kept."""
    hold_unrelated(desk.store)
    visit = Visit(chromium, desk.url)
    visit.log_in("sofia")
    page, keys = visit.page, visit.page.keyboard
    page.get_by_role("button", name="Keys").click()
    page.get_by_role("button", name="Turn single keys off").click()
    page.wait_for_load_state()
    page.locator("[data-keys=off]").wait_for()
    keys.press("?")
    assert page.get_by_role("dialog").count() == 0
    keys.press("g")
    keys.press("d")
    page.get_by_role("button", name="Keys").click()
    page.get_by_role("button", name="Turn single keys on").click()
    page.locator("[data-keys=on]").wait_for()
    assert page.url.endswith("/cases")
    assert visit.strayed == []


def test_colours_and_language_by_the_switch(chromium: Browser, desk: Desk) -> None:  # noqa: F811
    """Dark by choice on a light device, Finnish by choice in an English browser; both last beyond the login."""
    visit = Visit(chromium, desk.url, color_scheme="light")
    page = visit.page
    page.goto(f"{desk.url}/login")
    page.get_by_role("button", name="Suomi").click()
    page.locator("html[lang=fi]").wait_for()
    page.get_by_role("button", name="English").click()
    page.locator("html[lang=en]").wait_for()
    page.get_by_role("button", name="Dark").click()
    page.locator("html[data-scheme=dark]").wait_for()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(13, 20, 27)"
    visit.log_in("sofia")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(13, 20, 27)"
    page.get_by_role("button", name="Suomi").click()
    page.locator("html[lang=fi]").wait_for()
    other = Visit(chromium, desk.url)
    other.log_in("sofia")
    assert other.page.locator("html").get_attribute("lang") == "fi", "the account keeps the language"
