"""The desk on a real store, and people who are logged in."""

import re
from collections.abc import Callable, Iterator

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from sqlmodel import select
from starlette.testclient import TestClient

from mailguard.core.person import Role
from mailguard.core.settings import DeskSettings, Settings
from mailguard.desk.application import make_desk
from mailguard.desk.language import catalogue, formats
from mailguard.desk.language.choice import Choice
from mailguard.report.archive import Archive
from mailguard.store import people
from mailguard.store.store import Store
from mailguard.store.tables.people import UserRow
from tests.desk.held import SENDER

URL = "http://desk.example"
PASSPHRASE = "a long pass phrase"
PEOPLE = {
    "sofia": ("sofia@operator.example", Role.SUPERVISOR),
    "adam": ("adam@operator.example", Role.ADMIN),
    "olli": ("olli@operator.example", Role.OPS),
    "aino": ("aino@operator.example", Role.AUDITOR),
    "anna": (SENDER, Role.SUPERVISOR),
}
"""anna is the sender of the held letters, and a supervisor herself."""


class Browser(TestClient):
    """A browser without scripts: keeps cookies, and sends forms with the token that the page carries."""

    def log_in(self, name: str, password: str = PASSPHRASE, path: str = "/login") -> httpx.Response:
        """Fill in the login form."""
        token = token_of(self.get(path))
        fields = {"name": name, "password": password, "csrf": token}
        answer: httpx.Response = self.post("/login", data=fields, follow_redirects=False)
        return answer

    def submit(self, path: str, **fields: object) -> httpx.Response:
        """Send a form as the page would."""
        token = token_of(self.get("/"))
        answer: httpx.Response = self.post(path, data={"csrf": token} | fields, follow_redirects=False)
        return answer


def token_of(page: httpx.Response) -> str:
    """The token in the page's first form."""
    match = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert match, page.text[:500]
    return match[1]


def add_people(store: Store) -> None:
    """One person of each role, and the sender."""
    # A cheap argon2id hash: the parameters stand in it, and a hundred tests log in.
    cheap = PasswordHasher(time_cost=1, memory_cost=64).hash(PASSPHRASE)
    for name, (email, role) in PEOPLE.items():
        people.add_user(store, name, email=email, role=role, password=None)
        with store.writing() as session:
            row = session.exec(select(UserRow).where(UserRow.name == name)).one()
            row.password_hash = cheap
            session.add(row)


@pytest.fixture
def users(store: Store) -> None:
    """People who can log in."""
    add_people(store)


@pytest.fixture
def app(store: Store, users: None) -> FastAPI:
    """The desk."""
    # Whoever decides here by a form has answered the attention check: test_attention.py has desks that ask.
    settings = Settings(desk=DeskSettings(public_url=URL, attention="off"))
    return make_desk(store, settings, archive=Archive(store, settings), now=store.clock)


@pytest.fixture
def browser(app: FastAPI) -> Iterator[Browser]:
    """Nobody is logged in."""
    with Browser(app, base_url=URL) as client:
        yield client


@pytest.fixture
def logged_in(app: FastAPI) -> Callable[[str], Browser]:
    """A browser in which the person is logged in."""

    def make(name: str) -> Browser:
        client = Browser(app, base_url=URL)
        assert client.log_in(name).status_code == 303
        return client

    return make


@pytest.fixture
def token(store: Store, users: None) -> Callable[[str], dict[str, str]]:
    """The header of an API client."""
    return lambda name: {"Authorization": f"Bearer {people.issue_token(store, name)}"}


@pytest.fixture
def speaking(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Chooses a language outside of a request."""

    def speak(language: str) -> None:
        for module in (catalogue, formats):
            monkeypatch.setattr(module, "choice", lambda: Choice(language))

    return speak
