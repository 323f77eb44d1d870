"""A house with two teams and a partner company, people of every role, and something of everything to look at."""

import re
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import date

from argon2 import PasswordHasher
from fastapi import FastAPI
from sqlmodel import update
from starlette.routing import BaseRoute

from mailguard.core.person import Person, Role
from mailguard.core.settings import DeskSettings, Settings
from mailguard.core.teams import Teams
from mailguard.desk.application import make_desk
from mailguard.desk.rights import RIGHTS
from mailguard.incidents.breaches.breach import BreachFacts, Origin
from mailguard.incidents.breaches.register import open_breach
from mailguard.incidents.reports.triage import report_leak
from mailguard.report.archive import Archive
from mailguard.store import people
from mailguard.store.store import Store
from mailguard.store.tables.people import UserRow
from tests.desk.conftest import PASSPHRASE, URL, Browser, token_of
from tests.desk.held import hold_namesake

SALES, SUPPORT, PARTNER = "Sales", "Support", "partner.example"
SELLER, HELPER, AGENT = "otto@sales.example", "hilla@support.example", "ben@partner.example"
SETTINGS = Settings(
    desk=DeskSettings(public_url=URL),
    report={"teams": {SALES: ["sales.example"], SUPPORT: ["support.example"]}},
    register={"partners": [PARTNER]},
)
TEAMS = Teams.of(SETTINGS)
EVERY_TEAM: tuple[str, ...] = ()
PEOPLE: dict[str, tuple[Role, tuple[str, ...]]] = {
    "sofia": (Role.SUPERVISOR, EVERY_TEAM),
    "olli": (Role.OPS, EVERY_TEAM),
    "adam": (Role.ADMIN, EVERY_TEAM),
    "aino": (Role.AUDITOR, EVERY_TEAM),
    "otto": (Role.SENDER, EVERY_TEAM),
    "sven": (Role.SUPERVISOR, (SALES,)),
    "silja": (Role.ADMIN, (SALES, SUPPORT)),
    "oskar": (Role.OPS, (SALES,)),
    "aulis": (Role.AUDITOR, (SUPPORT,)),
    "paula": (Role.SUPERVISOR, (PARTNER,)),
}
"""Login names, roles and teams. otto sends the letters of Sales."""
CHEAP = PasswordHasher(time_cost=1, memory_cost=64)


def add_people(store: Store) -> dict[str, Person]:
    """Everybody, with a pass phrase."""
    hashed = CHEAP.hash(PASSPHRASE)
    for name, (role, teams) in PEOPLE.items():
        email = SELLER if name == "otto" else f"{name}@operator.example"
        people.add_user(store, name, email=email, role=role, password=None, teams=teams)
    with store.writing() as session:
        session.execute(update(UserRow).values(password_hash=hashed))
    return {person.name: person for person in people.people(store)}


def make(store: Store) -> FastAPI:
    """The desk of the house."""
    return make_desk(store, SETTINGS, archive=Archive(store, SETTINGS), now=store.clock)


def enter(app: FastAPI, name: str) -> Browser:
    """A browser in which the person is logged in."""
    browser = Browser(app, base_url=URL)
    assert browser.log_in(name).status_code == 303
    return browser


def csrf_of(browser: Browser) -> str:
    """The token that the forms of whoever is logged in carry; this page is everybody's."""
    return token_of(browser.get("/leak-reports/new"))


def routes_of(app: FastAPI) -> Iterator[str]:
    """Every route but the files under /static, as the table of rights has it."""
    for route in _leaves(app.routes):
        for method in getattr(route, "methods", None) or ():
            if method != "HEAD":
                yield f"{method} {getattr(route, 'path', '')}"


def _leaves(routes: Iterable[BaseRoute]) -> Iterator[BaseRoute]:
    for route in routes:
        included = getattr(route, "original_router", None)
        if included is None:
            yield route
        else:
            yield from _leaves(included.routes)


def routes_with_login(*methods: str) -> list[tuple[str, str]]:
    """Method and path of every route that asks for a login."""
    routes = [route.split(" ") for route, right in RIGHTS.items() if not right.public]
    return [(method, path) for method, path in routes if method in methods]


class House:
    """The store with its people, a case of each team, a breach and a report, and the paths that lead to them."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.people = add_people(store)
        senders = {SALES: SELLER, SUPPORT: HELPER, PARTNER: AGENT, "": "nobody@elsewhere.example"}
        self.cases = {team: hold_namesake(store, sender=sender, teams=TEAMS) for team, sender in senders.items()}
        with store.writing() as session:
            now = store.clock()
            facts = BreachFacts("A letter to the wrong Mikko", aware_at=now)
            self.breach = open_breach(session, store, facts, origin=Origin.HAND, by="sofia", at=now)
        self.report = report_leak(store, SETTINGS, self.people["sofia"], "It went to the wrong Mikko")
        self.app = make(store)

    def fill(self, path: str, team: str = SALES) -> str:
        """The path with the numbers of something that is there."""
        known = {
            "case_id": self.cases[team],
            "breach_id": self.breach,
            "number": self.report if "report" in path else 1,
            "pair_id": 1,
            "link": "A" * 43,
            "position": 0,
            "user_id": 1,
            "dispute_id": 1,
            "act": "closing",
            "kind": "authority_1",
            "language": "en",
            "form": "csv" if "export" in path else "html",
            "name": f"{date(2026, 11, 9):%G-W%V}.html",
        }
        return re.sub(r"{(\w+)(?::\w+)?}", lambda match: str(known[match[1]]), path)


class Watch:
    """Looks at the database from outside: which tables were written to since it last looked."""

    def __init__(self, store: Store) -> None:
        self._file = sqlite3.connect(str(store.engine.url.database))
        self._version, self._rows = self._look(), self._dump()

    def written(self) -> set[str]:
        """Names of the tables that are not as they were; when a session was last used does not count."""
        version = self._look()
        if version == self._version:
            return set()
        before, self._version, self._rows = self._rows, version, self._dump()
        return {name for name in before.keys() | self._rows.keys() if before.get(name) != self._rows.get(name)}

    def _look(self) -> int:
        # Another number as soon as another connection has committed something (SQLite, PRAGMA data_version).
        return int(self._file.execute("PRAGMA data_version").fetchone()[0])

    def _dump(self) -> dict[str, list[tuple[object, ...]]]:
        tables = {}
        for (name,) in self._file.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            columns = [
                f'"{row[1]}"' for row in self._file.execute(f"PRAGMA table_info({name})") if row[1] != "last_seen_at"
            ]
            rows = self._file.execute(f"SELECT {', '.join(columns)} FROM {name}").fetchall()
            tables[name] = sorted(rows, key=repr)
        return tables
