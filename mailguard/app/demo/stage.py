"""The stage of the demo: a running guard with a sink behind it, people, and their ways to speak to it."""

import asyncio
import json
import smtplib
import socket
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mailguard.app.demo.letters import SELLER, Scene
from mailguard.app.demo.sample_customers import write_customers
from mailguard.app.demo.sink import Sink
from mailguard.app.running import Running, running
from mailguard.app.wiring import Guard, open_guard
from mailguard.core.ids import new_message_id
from mailguard.core.person import Person, Role
from mailguard.core.settings import Settings
from mailguard.customers.importing import import_customers
from mailguard.customers.source_states import BY_HAND, note_success
from mailguard.store import people


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody of the story, with what the visitor needs to log in as them."""

    person: Person
    password: str
    token: str


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything the story acts with."""

    guard: Guard
    started: Running
    sink: Sink
    seller: Actor
    supervisor: Actor
    customers: int

    async def send(self, scene: Scene) -> str:
        """Send a letter as a mail program would, and give the guard's answer to it."""
        return await asyncio.to_thread(self._send, scene)

    async def ask(self, method: str, path: str, actor: Actor, body: dict[str, Any] | None = None) -> tuple[int, Any]:
        """Call the HTTP API as somebody; status and JSON."""
        return await asyncio.to_thread(self._ask, method, path, actor, body)

    def _send(self, scene: Scene) -> str:
        with smtplib.SMTP("127.0.0.1", self.started.smtp_ports[0], local_hostname="shop.operator.example") as client:
            client.ehlo()
            for command in (f"MAIL FROM:<{SELLER}>", f"RCPT TO:<{scene.to}>"):
                code, answer = client.docmd(command)
                if code >= 300:
                    return f"{code} {answer.decode('utf-8', 'replace')}"
            code, answer = client.data(scene.write())
            return f"{code} {answer.decode('utf-8', 'replace')}"

    def _ask(self, method: str, path: str, actor: Actor, body: dict[str, Any] | None) -> tuple[int, Any]:
        url = f"http://127.0.0.1:{self.started.desk_port}/api/v1{path}"
        request = urllib.request.Request(url, method=method, data=None if body is None else json.dumps(body).encode())
        request.add_header("Authorization", f"Bearer {actor.token}")
        request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
                return response.status, json.load(response)
        except urllib.error.HTTPError as refused:
            return refused.code, json.loads(refused.read() or b"{}")


@asynccontextmanager
async def set_up(folder: Path) -> AsyncIterator[Stage]:
    """Start sink and guard on free loopback ports, with customers and people, all in one folder."""
    async with Sink() as sink:
        settings = _settings(folder, sink.port)
        with open_guard(settings) as guard:
            file = folder / "customers.csv"
            write_customers(file)
            imported = import_customers(guard.store.engine, file, {}, lambda done, total: None)
            note_success(guard.store.engine, BY_HAND, guard.store.clock())
            seller = _actor(guard, "sanna", SELLER)
            supervisor = _actor(guard, "sven", "sven.supervisor@operator.example")
            async with running(guard) as started:
                yield Stage(guard, started, sink, seller, supervisor, imported.imported)


def _actor(guard: Guard, name: str, email: str) -> Actor:
    # Both are supervisors: what keeps the seller from deciding is the letter's sender, not a lesser role.
    password = new_message_id()  # letters that nobody misreads
    person = people.add_user(guard.store, name, email=email, role=Role.SUPERVISOR, password=password, by="demo")
    return Actor(person, password, people.issue_token(guard.store, name, by="demo"))


def _settings(folder: Path, sink_port: int) -> Settings:
    desk = f"127.0.0.1:{_free_port()}"
    return Settings.model_validate(
        {
            "smtp": {"listen": ["127.0.0.1:0"], "hostname": "guard.operator.example"},
            "next_hop": {"host": "127.0.0.1", "port": sink_port},
            "store": {"database_url": f"sqlite:///{folder}/guard.db", "key_file": folder / "guard.key"},
            "register": {"internal_domains": ["operator.example"]},
            "desk": {"listen": desk, "public_url": f"http://{desk}"},
            "notices": {"from_address": "mailguard@operator.example"},
        }
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
