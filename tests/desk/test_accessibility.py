"""Every page in real Chromium: WCAG 2.2 AA by axe-core, light and dark, screen and telephone."""

from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.desk.everything import fill, pages
from tests.desk.window import FAINT_TEXTS, Desk, Visit, chromium, desk  # noqa: F401 - fixtures

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WHOLE = {"runOnly": RULES, "rules": {"target-size": {"enabled": True}}}
LOOKS = {"runOnly": {"type": "rule", "values": ["color-contrast", "target-size", "scrollable-region-focusable"]}}
"""What changes with colours and width; the rest is the same document."""


def test_every_page_is_for_everybody(chromium: Browser, desk: Desk, tmp_path: Path) -> None:  # noqa: F811
    """No page breaks a rule of axe-core, sticks out at 375 pixels, or has faint text, in light and in dark."""
    known = fill(desk.store, tmp_path)
    visit = Visit(chromium, desk.url, viewport={"width": 1280, "height": 800})
    page, axe, found = visit.page, Axe(), []
    page.goto(f"{desk.url}/login")
    found += look(visit, axe, "/login")
    visit.log_in("sofia")
    for path in pages(known):
        answer = page.goto(desk.url + path)
        assert answer is not None
        if answer.headers.get("content-type", "").startswith("text/html"):
            assert answer.status < 500, (path, answer.status)
            visit.picture(f"page{path.replace('/', '-').replace('?', '-')}")
            found += look(visit, axe, path)
    assert found == []
    assert visit.strayed == []


def look(visit: Visit, axe: Axe, path: str) -> list[str]:
    """What is wrong with the page that is open, as a screen in light and as a telephone in dark."""
    page = visit.page
    page.wait_for_load_state()
    page.set_viewport_size({"width": 1280, "height": 800})
    page.emulate_media(color_scheme="light")
    found = [*violations(axe, page, WHOLE), *sights(visit)]
    page.set_viewport_size({"width": 375, "height": 800})
    found += sights(visit)
    page.emulate_media(color_scheme="dark")
    found += [*violations(axe, page, LOOKS), *sights(visit)]
    if path:
        visit.picture(f"dark{path.replace('/', '-').replace('?', '-')}")
    return [f"{path}: {one}" for one in found]


def violations(axe: Axe, page: Page, options: dict[str, Any]) -> list[str]:
    """What axe-core has against the page."""
    told = axe.run(page, options=options).response["violations"]
    return [f"{one['id']} at {node['target'][0]}: {node['html'][:160]}" for one in told for node in one["nodes"][:3]]


def sights(visit: Visit) -> list[str]:
    """What a person would see at once."""
    faint: list[str] = visit.page.evaluate(FAINT_TEXTS)
    return [*faint, *([] if visit.fits() else ["sticks out at the side"])]
