"""The register for scripts: shapes, pages, tokens, and the same lists on both databases."""

from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from mailguard.core.settings import DeskSettings, Settings
from mailguard.desk.application import make_desk
from mailguard.store import people
from mailguard.store.store import Store
from tests.desk.conftest import URL, Browser, add_people
from tests.desk.held import NAMESAKE, hold_namesake, hold_unconfirmed
from tests.desk.small_register import audit, bring_in, put_dispute, put_pair, put_question

PATHS = ["pairs", "disputes", "audit"]


@pytest.fixture
def any_browser(any_store: Store, tmp_path: Path) -> Browser:
    """The register on either database, with something remembered."""
    add_people(any_store)
    bring_in(any_store, tmp_path)
    put_pair(any_store, "m.virtanen@work.example", "1001", case_id="MG-7K4M-92QT")
    put_dispute(any_store, NAMESAKE, None)
    audit(any_store)
    desk = make_desk(any_store, Settings(desk=DeskSettings(public_url=URL)), now=any_store.clock)
    return Browser(desk, base_url=URL)


@pytest.fixture
def token(any_store: Store, any_browser: Browser) -> Callable[[str], dict[str, str]]:
    """The header of an API client."""
    return lambda name: {"Authorization": f"Bearer {people.issue_token(any_store, name)}"}


def test_lists_have_their_shapes(any_browser: TestClient, token: Callable[[str], dict[str, str]]) -> None:
    """Pairs, disputes and findings, each with its number and the key of the next page."""
    auth = token("sofia")
    pairs = any_browser.get("/api/v1/register/pairs", headers=auth).json()
    assert pairs == {
        "pairs": [
            {
                "id": 1,
                "address": "m.virtanen@work.example",
                "customer": "1001",
                "approved": True,
                "reasons": ["unrelated"],
                "until": "2027-12-31",
                "case": "MG-7K4M-92QT",
                "by": "adam",
                "at": "2026-11-16T09:00:00Z",
            }
        ],
        "next": None,
    }
    disputes = any_browser.get("/api/v1/register/disputes", headers=auth).json()
    assert disputes["disputes"][0] == {
        "id": 1,
        "address": NAMESAKE,
        "customer": None,
        "by": "command line",
        "at": "2026-11-16T09:00:00Z",
    }
    found = any_browser.get("/api/v1/register/audit?kind=typo_domain", headers=auth).json()
    assert found["counts"]["typo_domain"] == 1
    assert [(risk["address"], risk["taken_for"]) for risk in found["risks"]] == [("ina@gmial.com", "gmail.com")]


@pytest.mark.parametrize("path", PATHS)
def test_paged_and_masked(
    any_store: Store, any_browser: TestClient, token: Callable[[str], dict[str, str]], path: str
) -> None:
    """`next` leads through all entries, none twice; an auditor gets masked addresses."""
    for number in range(7):
        put_pair(any_store, f"x{number}@post.example", "2044")
        put_dispute(any_store, f"x{number}@post.example", "2044")
    auth = token("aino")
    seen: list[int] = []
    after = 0
    while True:
        got = any_browser.get(f"/api/v1/register/{path}?limit=2&after={after}", headers=auth).json()
        entries = got["risks" if path == "audit" else path]
        seen += [entry["id"] for entry in entries]
        assert all("•••" in entry["address"] for entry in entries)
        if got["next"] is None:
            break
        after = got["next"]
    assert len(seen) == len(set(seen)) == {"audit": 5}.get(path, 8)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("query", ["limit=0", "limit=1000", "after=-1", "after=x", "q=" + "x" * 300])
def test_bad_query(any_browser: TestClient, token: Callable[[str], dict[str, str]], path: str, query: str) -> None:
    """A wrong filter is 422 and says which."""
    answer = any_browser.get(f"/api/v1/register/{path}?{query}", headers=token("sofia"))
    assert answer.status_code == 422
    assert isinstance(answer.json()["detail"], str)


@pytest.mark.parametrize("path", PATHS)
def test_without_a_token(any_browser: TestClient, path: str) -> None:
    """Nobody reads without a token or a session, and nothing is changed here by anybody."""
    assert any_browser.get(f"/api/v1/register/{path}").status_code == 401
    assert any_browser.post(f"/api/v1/register/{path}").status_code == 405


def test_odd_search(any_browser: TestClient, token: Callable[[str], dict[str, str]]) -> None:
    """Signs of SQL patterns and NUL are searched for as they stand."""
    auth = token("sofia")
    for path in PATHS:
        for query in ("%25", "_", "%27%20OR%201=1", "%00", "%5C"):
            assert any_browser.get(f"/api/v1/register/{path}?q={query}", headers=auth).status_code == 200


def test_pages_on_either_database(any_store: Store, any_browser: Browser) -> None:
    """Every page of the register, the case page with its namesakes, taking back and asking."""
    put_question(any_store, "ina@gmial.com", "3001", yes=False)
    namesake, unconfirmed = hold_namesake(any_store), hold_unconfirmed(any_store)
    any_browser.log_in("sofia")
    for path in ("", "/audit?q=gmial", "/pairs?q=work", "/disputes?q=MAIL", "/confirmations?q=gmial"):
        answer = any_browser.get(f"/register{path}")
        assert answer.status_code == 200
        assert not path or answer.text.count('scope="row"') >= 1, path
    page = any_browser.get(f"/cases/{namesake}").text
    assert "Miko Virtanen" in page
    assert "disputed: its reader" in page
    assert any_browser.submit("/register/disputes/1/revoke", reason="a mistake").status_code == 303
    assert any_browser.submit("/register/pairs/1/revoke", reason="a mistake").status_code == 303
    assert any_browser.submit(f"/cases/{unconfirmed}/ask", recipient="0").status_code == 303
    assert "no answer yet" in any_browser.get(f"/cases/{unconfirmed}").text
