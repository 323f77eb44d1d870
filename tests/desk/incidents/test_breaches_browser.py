"""The breach register in real Chromium: from a held message to a breach that two persons have closed."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import expect

from mailguard.incidents.breaches.breach import BreachFacts, BreachState, Origin
from mailguard.incidents.breaches.register import list_breaches, open_breach
from tests.desk.held import NAMESAKE, hold_namesake
from tests.desk.incidents.test_breaches import HOSTILE
from tests.desk.window import FAINT_TEXTS, Desk, Visit, chromium, desk  # noqa: F401 - fixtures


def test_two_persons_from_the_case_to_the_closed_breach(chromium: Chromium, desk: Desk) -> None:  # noqa: F811
    """One opens it from the case, fills it and asks for closing; another one closes it."""
    case_id = hold_namesake(desk.store)
    late_breach(desk)
    sofia = Visit(chromium, desk.url)
    page = sofia.page
    sofia.log_in("sofia")
    page.goto(f"{desk.url}/cases/{case_id}")
    check(sofia, "case-overdue")
    page.get_by_role("button", name="Open a breach").click()
    assert page.get_by_label("Addresses", exact=True).input_value() == NAMESAKE
    expect(page.get_by_label("password", exact=True)).to_be_checked()
    check(sofia, "breach-new")
    page.get_by_label("Title").fill("Order papers to a namesake")
    page.get_by_label("Reader known").select_option("yes")
    page.get_by_label("Aware", exact=True).fill(page.get_by_label("Detected").input_value())
    page.get_by_role("button", name="Open the breach").click()
    page.get_by_text("The breach is in the register.").wait_for()
    expect(page.get_by_text("2 d 23 h")).to_be_visible()
    check(sofia, "breach-open")
    page.get_by_role("link", name="the risk for the people concerned").click()
    page.get_by_label("Risk", exact=True).select_option("high")
    page.get_by_label("Why so").fill("a password and a PIN")
    now = page.get_by_label("Detected").input_value()
    page.get_by_label("Notify the authority").select_option("yes")
    page.get_by_label("Tell the people").select_option("yes")
    page.get_by_label("Authority notified").fill(now)
    page.get_by_label("People told").fill(now)
    page.get_by_label("Secrets reset").fill(now)
    page.get_by_label("Remedy").fill("The address was corrected, the password reset.")
    page.get_by_role("button", name="Write it down").click()
    page.get_by_text("Written down.").wait_for()
    page.get_by_role("button", name="Ask to close it").click()
    page.get_by_text("Another person must close what you have asked to close.").wait_for()
    assert page.get_by_role("button", name="Close it", exact=True).count() == 0
    check(sofia, "breach-closing")

    olli = Visit(chromium, desk.url)
    olli.log_in("olli")
    olli.page.goto(f"{desk.url}/breaches?state=closing")
    olli.page.get_by_role("link", name="Order papers to a namesake").click()
    olli.page.get_by_role("button", name="Close it", exact=True).click()
    olli.page.get_by_text("Closed by two persons.").wait_for()
    check(olli, "breach-closed")
    with desk.store.reading() as session:
        breach = list_breaches(session)[0]
    assert (breach.state, breach.closing_by, breach.closed_by) == (BreachState.CLOSED, "sofia", "olli")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_telephone(chromium: Chromium, desk: Desk, scheme: str) -> None:  # noqa: F811
    """List, form, hostile values and a collision fit into 375 pixels, and everything can be read."""
    late_breach(desk)
    visit = Visit(chromium, desk.url, viewport={"width": 375, "height": 800}, color_scheme=scheme)
    page = visit.page
    visit.log_in("sofia")
    page.goto(f"{desk.url}/breaches")
    check(visit, f"breaches-{scheme}")
    page.get_by_role("link", name="Open a breach").click()
    check(visit, f"breach-new-{scheme}")
    page.goto(f"{desk.url}/breaches")
    page.get_by_role("link", name="Partner's list").click()
    other = Visit(chromium, desk.url, viewport={"width": 375, "height": 800}, color_scheme=scheme)
    other.log_in("olli")
    other.page.goto(page.url)
    other.page.get_by_label("Containment").fill(HOSTILE)
    other.page.get_by_role("button", name="Write it down").click()
    other.page.get_by_text("Written down.").wait_for()
    page.get_by_label("Containment").fill("The reader was asked to delete it.")
    page.get_by_role("button", name="Write it down").click()
    page.get_by_role("heading", name="Somebody was quicker").wait_for()
    assert page.get_by_label("Containment").input_value() == "The reader was asked to delete it."
    check(visit, f"breach-collision-{scheme}")


def late_breach(desk: Desk) -> None:  # noqa: F811
    """One whose clock has run out, with values that are up to something."""
    facts = BreachFacts(
        f"Partner's list of 776 customers {HOSTILE}"[:200],
        aware_at=datetime.now(UTC) - timedelta(hours=80),
        customers=tuple(str(number) for number in range(1001, 1031)),
        addresses=(HOSTILE, "anna.virtanen@very-long-domain-name-without-any-hyphen-to-break-at.example"),
    )
    with desk.store.writing() as session:
        open_breach(session, desk.store, facts, origin=Origin.HAND, by="adam", at=desk.store.clock())


def check(visit: Visit, name: str) -> None:
    """It fits, has enough contrast, and nothing strayed; leaves a picture where they are wanted."""
    visit.picture(name)
    assert visit.fits(), name
    assert visit.page.evaluate(FAINT_TEXTS) == [], name
    assert visit.strayed == []
