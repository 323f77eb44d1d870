"""The people and cases of the matrix, and a client that calls the desk without the costs of a real one."""

import asyncio
import json
import sqlite3
from datetime import timedelta
from urllib.parse import urlencode

from fastapi import FastAPI
from sqlmodel import col, select, update

from mailguard.cases.deadlines.expire import expire
from mailguard.cases.deadlines.terms import Terms
from mailguard.cases.deciding.decide import decide, withdraw
from mailguard.cases.deciding.delegations import delegate
from mailguard.cases.releasing.claim import claim
from mailguard.cases.releasing.settle import settle
from mailguard.core.answer import Answer
from mailguard.core.decision import Action, Decision
from mailguard.core.person import Person, Role
from mailguard.core.settings import DeskSettings, Settings
from mailguard.core.teams import Teams
from mailguard.desk.application import make_desk
from mailguard.store import people
from mailguard.store.store import Store
from mailguard.store.tables.cases import CaseRow
from tests.conftest import TurnableClock
from tests.desk.conftest import URL
from tests.desk.held import hold_namesake
from tests.desk.who.expected import MAILS, PEOPLE, STATES, Mail, Outcome, Who

SENDERS: dict[Mail, str] = {
    "anothers": "otto@sales.example",
    "own": "shared@sales.example",
    "givers": "givers@sales.example",
}
SETTINGS = Settings(
    desk=DeskSettings(public_url=URL, attention="off", undo_seconds=0, step_up_minutes=0),
    report={"teams": {"Sales": ["sales.example"], "Support": ["support.example"]}},
)
TEAMS: dict[str, tuple[str, ...]] = {"all": (), "same": ("Sales",), "other": ("Support",)}
OUTCOMES: dict[int, Outcome] = {200: "done", 201: "done", 303: "done", 403: "refused", 404: "hidden", 409: "late"}
OUTCOMES |= {422: "improper"}
GLASS = "nobody else is here and it cannot wait"
API = {
    "view": ("GET", "", None),
    "approve": ("POST", "/decision", {"action": "approve"}),
    "reject": ("POST", "/decision", {"action": "reject", "reason": "no"}),
    "break": ("POST", "/decision", {"action": "approve", "reason": GLASS, "break_glass": True}),
    "retry": ("POST", "/retry", {}),
    "withdraw": ("POST", "/withdraw", {}),
    "undo": ("POST", "/undo", {}),
    "review": ("POST", "/after-review", {"was_right": True, "reason": "it was"}),
    "comment": ("POST", "/remarks", {"kind": "comment", "text": "look at the town"}),
    "question": ("POST", "/remarks", {"kind": "question", "text": "who is it for?"}),
}
PAGES = {
    "view": ("GET", "", None),
    "approve": ("POST", "/decision", {"action": "approve", "everyone": "1"}),
    "reject": ("POST", "/decision", {"action": "reject", "reason": "no"}),
    "break": ("POST", "/break-glass", {"reason": GLASS, "recipient": "0"}),
    "retry": ("POST", "/retry", {}),
    "withdraw": ("POST", "/withdraw", {}),
    "undo": ("POST", "/undo", {}),
    "review": ("POST", "/after-review", {"was_right": "yes", "reason": "it was"}),
    "reveal": ("POST", "/reveal", {"finding": "0", "reason": "asked"}),
    "comment": ("POST", "/remarks", {"kind": "comment", "text": "look at the town"}),
    "question": ("POST", "/remarks", {"kind": "question", "text": "who is it for?"}),
}


class Rounds:
    """A desk with everybody of the matrix and a case of every kind, which is put back after each act."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._first, self._breaker = self._staff()
        for teams in TEAMS:
            self._giver(teams)
        self.people = {who: self._make(who) for who in PEOPLE}
        self.cases = {(state, mail): "" for state in STATES for mail in MAILS}
        # Those whose time is up first: the clock is turned for them alone.
        for state in sorted(STATES, key=lambda state: state != "expired"):
            for mail in MAILS:
                self.cases[state, mail] = self._case(state, mail)
        self._appoint()
        self.tokens = {who: people.issue_token(store, who.name) for who in PEOPLE}
        self.sessions = {who: people.open_session(store, person) for who, person in self.people.items()}
        self.app: FastAPI = make_desk(store, SETTINGS, now=store.clock)
        self._loop = asyncio.new_event_loop()
        self._saved = sqlite3.connect(":memory:")
        with sqlite3.connect(str(store.engine.url.database)) as live:
            live.backup(self._saved)
        live.close()

    def close(self) -> None:
        """End the loop."""
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()
        self._saved.close()

    def put_back(self) -> None:
        """Undo what was done, in the database itself."""
        with sqlite3.connect(str(self.store.engine.url.database)) as live:
            self._saved.backup(live)
        live.close()

    def call(self, who: Who, verb: str, state: str, mail: Mail, *, page: bool) -> Outcome:
        """What comes of it over the API or at the pages."""
        method, path, fields = (PAGES if page else API)[verb]
        where = f"{'' if page else '/api/v1'}/cases/{self.cases[state, mail]}{path}"
        if page:
            session = self.sessions[who]
            headers = {"cookie": f"mailguard={session.cookie_value}"}
            body = urlencode({"csrf": session.csrf_token} | (fields or {})).encode() if method == "POST" else b""
            headers |= {"content-type": "application/x-www-form-urlencoded"} if body else {}
        else:
            headers = {"authorization": f"Bearer {self.tokens[who]}", "content-type": "application/json"}
            body = json.dumps(fields).encode() if method == "POST" else b""
        return OUTCOMES[self._loop.run_until_complete(self._send(method, where, headers, body))]

    def states(self) -> dict[str, str]:
        """Of every case."""
        with self.store.reading() as session:
            return {row.id: row.state for row in session.exec(select(CaseRow))}

    async def _send(self, method: str, path: str, headers: dict[str, str], body: bytes) -> int:
        status = 0
        sent = False

        async def receive() -> dict[str, object]:
            nonlocal sent
            if sent:
                await asyncio.sleep(3600)
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: dict[str, object]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(str(message["status"]))

        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "scheme": "http",
            "server": ("desk.example", 80),
            "client": ("192.0.2.9", 5000),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()]
            + [(b"host", b"desk.example"), (b"content-length", str(len(body)).encode())],
        }
        await self.app(scope, receive, send)  # type: ignore[arg-type]
        return status

    def _staff(self) -> tuple[Person, Person]:
        return self._add("first", Role.SUPERVISOR, ()), self._add("breaker", Role.OPS, ())

    def _add(self, name: str, role: Role, teams: tuple[str, ...], *aliases: str) -> Person:
        email = f"{name}@operator.example"
        return people.add_user(self.store, name, email=email, role=role, password=None, aliases=aliases, teams=teams)

    def _giver(self, kind: str) -> None:
        self._add(f"giver.{kind}", Role.SUPERVISOR, TEAMS[kind], SENDERS["givers"])

    def _make(self, who: Who) -> Person:
        return self._add(who.name, who.role, TEAMS[who.teams], SENDERS["own"])

    def _appoint(self) -> None:
        today = self.store.clock().date()
        for who in PEOPLE:
            if who.deputy != "nobody":
                delegate(self.store, f"giver.{who.deputy}", who.name, today, today, "on leave", zone="UTC")

    def _case(self, state: str, mail: Mail) -> str:
        case_id = hold_namesake(self.store, sender=SENDERS[mail], copy=False, teams=Teams.of(SETTINGS))
        approve = Decision(Action.APPROVE, "is the right person")
        match state:
            case "approved":
                decide(self.store, case_id, approve, self._first)
            case "broken":
                glass = Decision(Action.APPROVE, GLASS, break_glass=True)
                decide(self.store, case_id, glass, self._breaker)
            case "undeliverable" | "released":
                decide(self.store, case_id, approve, self._first)
                self._deliver(case_id, "550 5.1.1 no such user" if state == "undeliverable" else "250 2.0.0 ok")
            case "rejected":
                decide(self.store, case_id, Decision(Action.REJECT, "no"), self._first)
            case "withdrawn":
                withdraw(self.store, case_id, self._somebody_of(mail))
            case "expired":
                assert isinstance(self.store.clock, TurnableClock)
                self.store.clock.turn(days=30)
                assert case_id in expire(self.store, Terms())
        return case_id

    def _somebody_of(self, mail: Mail) -> Person:
        if mail == "own":
            return self.people[PEOPLE[0]]
        if mail == "givers":
            return next(person for person in people.people(self.store) if person.name == "giver.all")
        return self._add("otto", Role.SENDER, (), SENDERS["anothers"])

    def _deliver(self, case_id: str, said: str) -> None:
        # All but this one wait: the worker takes the case that is due longest.
        now = self.store.clock()
        with self.store.writing() as session:
            session.execute(
                update(CaseRow)
                .where(col(CaseRow.release_at).is_not(None), col(CaseRow.id) != case_id)
                .values(release_at=now + timedelta(days=365))
            )
        job = claim(self.store, now)
        assert job is not None
        assert job.case_id == case_id
        settle(self.store, job, dict.fromkeys(job.envelope.recipients, Answer.parse(said)), now)
