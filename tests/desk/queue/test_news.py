"""An open page is told of news: by a stream that ends with the login, and by asking where there is no stream."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import httpx
import pytest
from fastapi import FastAPI

from mailguard.app.desk_server import DeskServer
from mailguard.cases.assigning import take
from mailguard.cases.deciding.decide import decide
from mailguard.cases.reveal import view
from mailguard.core.decision import Action, Decision
from mailguard.core.person import Person
from mailguard.desk.queue.live import MOST_OF_ONE, Live
from mailguard.store import people
from mailguard.store.store import Store
from tests.conftest import TurnableClock
from tests.desk.conftest import Browser
from tests.desk.held import hold_namesake, hold_unrelated
from tests.support.waiting import PATIENCE, happened

LogIn = Callable[[str], Browser]


def _who(store: Store, name: str) -> Person:
    return next(person for person in people.people(store) if person.name == name)


def _asked_by(page: str) -> str:
    """The address that the page's script asks."""
    return page.partition('data-news="')[2].partition('"')[0].replace("&amp;", "&")


def test_new_cases_of_this_list_are_counted(store: Store, logged_in: LogIn) -> None:
    """Held after the page was made, and fitting its filters; in words of the page's language."""
    browser = logged_in("sofia")
    hold_namesake(store)
    everything = _asked_by(browser.get("/cases").text)
    grave = _asked_by(browser.get("/cases?severity=high").text)
    assert browser.get(everything).json() == {"new": 0, "text": "", "rows": {}}
    hold_unrelated(store)
    hold_namesake(store)
    assert browser.get(everything).json()["text"] == "2 new cases"
    assert browser.get(grave).json()["text"] == "1 new case"
    browser.headers["Accept-Language"] = "fi"
    assert browser.get(everything).json()["new"] == 2


def test_rows_say_who_is_at_them_and_what_became_of_them(store: Store, logged_in: LogIn) -> None:
    """Taken by me, by another, decided: asked for by the ids of the rows."""
    browser, ids = logged_in("sofia"), [hold_unrelated(store) for _ in range(3)]
    take(store, ids[0], _who(store, "sofia"), minutes=15)
    take(store, ids[1], _who(store, "adam"), minutes=15)
    decide(store, ids[2], Decision(Action.REJECT, "no"), _who(store, "adam"))
    rows = browser.get(f"/cases/news?since=0&ids={','.join(ids)},MG-XXXX-XXXX,%00").json()["rows"]
    assert rows == {
        ids[0]: {"state": "held", "named": "Waiting", "at": "You are at it", "mine": True},
        ids[1]: {"state": "held", "named": "Waiting", "at": "adam is at it", "mine": False},
        ids[2]: {"state": "rejected", "named": "Rejected", "at": "", "mine": False},
    }


def test_an_open_page_does_not_stay_logged_in(store: Store, logged_in: LogIn, clock: TurnableClock) -> None:
    """What its script asks does not count as somebody being there: after the session's minutes the login is over."""
    browser = logged_in("sofia")
    for _ in range(7):
        clock.turn(minutes=10)
        answer = browser.get("/cases/news?since=0", follow_redirects=False)
    assert answer.status_code == 303
    assert browser.get("/cases", follow_redirects=False).status_code == 303


@pytest.fixture
async def served(app: FastAPI) -> AsyncIterator[DeskServer]:
    """The desk behind its own server."""
    app.state.desk.__dict__["live"] = Live(app.state.desk.store, 60, seconds=0.05)
    async with DeskServer(app, "127.0.0.1:0") as server:
        yield server


def _client(server: DeskServer, browser: Browser) -> httpx.AsyncClient:
    cookies = {cookie.name: cookie.value or "" for cookie in browser.cookies.jar}
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", cookies=cookies, timeout=PATIENCE)


async def _until(lines: AsyncIterator[str], wanted: str) -> str:
    async for line in lines:
        if line == wanted:
            return line
    return "ended"


async def test_stream_tells_of_acts_and_of_no_look(store: Store, served: DeskServer, logged_in: LogIn) -> None:
    """A hold and a claim are events; that somebody opened a case is none; no event says what it was."""
    async with _client(served, logged_in("sofia")) as client, client.stream("GET", "/cases/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.aiter_lines()
        assert await _until(lines, "retry: 10000")
        assert await _until(lines, ":") == ":", "the first look has been taken"
        case_id = hold_unrelated(store)
        assert await _until(lines, "event: news") == "event: news"
        assert await anext(lines) == "data:"
        view(store, case_id, _who(store, "aino"))
        quiet = [await anext(lines) for _ in range(4)]
        assert set(quiet) <= {"", ":"}
        take(store, case_id, _who(store, "adam"), minutes=5)
        assert await _until(lines, "event: news") == "event: news"


async def test_stream_ends_with_the_login(store: Store, served: DeskServer, logged_in: LogIn) -> None:
    """Logged out in another window, or on another node: the stream ends by itself."""
    browser = logged_in("sofia")
    async with _client(served, browser) as client, client.stream("GET", "/cases/events") as stream:
        lines = stream.aiter_lines()
        await _until(lines, "retry: 10000")
        assert browser.submit("/logout").status_code == 303
        assert await asyncio.wait_for(_until(lines, "never"), PATIENCE) == "ended"


async def test_streams_are_few_and_end_when_left(app: FastAPI, served: DeskServer, logged_in: LogIn) -> None:
    """More than a few of one login are turned away with 204; whoever leaves makes room; none begins without a login."""
    live: Live = app.state.desk.live
    browser = logged_in("sofia")
    async with _client(served, browser) as client:
        opened, lines = [], []
        for _ in range(MOST_OF_ONE):
            stream = client.stream("GET", "/cases/events")
            lines.append((await stream.__aenter__()).aiter_lines())  # kept: one that is forgotten closes the stream
            await _until(lines[-1], "retry: 10000")
            opened.append(stream)
        assert (await client.get("/cases/events")).status_code == 204
        for stream in opened:
            await stream.__aexit__(None, None, None)
        await happened(lambda: len(live) == 0)
        stream = client.stream("GET", "/cases/events")
        assert (await stream.__aenter__()).status_code == 200
        await stream.__aexit__(None, None, None)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{served.port}", timeout=PATIENCE) as stranger:
        assert (await stranger.get("/cases/events")).status_code == 303


async def test_streams_do_not_keep_the_guard_from_stopping(
    app: FastAPI, logged_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With three pages open the server stops at once, and not after the time that it gives to what is under way."""
    monkeypatch.setattr("mailguard.app.desk_server._GRACE", 3600)
    browser = logged_in("sofia")
    stopping = asyncio.timeout(None)
    async with stopping, DeskServer(app, "127.0.0.1:0") as server:
        clients = [_client(server, browser) for _ in range(3)]
        streams = [client.stream("GET", "/cases/events") for client in clients]
        lines = [(await stream.__aenter__()).aiter_lines() for stream in streams]
        for each in lines:
            await _until(each, "retry: 10000")
        stopping.reschedule(asyncio.get_running_loop().time() + PATIENCE)
    for stream, client in zip(streams, clients, strict=True):
        with suppress(httpx.HTTPError):
            await stream.__aexit__(None, None, None)
        await client.aclose()
    assert not app.state.desk.live.has_room("anybody")
