"""The stream of news under attack: more of them than a login may have, another site's, and those of lost rights."""

import asyncio
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from fastapi import FastAPI

from mailguard.app.desk_server import DeskServer
from mailguard.core.person import Role
from mailguard.core.teams import Teams
from mailguard.desk.queue.live import MOST_OF_ONE, Live
from mailguard.store import people
from mailguard.store.people.second_factors import reset_second_factors
from mailguard.store.store import Store
from tests.conftest import TurnableClock
from tests.desk.conftest import Browser
from tests.desk.held import hold_namesake, hold_unrelated

LogIn = Callable[[str], Browser]


@pytest.fixture
async def served(app: FastAPI) -> AsyncIterator[DeskServer]:
    """The desk behind its own server, looking often."""
    app.state.desk.__dict__["live"] = Live(app.state.desk.store, 60, seconds=0.05)
    async with DeskServer(app, "127.0.0.1:0") as server:
        yield server


def client_of(server: DeskServer, browser: Browser | None) -> httpx.AsyncClient:
    """The person's browser, that speaks to the server."""
    cookies = {cookie.name: cookie.value or "" for cookie in browser.cookies.jar} if browser else {}
    limits = httpx.Limits(max_connections=None)
    return httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{server.port}", cookies=cookies, timeout=120, limits=limits, trust_env=False
    )


async def test_many_at_one_moment_are_few(app: FastAPI, served: DeskServer, logged_in: LogIn) -> None:
    """Sixty requests in one go: the limit of a login is kept also by those that nobody has counted yet."""
    live: Live = app.state.desk.live
    most = 0
    async with client_of(served, logged_in("sofia")) as client:

        async def open_one() -> None:
            async with client.stream("GET", "/cases/events") as stream:
                if stream.status_code == 200:
                    async for _ in stream.aiter_bytes():
                        pass

        tasks = [asyncio.create_task(open_one()) for _ in range(60)]
        for _ in range(2400):
            most = max(most, len(live))
            await asyncio.sleep(0.01)
            if sum(task.done() for task in tasks) >= 60 - MOST_OF_ONE:
                break
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert most == MOST_OF_ONE


async def ended(lines: AsyncIterator[str]) -> None:
    """Waits for the end of a stream."""
    async for _ in lines:
        pass


LOSSES: dict[str, Callable[[Store, TurnableClock], object]] = {
    "locked": lambda store, _: people.disable_user(store, "sofia"),
    "no reviewer any more": lambda store, _: change(store, role=Role.SENDER),
    "a new password": lambda store, _: change(store, password="another long pass phrase"),
    "idle": lambda _, clock: clock.turn(minutes=61),
    "logged in for half a day": lambda _, clock: clock.turn(hours=12, seconds=1),
    "second factor reset": lambda store, _: reset_second_factors(store, "sofia"),
}


def change(store: Store, role: Role = Role.SUPERVISOR, password: str | None = None) -> None:
    """Change sofia as the command line does."""
    people.add_user(store, "sofia", email="sofia@operator.example", role=role, password=password)


@pytest.mark.parametrize("loss", LOSSES)
async def test_a_stream_ends_with_the_right_to_it(
    store: Store, clock: TurnableClock, served: DeskServer, logged_in: LogIn, loss: str
) -> None:
    """Locked, no reviewer any more, another password, too long ago: the open stream ends, and no new one begins."""
    async with client_of(served, logged_in("sofia")) as client:
        async with client.stream("GET", "/cases/events") as stream:
            assert stream.status_code == 200
            lines = stream.aiter_lines()
            assert await anext(lines) == "retry: 10000"
            LOSSES[loss](store, clock)
            await asyncio.wait_for(ended(lines), 120)
        assert (await client.get("/cases/events")).status_code in (303, 403)
        assert (await client.get("/cases/news")).status_code in (303, 403)


async def test_no_other_site_and_no_script_reads_it(
    served: DeskServer, logged_in: LogIn, token: Callable[[str], dict[str, str]]
) -> None:
    """No page of another site is let read an answer, none may frame or embed it, and a token opens no stream."""
    async with client_of(served, logged_in("sofia")) as client:
        origin = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}
        async with client.stream("GET", "/cases/events", headers=origin) as stream:
            assert not [name for name in stream.headers if name.startswith("access-control-")]
            assert stream.headers["cross-origin-resource-policy"] == "same-origin"
            assert stream.headers["cache-control"] == "no-store"
            assert stream.headers["x-content-type-options"] == "nosniff"
        asked = await client.options("/cases/events", headers=origin | {"Access-Control-Request-Method": "GET"})
        assert asked.status_code == 405
        assert not [name for name in asked.headers if name.startswith("access-control-")]
    async with client_of(served, None) as script:
        for method in ("GET", "HEAD", "POST"):
            assert (await script.request(method, "/cases/events", headers=token("sofia"))).status_code in (303, 405)


def test_news_tell_nothing_of_another_teams_cases(store: Store, logged_in: LogIn) -> None:
    """Asked for by their very ids, and counted: somebody of one team hears of that team's cases alone."""
    teams = Teams({"Shops": ["operator.example"], "Partners": ["partner.example"]}, ())
    theirs, nobodys = hold_namesake(store, teams=teams), hold_unrelated(store)
    people.add_user(
        store, "olli", email="olli@operator.example", role=Role.OPS, password=None, teams=frozenset({"Partners"})
    )
    answer = logged_in("olli").get("/cases/news", params={"since": 0, "ids": f"{theirs},{nobodys}"}).json()
    assert answer == {"new": 0, "text": "", "rows": {}}
    olli = logged_in("olli")
    for odd in ("-1", "9" * 30, "0x10", "\u0661", "1e3", " 1", "%00"):
        asked = olli.get("/cases/news", params={"since": odd, "ids": f"{theirs},../{nobodys},%00"})
        assert asked.json()["rows"] == {}
