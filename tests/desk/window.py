"""The desk in real headless Chromium: the browser, the desk behind it, and one person's window."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Dialog, Page, Request, expect, sync_playwright

from mailguard.core.settings import DeskSettings, Settings, StoreSettings
from mailguard.desk.application import make_desk
from mailguard.report.archive import Archive
from mailguard.store.store import Store, open_store
from tests.desk.conftest import PASSPHRASE, add_people
from tests.support.need import need_program
from tests.support.waiting import PATIENCE

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


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser that is started once."""
    path = need_program("chromium", "chromium")
    expect.set_options(timeout=1000 * PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS, timeout=1000 * PATIENCE)
        yield browser
        browser.close()


class Desk:
    """The desk on a free loopback port, and the store behind it."""

    def __init__(
        self, store: Store, kept: StoreSettings | None = None, *, host: str = "127.0.0.1", **desk: Any
    ) -> None:
        """`desk` are settings of its own; passkeys need the host `localhost`."""
        self.store = store
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://{host}:{self._socket.getsockname()[1]}"
        own = DeskSettings(public_url=self.url, **desk)
        settings = Settings(desk=own, store=kept or StoreSettings())
        self._app = make_desk(store, settings, archive=Archive(store, settings), now=store.clock)
        self._server = uvicorn.Server(uvicorn.Config(self._app, log_level="error", lifespan="off"))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]})

    def start(self) -> None:
        """Serve from a thread."""
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)

    def stop(self) -> None:
        """Stop and wait, as `app.desk_server` does."""
        self._app.state.desk.live.close()
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Serves a fresh store with the real clock, and leaves time for Undo that no busy machine takes for a click."""
    kept = StoreSettings(database_url=f"sqlite:///{tmp_path}/guard.db", key_file=tmp_path / "guard.key")
    store = open_store(kept)
    add_people(store)
    running = Desk(store, kept, undo_seconds=600)
    running.start()
    yield running
    running.stop()
    store.close()


class Visit:
    """One person's browser window. Notes every request that goes elsewhere and every script error."""

    def __init__(self, browser: Browser, url: str, **options: Any) -> None:
        self.context = browser.new_context(**options)
        self.context.set_default_timeout(1000 * PATIENCE)
        self.page: Page = self.context.new_page()
        self.url = url
        self.strayed: list[str] = []
        self.page.on("request", self._note)
        self.page.on("dialog", self._dismiss)

    def _dismiss(self, dialog: Dialog) -> None:
        self.strayed.append("dialog")
        dialog.dismiss()

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
        """Nothing sticks out at the side, once the page has come with its sheets."""
        self.page.wait_for_load_state()
        wide: bool = self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        return wide


FAINT_TEXTS = """() => {
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
"""Texts with less contrast than WCAG AA asks for: 4.5:1, large ones 3:1."""
