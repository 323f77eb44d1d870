"""The desk in real headless Chromium: the whole story, with scripts switched on and a hostile letter in the queue."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, Request, sync_playwright

from mailguard.cases.reading import read_case
from mailguard.core.case import CaseState
from mailguard.core.settings import DeskSettings, Settings, StoreSettings
from mailguard.desk.application import make_desk
from mailguard.store.store import Store, open_store
from tests.desk.conftest import PASSPHRASE, add_people
from tests.desk.held import (
    COPY,
    NAMESAKE,
    PASSWORD,
    hold_hostile,
    hold_lookalike,
    hold_namesake,
    hold_unconfirmed,
    hold_unrelated,
)
from tests.desk.register import audit, bring_in, put_dispute, put_pair, put_question
from tests.support.need import need_program

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SHOTS = os.environ.get("MAILGUARD_SCREENSHOTS")
"""A folder: every step leaves a picture there."""
ATTACK = (
    "<script>document.title='owned'</script><img src=//evil.example/x onerror=\"document.title='owned'\">"
    '"><svg onload="document.title=\'owned\'">\u202etxt.exe'
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser that is started once."""
    path = need_program("chromium", "chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


class Desk:
    """The desk on a free loopback port, and the store behind it."""

    def __init__(self, store: Store, kept: StoreSettings | None = None) -> None:
        self.store = store
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        settings = Settings(desk=DeskSettings(public_url=self.url), store=kept or StoreSettings())
        app = make_desk(store, settings, now=store.clock)
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]})

    def start(self) -> None:
        """Serve from a thread."""
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)

    def stop(self) -> None:
        """Stop and wait."""
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Serves a fresh store with the real clock."""
    kept = StoreSettings(database_url=f"sqlite:///{tmp_path}/guard.db", key_file=tmp_path / "guard.key")
    store = open_store(kept)
    add_people(store)
    running = Desk(store, kept)
    running.start()
    yield running
    running.stop()
    store.close()


class Visit:
    """One person's browser window. Notes every request that goes elsewhere and every script error."""

    def __init__(self, browser: Browser, url: str, **options: object) -> None:
        self.context = browser.new_context(**options)  # type: ignore[arg-type]
        self.page: Page = self.context.new_page()
        self.url = url
        self.strayed: list[str] = []
        self.page.on("request", self._note)
        self.page.on("dialog", lambda dialog: (self.strayed.append("dialog"), dialog.dismiss()))

    def _note(self, request: Request) -> None:
        if not request.url.startswith(self.url + "/"):
            self.strayed.append(request.url)

    def log_in(self, name: str) -> None:
        self.page.goto(self.url)
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("Password").fill(PASSPHRASE)
        self.picture("login")
        self.page.get_by_role("button", name="Log in").click()
        self.page.wait_for_url("**/cases")

    def picture(self, name: str) -> None:
        if SHOTS:
            width = self.page.viewport_size["width"] if self.page.viewport_size else 0
            self.page.screenshot(path=Path(SHOTS) / f"{name}-{width}.png", full_page=True)

    def fits(self) -> bool:
        """Nothing sticks out at the side."""
        wide: bool = self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        return wide


def test_the_whole_story(chromium: Browser, desk: Desk) -> None:
    """Login, queue, case page, reveal, approve for some recipients, reject with a reason."""
    namesake, unrelated = hold_namesake(desk.store), hold_unrelated(desk.store)
    visit = Visit(chromium, desk.url)
    page = visit.page
    visit.log_in("sofia")
    visit.picture("queue")
    assert page.get_by_role("listitem").filter(has_text=namesake).count() == 1

    page.get_by_role("link", name="Your order 7731 and login").click()
    visit.picture("case")
    assert page.get_by_text("it belongs to customer 2044, of the same name (Tampere)").is_visible()
    assert PASSWORD not in page.content()

    page.locator("#finding-1 summary").click()
    page.get_by_label("Why do you need to see it?").first.fill("the customer asked")
    page.get_by_role("button", name="Show the value").first.click()
    assert page.get_by_text(PASSWORD).is_visible()
    visit.picture("revealed")
    page.get_by_role("link", name="Back to the case").click()

    assert page.get_by_label(COPY).is_checked()
    assert not page.get_by_label(NAMESAKE).is_checked()
    page.get_by_role("button", name="Approve and send").click()
    assert page.get_by_role("status").inner_text().startswith(namesake)
    visit.picture("approved")
    assert {r.address: r.approved for r in read_case(desk.store, namesake).recipients} == {NAMESAKE: False, COPY: True}

    page.goto(f"{desk.url}/cases/{unrelated}")
    page.get_by_role("button", name="Reject").click()
    assert page.url.endswith(unrelated), "the browser asks for the reason first"
    page.get_by_label("Reason for the sender").fill("Ask the customer for the address first.")
    page.get_by_role("button", name="Reject").click()
    assert page.get_by_text("Nothing is waiting").is_visible()
    assert read_case(desk.store, unrelated).summary.state is CaseState.REJECTED
    assert visit.strayed == []


def test_own_case(chromium: Browser, desk: Desk) -> None:
    """The sender, a supervisor, sees no decision form on the own letter, and a forged one is answered 403."""
    case_id = hold_namesake(desk.store)
    visit = Visit(chromium, desk.url)
    visit.log_in("anna")
    page = visit.page
    page.goto(f"{desk.url}/cases/{case_id}")
    assert page.get_by_text("This is your own message.").is_visible()
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
    assert page.get_by_text("A second person must decide").is_visible()
    assert read_case(desk.store, case_id).summary.state is CaseState.HELD


def test_hostile_letter_runs_nothing(chromium: Browser, desk: Desk) -> None:
    """With scripts switched on, a letter full of markup runs none of it and fetches nothing from elsewhere."""
    case_id = hold_hostile(desk.store, ATTACK)
    visit = Visit(chromium, desk.url)
    visit.log_in("sofia")
    for path in ("/cases", f"/cases/{case_id}", "/cases?q=" + "%3Cscript%3Edocument.title=1%3C/script%3E"):
        visit.page.goto(desk.url + path)
        visit.page.wait_for_load_state("networkidle")
        assert visit.page.title().endswith("· mailguard")
        assert visit.page.locator("main script, main svg, main iframe, main img:not([src^='/static/'])").count() == 0
        assert visit.fits()
    visit.picture("hostile")
    assert visit.strayed == []


def test_the_register_s_story(chromium: Browser, desk: Desk, tmp_path: Path) -> None:
    """A letter is approved until a day; the pair is found, read and taken back, and the audit is run by its button."""
    bring_in(desk.store, tmp_path)
    case_id = hold_unrelated(desk.store)
    visit = Visit(chromium, desk.url)
    page = visit.page
    visit.log_in("sofia")
    page.goto(f"{desk.url}/cases/{case_id}")
    assert page.get_by_text("customers bear it").is_visible()
    page.get_by_label("m.virtanen@work.example").check()
    assert page.get_by_label("Remember this customer and address").is_checked()
    page.get_by_label("until").fill((date.today() + timedelta(days=30)).isoformat())
    visit.picture("case-memory")
    page.get_by_role("button", name="Approve and send").click()
    page.wait_for_url("**/cases")

    page.get_by_role("link", name="Register").click()
    page.get_by_role("link", name="Remembered pairs").click()
    page.get_by_role("searchbox").fill("work.example")
    page.get_by_role("button", name="Search").click()
    visit.picture("pairs")
    page.get_by_text("Take back", exact=False).first.click()
    page.get_by_label("Why?").fill("the customer has moved")
    page.get_by_role("button", name="Take back").click()
    assert page.get_by_role("status").inner_text().startswith("Taken back.")
    assert page.get_by_text("Nothing is remembered").is_visible()

    page.get_by_role("link", name="Audit", exact=True).click()
    page.get_by_role("button", name="Run the audit").click()
    page.get_by_role("link", name="Mistyped domain 1").wait_for(timeout=60_000)
    visit.picture("audit")
    page.get_by_role("link", name="Mistyped domain 1").click()
    assert page.get_by_role("rowheader", name="ina@gmial.com").is_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    assert "ina@gmial.com" in Path(download.value.path()).read_text(encoding="utf-8")
    assert visit.strayed == []


def test_hostile_register_runs_nothing(chromium: Browser, desk: Desk, tmp_path: Path) -> None:
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
        assert visit.page.locator("main script, main svg, main iframe, main img:not([src^='/static/'])").count() == 0
        assert visit.fits()
    assert visit.strayed == []


def test_link_from_another_site(chromium: Browser, desk: Desk) -> None:
    """Somebody who is logged in and follows a link in a web mail program lands on the case, not on the login."""
    case_id = hold_namesake(desk.store)
    visit = Visit(chromium, desk.url)
    visit.log_in("sofia")
    elsewhere = desk.url.replace("127.0.0.1", "localhost")
    visit.page.goto(f"{elsewhere}/healthz")
    visit.page.evaluate(f"document.body.innerHTML = '<a href=\"{desk.url}/cases/{case_id}\">a case</a>'")
    visit.page.get_by_text("a case").click()
    visit.page.get_by_role("heading", name="Your order 7731 and login").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 375])
def test_every_text_can_be_read(chromium: Browser, desk: Desk, width: int, scheme: str, tmp_path: Path) -> None:
    """Screen and phone, light and dark: nothing sticks out, and every text has WCAG AA contrast (4.5:1, large 3:1)."""
    bring_in(desk.store, tmp_path)
    audit(desk.store)
    put_pair(desk.store, "m.virtanen@work.example", "1001")
    put_pair(desk.store, NAMESAKE, "1001", approved=False)
    put_dispute(desk.store, "other@post.example", None)
    put_question(desk.store, "ina@gmial.com", "3001")
    cases = [
        hold_namesake(desk.store, approvals=2, rule="bundle.username_password"),
        hold_lookalike(desk.store),
        hold_unconfirmed(desk.store),
        hold_hostile(desk.store, ATTACK),
    ]
    visit = Visit(chromium, desk.url, viewport={"width": width, "height": 800}, color_scheme=scheme)
    visit.log_in("sofia")
    register = ["/register", *(f"/register/{tab}" for tab in ("audit", "pairs", "disputes", "confirmations"))]
    pages = ["/cases", "/cases?state=decided", "/reports", *register, "/register/audit?kind=typo_domain"]
    for path in (*pages, *(f"/cases/{case_id}" for case_id in cases)):
        visit.page.goto(desk.url + path)
        assert visit.fits(), path
        assert visit.page.evaluate(_FAINT_TEXTS) == [], path


def test_keyboard_is_enough(chromium: Browser, desk: Desk) -> None:
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

_FAINT_TEXTS = """() => {
  const parse = c => (c.match(/[\\d.]+/g) || []).map(Number);
  const lum = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const ground = e => { let layers = [];
    for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor);
      if (c.length && c[3] !== 0) { layers.push(c); if (c[3] === undefined) break; } }
    return layers.reverse().reduce((under, c) => [0, 1, 2].map(i => c[i] * (c[3] ?? 1) + under[i] * (1 - (c[3] ?? 1))),
      [255, 255, 255]); };
  const faint = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement, style = getComputedStyle(e);
    if (!walk.currentNode.data.trim() || !e.checkVisibility() || e.closest('.unseen, .skip')) continue;
    const [a, b] = [lum(parse(style.color)), lum(ground(e))].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    const ratio = (a + .05) / (b + .05);
    if (ratio < (large ? 3 : 4.5)) faint.push(`${walk.currentNode.data.trim().slice(0, 40)}: ${ratio.toFixed(2)}`);
  }
  return faint; }"""
