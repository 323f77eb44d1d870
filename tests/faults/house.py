"""A guard that serves in the test's own event loop, with a sink behind it, and what is asked of it in a fault."""

import asyncio
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlmodel import col, select

from mailguard.app.observing import Observer
from mailguard.app.running import running
from mailguard.app.wiring import open_guard
from mailguard.cases.listing import list_cases
from mailguard.cases.reading import open_body
from mailguard.core.clock import Clock
from mailguard.core.errors import StoreError
from mailguard.core.person import Person, Role
from mailguard.core.settings import load_settings
from mailguard.customers.importing import import_customers
from mailguard.store.people import add_user, issue_token
from mailguard.store.store import Store, open_store
from mailguard.store.tables.figures import CountRow
from tests.app.conftest import CUSTOMERS
from tests.faults.matrix import HELD, PASSED, Row
from tests.support.dialogue import Dialogue
from tests.support.guard import GuardProcess, make_guard
from tests.support.letters import CUSTOMER, SENDER, write_letter
from tests.support.sink import Sink
from tests.support.waiting import PATIENCE

SECRET = "PIN-koodi: 4826"


@dataclass
class House:
    """The guard and everything around it."""

    folder: Path
    store: Store
    smtp_port: int
    desk_port: int
    sink: Sink
    sofia: Person
    token: str
    observer: Observer | None = None
    """Its counts, where the guard is in this process."""
    held: list[str] = field(default_factory=list)
    """Case ids that clients were told."""
    passed: int = 0

    async def send(self, text: str) -> str:
        """One message; the answer that ends it."""
        answer = (await _send(self.smtp_port, text)).decode().strip()
        if answer.startswith(HELD):
            self.held.append(answer.rsplit(" ", 1)[1])
        self.passed += answer.startswith(PASSED)
        return answer

    async def get(self, path: str) -> tuple[int, str]:
        """A page of the desk, or of its API with the supervisor's token."""
        return await asyncio.to_thread(fetch, self.desk_port, path, self.token)

    async def assert_row(self, row: Row, *, large: int = 0) -> None:
        """What the row says is what is seen. `large`: octets of the message that must be held."""
        text = f"{SECRET}\n{'x' * 70}\n" + "y" * large
        assert (await self.send(text)).startswith(row.held)
        assert (await self.send("Hei, nähdään torstaina.")).startswith(row.clean)
        status, page = await self.get("/api/v1/cases")
        assert status == row.desk, page
        assert "Traceback" not in page
        if row.ready == "200 ready":
            assert await self.get("/readyz") == (200, "ready\n")
        else:
            # A trouble is told for ten seconds, and on a busy machine the page above may have taken longer.
            assert await eventually(lambda: self._tells(row.ready, text))

    async def assert_recovered(self, *, ready: bool = True) -> None:
        """Mail flows again, what was told to be held is there, whole and once, nothing else is, and all is counted.

        `ready`: wait until /readyz has forgotten the trouble, too.
        """
        await eventually(lambda: self._says(SECRET, HELD))
        await eventually(lambda: self._says("Hei, nähdään perjantaina.", PASSED))
        if ready:
            assert await eventually(self._is_ready)
        listed = await asyncio.to_thread(list_cases, self.store, limit=500)
        assert {case.id for case in listed.cases} == set(self.held)
        for case_id in self.held:
            body = open_body(self.store, case_id)
            assert body is not None
            assert SECRET.encode() in body
        assert sum("nähdään".encode() in message.body for message in self.sink.messages) == self.passed
        with self.store.reading() as session:
            assert self.store.audit.verify(session)[1] is None
        assert await eventually(self._are_counts_right)

    async def _tells(self, wanted: str, text: str) -> bool:
        status, told = await self.get("/readyz")
        if not f"{status} {told}".startswith(wanted):
            await self.send(text)
            status, told = await self.get("/readyz")
        return f"{status} {told}".startswith(wanted)

    async def _says(self, text: str, wanted: str) -> bool:
        return (await self.send(text)).startswith(wanted)

    async def _is_ready(self) -> bool:
        return await self.get("/readyz") == (200, "ready\n")

    async def _are_counts_right(self) -> bool:
        if self.observer is not None:
            try:
                await asyncio.to_thread(self.observer.flush)
            except StoreError:
                # Who first writes over a connection from before is told so, and comes again: the clock does too.
                return False
        with self.store.reading() as session:
            rows = session.exec(select(CountRow).where(col(CountRow.key) == "")).all()
        totals = Counter[str]()
        for row in rows:
            totals[row.measure] += row.count
        return (totals["held"], totals["passed"]) == (len(self.held), self.passed)


async def eventually(look: Callable[[], Awaitable[Any]], seconds: float = PATIENCE) -> Any:
    """What `look` gives as soon as it is true."""
    async with asyncio.timeout(seconds):
        while not (found := await look()):
            await asyncio.sleep(0.1)
    return found


@asynccontextmanager
async def open_house(
    folder: Path, *, database_url: str = "", extra: str = "", reserve_mb: int = 0, clock: Clock | None = None
) -> AsyncIterator[House]:
    """Serve in this event loop, with a few customers on record, until the end of the block."""
    async with Sink() as sink:
        config = make_guard(folder, sink.port, database_url=database_url, extra=extra).config
        config.write_text(config.read_text().replace("[store]", f"[store]\nmin_free_mb = {reserve_mb}"))
        settings = load_settings(config)
        with _clocked(clock), open_guard(settings, prove=False) as guard:
            sofia, token = furnish(guard.store, folder)
            async with running(guard) as started:
                port, desk = started.smtp_ports[0], started.desk_port
                yield House(folder, guard.store, port, desk, sink, sofia, token, started.observer)


@asynccontextmanager
async def open_apart(
    folder: Path, serve: Callable[[GuardProcess], AbstractContextManager[Any]]
) -> AsyncIterator[House]:
    """The same in a process of its own, which `serve` starts."""
    async with Sink() as sink:
        process = make_guard(folder, sink.port)
        store = open_store(load_settings(process.config).store)
        sofia, token = furnish(store, folder)
        context = serve(process)
        await asyncio.to_thread(context.__enter__)
        try:
            yield House(folder, store, process.smtp_port, process.desk_port, sink, sofia, token)
        finally:
            await asyncio.to_thread(context.__exit__, None, None, None)
            store.close()


@contextmanager
def _clocked(clock: Clock | None) -> Iterator[None]:
    """Whatever asks for the time asks this clock."""
    if clock is None:
        yield
    else:
        with patch("mailguard.store.store._clock_of", lambda engine: clock):
            yield


def furnish(store: Store, folder: Path) -> tuple[Person, str]:
    """Customers, and a supervisor with her token."""
    file = folder / "customers.csv"
    file.write_text(CUSTOMERS, encoding="utf-8")
    import_customers(store.engine, file, {}, lambda done, total: None)
    sofia = add_user(store, "sofia", email="sofia@operator.example", role=Role.SUPERVISOR, password="x" * 20)
    return sofia, issue_token(store, "sofia")


async def _send(port: int, text: str) -> bytes:
    async with Dialogue(port) as client:
        for reply in await client.begin(SENDER.encode(), CUSTOMER.encode()):
            if not reply.startswith(b"250"):
                return reply
        return await client.message(write_letter(text))


def fetch(port: int, path: str, token: str) -> tuple[int, str]:
    """GET; status and text."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}")
    request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()
