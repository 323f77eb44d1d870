"""The breach register for scripts, on both databases."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from mailguard.core.settings import DeskSettings, Settings
from mailguard.desk.application import make_desk
from mailguard.store import people
from mailguard.store.store import Store
from tests.desk.conftest import URL, Browser, add_people, token_of
from tests.desk.held import NAMESAKE, hold_namesake

PATH = "/api/v1/breaches"
WHOLE = {
    "aware_at": "2026-11-16T09:00:00+02:00",
    "risk": "unlikely",
    "risk_reason": "the reader has deleted it",
    "notify_authority": False,
    "notify_authority_reason": "no risk is likely",
    "notify_people": False,
    "notify_people_reason": "no high risk",
    "remedy": "the address was corrected",
}
Post = Callable[..., Any]


@pytest.fixture
def client(any_store: Store) -> TestClient:
    """A client of the API on either database."""
    add_people(any_store)
    return TestClient(make_desk(any_store, Settings(desk=DeskSettings(public_url=URL)), now=any_store.clock), URL)


@pytest.fixture
def auth(any_store: Store, client: TestClient) -> Callable[[str], dict[str, str]]:
    """The header with a token."""
    return lambda name: {"Authorization": f"Bearer {people.issue_token(any_store, name)}"}


def test_a_breach_by_scripts(any_store: Store, client: TestClient, auth: Callable[[str], dict[str, str]]) -> None:
    """Opened from a case, changed, asked to close, closed by another, taken up again; every answer is the whole."""
    case_id = hold_namesake(any_store)
    sofia, olli = auth("sofia"), auth("olli")
    made = client.post(
        PATH, headers=sofia, json={"facts": {"title": "Papers", "addresses": [NAMESAKE]}, "case": case_id}
    )
    assert made.status_code == 201, made.text
    breach = made.json()
    assert (breach["id"], breach["version"], breach["origin"], breach["case"]) == ("2026-0001", 1, "hold", case_id)
    one = f"{PATH}/{breach['id']}"
    refused = client.post(f"{one}/closing", headers=sofia, json={"version": 1})
    assert refused.status_code == 422
    assert "remedy" in refused.json()["detail"]
    filled = client.post(f"{one}/changes", headers=sofia, json={"version": 1, "changes": WHOLE, "note": "by telephone"})
    assert filled.status_code == 200, filled.text
    assert filled.json()["lacking"] == []
    assert filled.json()["facts"]["aware_at"] in {"2026-11-16T07:00:00Z", "2026-11-16T07:00:00+00:00"}
    assert filled.json()["entries"][1]["changes"]["risk"] == {"was": None, "became": "unlikely"}
    assert filled.json()["clocks"][0]["state"] == "not_needed"
    assert client.post(f"{one}/closing", headers=sofia, json={"version": 2}).json()["state"] == "closing"
    assert client.post(f"{one}/close", headers=sofia, json={"version": 3}).status_code == 403
    assert client.post(f"{one}/close", headers=olli, json={"version": 3}).json()["closed_by"] == "olli"
    again = client.post(f"{one}/changes", headers=olli, json={"version": 4, "changes": {"people": 2}})
    assert (again.status_code, "closed" in again.json()["detail"]) == (409, True)
    assert client.post(f"{one}/reopen", headers=olli, json={"version": 4, "note": " "}).status_code == 422
    assert client.post(f"{one}/reopen", headers=olli, json={"version": 4, "note": "again"}).json()["state"] == "open"


def test_a_stale_version_is_told_what_was_done(client: TestClient, auth: Callable[[str], dict[str, str]]) -> None:
    """409 with the version to read and every entry since; nothing is changed."""
    sofia, olli = auth("sofia"), auth("olli")
    one = f"{PATH}/{client.post(PATH, headers=sofia, json={'facts': {'title': 'x'}}).json()['id']}"
    client.post(f"{one}/changes", headers=olli, json={"version": 1, "changes": {"people": 3}})
    late = client.post(f"{one}/changes", headers=sofia, json={"version": 1, "changes": {"people": 2}})
    assert late.status_code == 409
    assert late.json()["version"] == 2
    assert [(entry["by"], entry["changes"]) for entry in late.json()["meanwhile"]] == [
        ("olli", {"people": {"was": None, "became": 3}})
    ]
    assert client.get(one, headers=sofia).json()["facts"]["people"] == 3
    assert client.post(f"{one}/changes", headers=sofia, json={"version": 7}).status_code == 422


def test_list(client: TestClient, auth: Callable[[str], dict[str, str]]) -> None:
    """By state and words, page by page, with the clock that runs out next."""
    sofia = auth("sofia")
    for title in ("Väärä vastaanottaja", "Second", "Third"):
        facts = {"title": title, "aware_at": "2026-11-16T08:00:00Z"}
        assert client.post(PATH, headers=sofia, json={"facts": facts}).status_code == 201
    first = client.get(PATH, headers=sofia, params={"limit": 2}).json()
    assert [one["title"] for one in first["breaches"]] == ["Third", "Second"]
    assert first["breaches"][0]["next_clock"]["due_at"] == "2026-11-19T08:00:00+00:00"
    rest = client.get(PATH, headers=sofia, params={"limit": 2, "after": first["next"]}).json()
    assert (len(rest["breaches"]), rest["next"]) == (1, None)
    assert len(client.get(PATH, headers=sofia, params={"q": "VÄÄRÄ"}).json()["breaches"]) == 1
    assert client.get(PATH, headers=sofia, params={"state": "closed,closing"}).json()["breaches"] == []
    for wrong in ({"state": "lost"}, {"after": "\0"}, {"limit": 0}):
        assert client.get(PATH, headers=sofia, params=wrong).status_code == 422


def test_who_may_what(any_store: Store, client: TestClient, auth: Callable[[str], dict[str, str]]) -> None:
    """Strangers nothing; auditors read, addresses masked, and change nothing; a cookie needs the form's token."""
    made = client.post(PATH, headers=auth("adam"), json={"facts": {"title": "x", "addresses": [NAMESAKE]}})
    one = f"{PATH}/{made.json()['id']}"
    assert client.get(PATH).status_code == client.get(one).status_code == client.post(PATH).status_code == 401
    aino = auth("aino")
    read = client.get(one, headers=aino)
    assert read.status_code == 200
    assert NAMESAKE not in read.text
    for path, body in (
        (PATH, {"facts": {"title": "x"}}),
        (f"{one}/changes", {"version": 1, "changes": {"people": 1}}),
        (f"{one}/closing", {"version": 1}),
        (f"{one}/close", {"version": 1}),
        (f"{one}/reopen", {"version": 1, "note": "x"}),
    ):
        assert client.post(path, headers=aino, json=body).status_code == 403
    browser = Browser(client.app, base_url=URL)
    browser.log_in("sofia")
    assert browser.post(f"{one}/changes", json={"version": 1, "note": "x"}).status_code == 403
    token = {"X-CSRF-Token": token_of(browser.get("/cases"))}
    assert browser.post(f"{one}/changes", json={"version": 1, "note": "x"}, headers=token).json()["version"] == 2


def test_what_cannot_be_written_down_is_422(client: TestClient, auth: Callable[[str], dict[str, str]]) -> None:
    """And opens nothing."""
    sofia = auth("sofia")
    for wrong in (
        {"title": None},
        {"title": " "},
        {"people": True},
        {"people": 10**400},
        {"detected_at": "2026-11-16T09:00:00"},
        {"detected_at": "2027-11-16T09:00:00Z"},
        {"detected_at": "0001-01-01T00:00:00+14:00"},
        {"risk": "huge"},
        {"notify_people": False},
        {"customers": "1001"},
        {"of_tomorrow": 1},
        {"title": "\ud800"},
    ):
        body = json.dumps({"facts": {"title": "x"} | wrong}).encode()
        assert client.post(PATH, headers=sofia, content=body).status_code == 422, wrong
    assert client.get(PATH, headers=sofia).json()["breaches"] == []


def test_nul_and_half_characters(client: TestClient, auth: Callable[[str], dict[str, str]]) -> None:
    """NUL in any text is left out; what is no number of a breach or case is not there."""
    sofia = auth("sofia")
    facts = {"title": "a\0b", "remedy": "\0c", "customers": ["\0", "d\0"], "addresses": [""]}
    made = client.post(PATH, headers=sofia, json={"facts": facts}).json()["facts"]
    assert (made["title"], made["remedy"], made["customers"], made["addresses"]) == ("ab", "c", ["d"], [])
    assert client.get(f"{PATH}/%00", headers=sofia).status_code == 404
    assert client.get(f"{PATH}/2026-0099", headers=sofia).status_code == 404
    nowhere = {"facts": {"title": "x"}, "case": "\0"}
    assert client.post(PATH, headers=sofia, json=nowhere).status_code == 404


def test_openapi_tells_of_every_answer(client: TestClient) -> None:
    """Each endpoint with its problems; what a fact means stands beside it."""
    described = client.get("/api/openapi.json").json()
    ours = {path.removeprefix(PATH): item for path, item in described["paths"].items() if path.startswith(PATH)}
    acts = ("", "/changes", "/closing", "/close", "/reopen", "/drafts/{kind}")
    assert set(ours) == {"", *(f"/{{breach_id}}{act}" for act in acts)}
    for act in ("changes", "closing", "close", "reopen"):
        answers = ours[f"/{{breach_id}}/{act}"]["post"]["responses"]
        assert {"200", "401", "403", "404", "409", "422"} <= set(answers)
        assert answers["409"]["content"]["application/json"]["schema"]["$ref"].endswith("/Conflict")
    assert {"201", "401", "403", "404", "422"} <= set(ours[""]["post"]["responses"])
    facts = described["components"]["schemas"]["Facts"]["properties"]
    assert "72 hours" in facts["aware_at"]["description"]
