"""Webhooks against a real HTTP server: signed, once over nodes, tried again, and nothing of people in them."""

import asyncio
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, get_args

import pytest
from fastapi import FastAPI, Request, Response
from sqlmodel import col, select
from structlog.testing import capture_logs
from typer.testing import CliRunner

from mailguard.app.commands.notices import app as notices
from mailguard.cases.deadlines.expire import expire
from mailguard.cases.deadlines.terms import Terms
from mailguard.cases.deciding.decide import decide, withdraw
from mailguard.core.decision import Action, Decision
from mailguard.core.person import Role
from mailguard.core.settings import Settings
from mailguard.core.settings.types import Language
from mailguard.notices.troubles.trouble import begin, end
from mailguard.notices.webhooks.collect import collect, prune_deliveries
from mailguard.notices.webhooks.deliver import WebhookWorker
from mailguard.notices.webhooks.sign import HEADER
from mailguard.store.people import add_user
from mailguard.store.store import Store
from mailguard.store.tables.outbox import WebhookRow
from tests.conftest import TurnableClock
from tests.support.letters import CUSTOMER, SENDER, hold_letter
from tests.support.web import serve_app

SECRET = "4af1c0de-2b5e-secret-of-the-hook"
PATH = "/hooks/t0ken-in-the-path"


@dataclass
class ChatServer:
    """What it was sent, and what it answers."""

    port: int = 0
    taken: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    status: int = 200

    def events(self) -> list[tuple[str, str]]:
        """Event and outcome of each delivery."""
        return [(body["event"], body["outcome"]) for body in map(json.loads, (octets for _, octets in self.taken))]


@pytest.fixture(scope="module")
def server() -> Iterator[ChatServer]:
    """One server for all tests; `chat` empties it."""
    chat, app = ChatServer(), FastAPI()

    @app.post("/{path:path}")
    async def take(request: Request) -> Response:
        chat.taken.append((dict(request.headers), await request.body()))
        if chat.status == 307:
            return Response(status_code=307, headers={"Location": "/elsewhere"})
        return Response(status_code=chat.status)

    with serve_app(app) as chat.port:
        yield chat


@pytest.fixture
def chat(server: ChatServer) -> ChatServer:
    """It takes everything."""
    server.taken.clear()
    server.status = 200
    return server


def settings(chat: ChatServer, folder: Path, language: str = "en", **hook: Any) -> Settings:
    """One hook at that server."""
    file = folder / "chat.secret"
    file.write_text(f"{SECRET}\n", encoding="utf-8")
    url = f"http://127.0.0.1:{chat.port}{PATH}"
    hooks = [{"name": "chat", "url": url, "secret_file": str(file)} | hook]
    return Settings(
        notices={"webhooks": hooks, "language": language}, desk={"public_url": "https://guard.operator.example"}
    )


def worker(store: Store, config: Settings) -> WebhookWorker:
    """A worker that has seen all that there was."""
    collect(store, config)
    return WebhookWorker(store, config, store.clock)


def rows(store: Store) -> list[WebhookRow]:
    """All deliveries."""
    with store.reading() as session:
        return list(session.exec(select(WebhookRow).order_by(col(WebhookRow.id))))


async def test_a_delivery_is_signed_and_says_what_happened(any_store: Store, chat: ChatServer, tmp_path: Path) -> None:
    """The receiver reckons the same signature over time and body; the body names case, kinds, severity and link."""
    config = settings(chat, tmp_path)
    work = worker(any_store, config)
    case_id = hold_letter(any_store)
    assert await work.run_once() == 1
    assert await work.run_once() == 0
    ((headers, octets),) = chat.taken
    at, digest = (pair.partition("=")[2] for pair in headers["x-mailguard-signature"].split(","))
    assert int(at) == int(any_store.clock().timestamp())
    assert digest == hmac.new(SECRET.encode(), f"{at}.".encode() + octets, sha256).hexdigest()
    assert headers["x-mailguard-event"] == "hold"
    assert headers["x-mailguard-delivery"] == str(rows(any_store)[0].id)
    body = json.loads(octets)
    link = f"https://guard.operator.example/cases/{case_id}"
    assert body["case"] == case_id
    assert body["kinds"] == ["credential"]
    assert body["severity"] == "high"
    assert body["link"] == link
    assert body["text"].endswith(link)


async def test_every_kind_of_event(any_store: Store, chat: ChatServer, tmp_path: Path, clock: TurnableClock) -> None:
    """Held, approved once and twice, rejected, withdrawn, expired, in trouble and out of it: in that order."""
    work = worker(any_store, settings(chat, tmp_path))
    people = [
        add_user(any_store, name, email=f"{name}@operator.example", role=Role.SUPERVISOR, password=None)
        for name in ("anna", "boris")
    ]
    seller = add_user(any_store, "seller", email=SENDER, role=Role.OPS, password=None)
    two, rejected, withdrawn, _ = (hold_letter(any_store, approvals=approvals) for approvals in (2, 1, 1, 1))
    for person in people:
        decide(any_store, two, Decision(Action.APPROVE, "right"), person)
    decide(any_store, rejected, Decision(Action.REJECT, "wrong"), people[0])
    withdraw(any_store, withdrawn, seller)
    clock.turn(days=8)
    expire(any_store, Terms())
    begin(any_store, "disk", to=["ops@operator.example"])
    end(any_store, "disk", to=["ops@operator.example"])
    await work.run_once()
    # What is a week old is no news.
    assert chat.events() == [("expiry", "expiry"), ("trouble", "trouble"), ("trouble", "trouble_over")]
    clock.turn(days=-8)
    held = hold_letter(any_store, approvals=2)
    decide(any_store, held, Decision(Action.APPROVE, "right"), people[0])
    decide(any_store, held, Decision(Action.APPROVE, "right"), people[1])
    chat.taken.clear()
    await work.run_once()
    assert chat.events() == [("hold", "hold"), ("decision", "approved_once"), ("decision", "approved")]


@pytest.mark.parametrize("language", get_args(Language))
async def test_nothing_of_people_is_told(
    store: Store, chat: ChatServer, tmp_path: Path, language: str, clock: TurnableClock
) -> None:
    """No address, name, subject or reason of a person, in any language and event; no blank is left unfilled."""
    work = worker(store, settings(chat, tmp_path, language))
    xaver = add_user(store, "xaver", email="xaver@operator.example", role=Role.SUPERVISOR, password=None)
    case_id = hold_letter(store, subject="To Matti Virtanen")
    decide(store, case_id, Decision(Action.REJECT, "Matti is another one"), xaver)
    assert await work.run_once() == 2
    for headers, octets in chat.taken:
        # A signature and a port have any four figures by chance.
        plain = {name: value for name, value in headers.items() if name not in (HEADER.lower(), "host")}
        told = f"{plain} {octets.decode()}"
        for hidden in (CUSTOMER, SENDER, "xaver", "Matti", "Virtanen", "4826", "{case}", SECRET):
            assert hidden not in told


async def test_only_the_events_that_are_wanted(store: Store, chat: ChatServer, tmp_path: Path) -> None:
    """`events` chooses; the rest is not written down at all."""
    work = worker(store, settings(chat, tmp_path, events=["trouble", "break_glass"]))
    hold_letter(store)
    begin(store, "rules", to=["ops@operator.example"])
    await work.run_once()
    assert chat.events() == [("trouble", "trouble")]
    assert len(rows(store)) == 1


async def test_several_nodes_deliver_each_once(any_store: Store, chat: ChatServer, tmp_path: Path) -> None:
    """Workers side by side share what there is."""
    config = settings(chat, tmp_path)
    workers = [worker(any_store, config) for _ in range(3)]
    for _ in range(8):
        hold_letter(any_store)
    assert sum(await asyncio.gather(*(work.run_once() for work in workers))) == 8
    assert len({headers["x-mailguard-delivery"] for headers, _ in chat.taken}) == len(chat.taken) == 8


@pytest.mark.parametrize("status", [307, 503])
async def test_what_is_not_taken_is_tried_again(
    store: Store, chat: ChatServer, tmp_path: Path, clock: TurnableClock, status: int
) -> None:
    """After growing pauses, under the same number; a redirect is not followed; a day later it is given up."""
    work = worker(store, settings(chat, tmp_path))
    hold_letter(store)
    chat.status = status
    pauses = []
    for _ in range(12):
        chat.taken.clear()
        assert await work.run_once() == 0
        assert len(chat.taken) == 1
        (row,) = rows(store)
        assert row.due_at is not None
        pauses.append(row.due_at - clock())
        clock.now = row.due_at
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (timedelta(seconds=10), timedelta(hours=1))
    chat.status = 204
    assert await work.run_once() == 1
    hold_letter(store)
    chat.status = status
    clock.turn(seconds=1)
    await work.run_once()
    clock.turn(days=1)
    await work.run_once()
    assert rows(store)[-1].due_at is None
    assert rows(store)[-1].sent_at is None
    clock.turn(days=31)
    prune_deliveries(store)
    assert rows(store) == []


async def test_a_hook_that_is_away_holds_up_no_other(store: Store, chat: ChatServer, tmp_path: Path) -> None:
    """One of two hooks has nobody listening; its address and secret are in no log."""
    config = settings(chat, tmp_path)
    (hook,) = config.notices.webhooks
    away = hook.model_copy(update={"name": "away", "url": f"http://127.0.0.1:9{PATH}"})
    notices = config.notices.model_copy(update={"webhooks": [away, hook]})
    config = config.model_copy(update={"notices": notices})
    work = worker(store, config)
    hold_letter(store)
    with capture_logs() as logs:
        assert await work.run_once() == 1
    assert {entry["hook"] for entry in logs} == {"away", "chat"}
    assert PATH not in str(logs)
    assert SECRET not in str(logs)


@pytest.mark.parametrize("content", [None, "", "short", "two\nlines of sixteen characters"])
async def test_without_a_secret_nothing_is_posted(
    store: Store, chat: ChatServer, tmp_path: Path, content: str | None
) -> None:
    """A missing, empty or short secret: it waits, and says which file is to be mended."""
    config = settings(chat, tmp_path)
    file = tmp_path / "chat.secret"
    file.unlink()
    if content is not None:
        file.write_text(content, encoding="utf-8")
    work = worker(store, config)
    hold_letter(store)
    assert await work.run_once() == 0
    assert chat.taken == []
    assert "chat.secret" in (rows(store)[0].last_answer or "")


def test_a_hook_that_is_new_begins_with_what_comes(store: Store, chat: ChatServer, tmp_path: Path) -> None:
    """What was held before it was configured is no news."""
    hold_letter(store)
    config = settings(chat, tmp_path)
    assert collect(store, config) == 0
    hold_letter(store)
    assert collect(store, config) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://chat.example/x",
        "ftp://chat.example",
        "https://user:pass@chat.example/",
        "https://",
        "https://c.example/#x",
    ],
)
def test_addresses_that_are_refused(tmp_path: Path, url: str) -> None:
    """Plain http to elsewhere, other schemes, logins in the address; the message does not quote what may be secret."""
    with pytest.raises(ValueError, match=r"write|https only") as error:
        Settings(notices={"webhooks": [{"name": "chat", "url": url, "secret_file": str(tmp_path / "x")}]})
    assert "user:pass" not in str(error.value.errors()[0]["msg"])  # type: ignore[attr-defined]


def test_test_webhook_tries_the_way(chat: ChatServer, tmp_path: Path) -> None:
    """One signed delivery that says it is a test; exit 1 and one sentence where it is not taken."""
    settings(chat, tmp_path)
    file = tmp_path / "mailguard.toml"
    file.write_text(
        f'[[notices.webhooks]]\nname = "chat"\nurl = "http://127.0.0.1:{chat.port}{PATH}"\n'
        f'secret_file = "{tmp_path / "chat.secret"}"\n',
        encoding="utf-8",
    )
    done = CliRunner().invoke(notices, ["test-webhook", "chat", "--config", str(file)])
    assert (done.exit_code, done.stdout.strip()) == (0, "chat: taken (200)")
    assert chat.events() == [("test", "test")]
    chat.status = 307
    refused = CliRunner().invoke(notices, ["test-webhook", "chat", "--config", str(file)])
    assert refused.exit_code == 1
    assert "redirect" in refused.output
    assert CliRunner().invoke(notices, ["test-webhook", "none", "--config", str(file)]).exit_code == 2
