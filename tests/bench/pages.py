"""`python -m tests.bench --only hold`: the desk's pages in real Chromium, with a million cases behind them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from mailguard.core.settings import StoreSettings
from mailguard.store.store import Store
from tests.desk.conftest import add_people
from tests.desk.held import hold_namesake
from tests.desk.window import ARGUMENTS, Desk, Visit
from tests.support.need import need_program

_ROUNDS = 7
_TIMES = "() => { const t = performance.getEntriesByType('navigation')[0]; return [t.responseEnd, t.loadEventEnd]; }"


@dataclass(frozen=True, slots=True)
class PageTimes:
    """One page: medians of seven views, and what went over the wire."""

    answered_ms: float
    """From the click to the last octet of the page itself."""
    loaded_ms: float
    """To the end of the load event, style sheets and scripts with it."""
    first_octets: int
    """With an empty cache, headers too."""
    again_octets: int
    """With style sheets and scripts in the cache."""


def measure_pages(store: Store, kept: StoreSettings) -> dict[str, PageTimes]:
    """Queue, a case, its search and the sender's own page."""
    add_people(store)
    case_id = hold_namesake(store)
    asked = {
        "queue": ("sofia", "/cases"),
        "queue, a search": ("sofia", "/cases?q=korhonen"),
        "decided": ("sofia", "/cases?state=decided"),
        "a namesake's case": ("sofia", f"/cases/{case_id}"),
        "one's own held mail": ("anna", "/mine"),
    }
    with _serving(store, kept) as desk, _chromium() as browser:
        return {name: _measure(browser, desk.url, who, path) for name, (who, path) in asked.items()}


@contextmanager
def _serving(store: Store, kept: StoreSettings) -> Iterator[Desk]:
    desk = Desk(store, kept)
    desk.start()
    try:
        yield desk
    finally:
        desk.stop()


@contextmanager
def _chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=need_program("chromium", "chromium"), args=ARGUMENTS)
        yield browser
        browser.close()


def _measure(browser: Browser, url: str, who: str, path: str) -> PageTimes:
    visit = Visit(browser, url)
    visit.log_in(who)
    wire = _Wire(visit.context.new_cdp_session(visit.page))
    first = wire.view(visit.page, url + path, empty=True)
    views = [(wire.view(visit.page, url + path), *visit.page.evaluate(_TIMES)) for _ in range(_ROUNDS)]
    visit.context.close()
    octets, answered, loaded = (median(values) for values in zip(*views, strict=True))
    return PageTimes(answered, loaded, first, int(octets))


class _Wire:
    """Counts octets as Chromium's network stack sees them."""

    def __init__(self, session: CDPSession) -> None:
        self._session, self._octets = session, 0
        session.send("Network.enable")
        session.on("Network.loadingFinished", self._add)

    def _add(self, event: dict[str, float]) -> None:
        self._octets += int(event["encodedDataLength"])

    def view(self, page: Page, url: str, *, empty: bool = False) -> int:
        """Open the page; octets that came for it."""
        self._session.send("Network.setCacheDisabled", {"cacheDisabled": empty})
        page.goto("about:blank")
        self._octets = 0
        page.goto(url, wait_until="load")
        # The stream of news never ends: "networkidle" would not come.
        page.wait_for_timeout(100)
        return self._octets
