"""The desk in real headless Chromium: the whole story, with scripts switched on and a hostile letter in the queue."""

from datetime import date, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from mailguard.cases.reading import read_case
from mailguard.cases.releasing.claim import claim
from mailguard.core.case import CaseState
from tests.desk.conftest import PASSPHRASE
from tests.desk.held import (
    COPY,
    NAMESAKE,
    PASSWORD,
    hold_hostile,
    hold_namesake,
    hold_unrelated,
)
from tests.desk.small_register import audit, bring_in, put_dispute, put_pair, put_question
from tests.desk.window import Desk, Visit, chromium, desk  # noqa: F401 - fixtures

ATTACK = (
    "<script>document.title='owned'</script><img src=//evil.example/x onerror=\"document.title='owned'\">"
    '"><svg onload="document.title=\'owned\'">\u202etxt.exe'
)
FOREIGN = "main script:not([src^='/static/']), main svg, main iframe, main img:not([src^='/static/'])"
"""What no page of ours has in its middle."""


def test_the_whole_story(chromium: Browser, desk: Desk) -> None:  # noqa: F811
    """Login, queue, case page, reveal, approve for some recipients, reject with a reason."""
    namesake, unrelated = hold_namesake(desk.store), hold_unrelated(desk.store)
    visit = Visit(chromium, desk.url)
    page = visit.page
    visit.log_in("sofia")
    visit.picture("queue")
    expect(page.get_by_role("listitem").filter(has_text=namesake)).to_have_count(1)

    page.get_by_role("link", name="Your order 7731 and login").click()
    visit.picture("case")
    expect(page.get_by_text("it belongs to customer 2044, of the same name (Tampere)")).to_be_visible()
    assert PASSWORD not in page.content()

    page.locator("#finding-1 summary").click()
    page.get_by_label("Why do you need to see it?").first.fill("the customer asked")
    page.get_by_role("button", name="Show the value").first.click()
    expect(page.get_by_text(PASSWORD)).to_be_visible()
    visit.picture("revealed")
    page.get_by_role("link", name="Back to the case").click()

    expect(page.get_by_role("checkbox", name=COPY).first).to_be_checked()
    expect(page.get_by_role("checkbox", name=NAMESAKE).first).not_to_be_checked()
    page.get_by_label("Espoo, born 1961").check()
    page.get_by_role("button", name="Approve and send").click()
    assert page.get_by_role("status").inner_text().startswith(namesake)
    visit.picture("approved")
    assert {r.address: r.approved for r in read_case(desk.store, namesake).recipients} == {NAMESAKE: False, COPY: True}

    page.goto(f"{desk.url}/cases/{unrelated}")
    page.get_by_role("button", name="Reject").click()
    assert page.url.endswith(unrelated), "the browser asks for the reason first"
    page.get_by_label("Reason for the sender").fill("Ask the customer for the address first.")
    page.get_by_role("button", name="Reject").click()
    expect(page.get_by_text("Nothing is waiting")).to_be_visible()
    assert read_case(desk.store, unrelated).summary.state is CaseState.REJECTED
    assert visit.strayed == []


def test_own_case(chromium: Browser, desk: Desk) -> None:  # noqa: F811
    """The sender, a supervisor, sees no decision form on the own letter, and a forged one is answered 403."""
    case_id = hold_namesake(desk.store)
    visit = Visit(chromium, desk.url)
    visit.log_in("anna")
    page = visit.page
    page.goto(f"{desk.url}/cases/{case_id}")
    expect(page.get_by_text("This is your own message.")).to_be_visible()
    assert page.get_by_role("button", name="Approve and send").count() == 0
    visit.picture("own")
    # The strongest forgery: the page's own withdrawal form, token and all, turned into a decision.
    page.evaluate(
        """() => { const form = document.querySelector('form[action$="/withdraw"]');
        form.action = form.action.replace('/withdraw', '/decision');
        form.insertAdjacentHTML('beforeend', '<input name="action" value="approve"><input name="everyone" value="y">');
        }"""
    )
    with page.expect_navigation() as answer:
        page.get_by_role("button", name="Withdraw my message").click()
    assert answer.value.status == 403
    expect(page.get_by_text("A second person must decide")).to_be_visible()
    assert read_case(desk.store, case_id).summary.state is CaseState.HELD


def test_hostile_letter_runs_nothing(chromium: Browser, desk: Desk) -> None:  # noqa: F811
    """With scripts switched on, a letter full of markup runs none of it and fetches nothing from elsewhere."""
    case_id = hold_hostile(desk.store, ATTACK)
    visit = Visit(chromium, desk.url)
    visit.log_in("sofia")
    for path in ("/cases", f"/cases/{case_id}", "/cases?q=" + "%3Cscript%3Edocument.title=1%3C/script%3E"):
        visit.page.goto(desk.url + path)
        visit.page.wait_for_load_state("networkidle")
        assert visit.page.title().endswith("· mailguard")
        assert visit.page.locator(FOREIGN).count() == 0
        assert visit.fits()
    visit.picture("hostile")
    assert visit.strayed == []


def test_the_register_s_story(chromium: Browser, desk: Desk, tmp_path: Path) -> None:  # noqa: F811
    """A letter is approved until a day; the pair is found, read and taken back, and the audit is run by its button."""
    bring_in(desk.store, tmp_path)
    case_id = hold_unrelated(desk.store)
    visit = Visit(chromium, desk.url)
    page = visit.page
    visit.log_in("sofia")
    page.goto(f"{desk.url}/cases/{case_id}")
    expect(page.get_by_text("customers bear it")).to_be_visible()
    page.get_by_role("checkbox", name="m.virtanen@work.example").check()
    expect(page.get_by_label("Remember this customer and address")).to_be_checked()
    page.get_by_label("until").fill((date.today() + timedelta(days=30)).isoformat())
    visit.picture("case-memory")
    page.get_by_role("button", name="Approve and send").click()
    page.wait_for_url("**/cases")
    # It is remembered when the letter leaves: until then the approval can be taken back.
    assert claim(desk.store, desk.store.clock() + timedelta(hours=1)) is not None

    page.get_by_role("link", name="Register").click()
    page.get_by_role("link", name="Remembered pairs").click()
    page.get_by_role("searchbox").fill("work.example")
    page.get_by_role("button", name="Search").click()
    visit.picture("pairs")
    page.get_by_text("Take back", exact=False).first.click()
    page.get_by_label("Why?").fill("the customer has moved")
    page.get_by_role("button", name="Take back").click()
    assert page.get_by_role("status").inner_text().startswith("Taken back.")
    expect(page.get_by_text("Nothing is remembered")).to_be_visible()

    page.get_by_role("link", name="Audit", exact=True).click()
    page.get_by_role("button", name="Run the audit").click()
    page.get_by_role("link", name="Mistyped domain 1").wait_for()
    visit.picture("audit")
    page.get_by_role("link", name="Mistyped domain 1").click()
    expect(page.get_by_role("rowheader", name="ina@gmial.com")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    assert "ina@gmial.com" in Path(download.value.path()).read_text(encoding="utf-8")
    assert visit.strayed == []


def test_hostile_register_runs_nothing(chromium: Browser, desk: Desk, tmp_path: Path) -> None:  # noqa: F811
    """Names, towns and addresses of the register that are full of markup run none of it, on any of its pages."""
    cell = ATTACK.replace('"', '""').replace("\u202e", "")
    bring_in(
        desk.store,
        tmp_path,
        f'1001,"Mikko {cell}",Virtanen,virtanen.mikko@post.example,yes,,Kuja 1,1,"{cell}"',
        f'2044,"Mikko {cell}",Virtanen,{NAMESAKE},no,,Tie 2,2,"{cell}"',
        f'"{cell[:50]}",Mikko,Virtanen,shared@post.example,no,,Tie 3,3,X',
        '"<b>9</b>",Maija,Salo,shared@post.example,no,,Tie 4,4,X',
    )
    audit(desk.store, by=ATTACK)
    put_pair(desk.store, f"{ATTACK}@x.example", ATTACK, by=ATTACK)
    put_dispute(desk.store, f"{ATTACK}@x.example", ATTACK)
    put_question(desk.store, f"{ATTACK}@x.example", ATTACK)
    case_id = hold_namesake(desk.store)
    visit = Visit(chromium, desk.url)
    visit.log_in("sofia")
    tabs = ("", "/audit", "/pairs", "/disputes", "/confirmations")
    for path in (*(f"/register{tab}" for tab in tabs), f"/cases/{case_id}"):
        visit.page.goto(desk.url + path)
        visit.page.wait_for_load_state("networkidle")
        assert visit.page.title().endswith("· mailguard")
        assert visit.page.locator(FOREIGN).count() == 0
        assert visit.fits()
    assert visit.strayed == []


def test_link_from_another_site(chromium: Browser, desk: Desk) -> None:  # noqa: F811
    """Somebody who is logged in and follows a link in a web mail program lands on the case, not on the login."""
    case_id = hold_namesake(desk.store)
    visit = Visit(chromium, desk.url)
    visit.log_in("sofia")
    elsewhere = desk.url.replace("127.0.0.1", "localhost")
    visit.page.goto(f"{elsewhere}/healthz")
    visit.page.evaluate(f"document.body.innerHTML = '<a href=\"{desk.url}/cases/{case_id}\">a case</a>'")
    visit.page.get_by_text("a case").click()
    visit.page.get_by_role("heading", name="Your order 7731 and login").wait_for()


def test_keyboard_is_enough(chromium: Browser, desk: Desk) -> None:  # noqa: F811
    """From the login to a decision with Tab, Space, Enter and letters only, and what has the focus is outlined."""
    case_id = hold_unrelated(desk.store)
    visit = Visit(chromium, desk.url)
    visit.page.goto(desk.url)
    keys = visit.page.keyboard
    keys.type("sofia")
    keys.press("Tab")
    keys.type(PASSPHRASE)
    keys.press("Enter")
    visit.page.wait_for_url("**/cases")
    _tab_to(visit.page, "Forms for your move")
    keys.press("Enter")
    visit.page.wait_for_url("**/MG-*")
    _tab_to(visit.page, "m.virtanen@work.example")
    keys.press("Space")
    _tab_to(visit.page, "Approve and send")
    keys.press("Enter")
    visit.page.wait_for_url("**/cases")
    assert read_case(desk.store, case_id).summary.state is CaseState.APPROVED


def _tab_to(page: Page, text: str) -> None:
    for _ in range(40):
        page.keyboard.press("Tab")
        focused, outlined = page.evaluate(_FOCUS)
        assert outlined, focused
        if text in focused:
            return
    raise AssertionError(f"{text!r} is not reached")


_FOCUS = """() => { const e = document.activeElement;
  const name = (e.closest('label') || e).innerText || e.name || e.tagName;
  const shown = x => x && getComputedStyle(x).outlineStyle !== 'none';
  // Inside a date's own parts the field itself is not focused, but it has the focus within.
  return [name, e.matches(':focus-visible, input:focus-within') && (shown(e) || shown(e.closest('.row')))]; }"""
