"""The HTTP API of the contract: shapes, status codes, tokens."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from mailguard.cases.reading import read_case
from mailguard.core.case import CaseState
from mailguard.customers.tables.memory import PairRow
from mailguard.store.store import Store
from tests.conftest import TurnableClock
from tests.desk.conftest import Browser, token_of
from tests.desk.held import COPY, NAMESAKE, PASSWORD, PIN, SENDER, hold_namesake, hold_unrelated

Token = Callable[[str], dict[str, str]]


def test_list_has_the_contract_shape(store: Store, browser: TestClient, token: Token) -> None:
    """`GET /api/v1/cases?state=held&q=` gives exactly the keys of the contract, and the deadline."""
    case_id = hold_namesake(store)
    answer = browser.get("/api/v1/cases?state=held&q=", headers=token("aino"))
    assert answer.status_code == 200
    assert answer.json() == {
        "cases": [
            {
                "id": case_id,
                "state": "held",
                "received_at": "2026-11-16T09:00:00+00:00",
                "sender": SENDER,
                "recipients": [NAMESAKE, COPY],
                "subject": "Your order 7731 and login",
                "reasons": ["namesake", "credential"],
                "expires_at": "2026-11-23T09:00:00+00:00",
                "severity": "high",
                "team": "",
                "assigned": None,
            }
        ],
        "next": None,
    }


def test_list_is_searched_and_paged(store: Store, browser: TestClient, token: Token, clock: TurnableClock) -> None:
    """`q` finds by recipient; `next` leads through all cases, oldest first, none twice."""
    ids = []
    for _ in range(5):
        ids.append(hold_unrelated(store))
        clock.turn(minutes=1)
    hold_namesake(store)
    auth = token("sofia")
    seen: list[str] = []
    after = ""
    while True:
        got = browser.get(f"/api/v1/cases?state=held&q=work.example&limit=2{after}", headers=auth).json()
        seen += [case["id"] for case in got["cases"]]
        if got["next"] is None:
            break
        after = f"&after={got['next']}"
    assert seen == ids


def test_one_case_carries_no_secret(store: Store, browser: TestClient, token: Token) -> None:
    """`GET /api/v1/cases/{id}` explains the case with masked findings, and the look is audited."""
    case_id = hold_namesake(store)
    answer = browser.get(f"/api/v1/cases/{case_id}", headers=token("aino"))
    case = answer.json()
    assert case["expires_at"] == "2026-11-23T09:00:00+00:00"
    assert case["reasons"][0]["code"] == "namesake"
    assert [r["relation"] for r in case["recipients"]] == ["namesake", "internal"]
    assert {f["kind"] for f in case["findings"]} == {"password", "pin"}
    assert case["customers"] == [{"id": "1001", "evidence": ["customer_id_label", "name_and_address"]}]
    assert PASSWORD not in answer.text
    assert PIN not in answer.text
    assert [entry["act"] for entry in case["history"]] == ["hold", "view"]


def test_decision_by_token(store: Store, browser: TestClient, token: Token) -> None:
    """A supervisor's token approves one recipient; a second decision is 409."""
    case_id = hold_namesake(store)
    url, auth = f"/api/v1/cases/{case_id}/decision", token("sofia")
    answer = browser.post(url, json={"action": "approve", "recipients": [COPY]}, headers=auth)
    assert (answer.status_code, answer.json()) == (200, {"id": case_id, "state": "approved"})
    assert [r.approved for r in read_case(store, case_id).recipients] == [False, True]
    late = browser.post(url, json={"action": "reject", "reason": "no"}, headers=auth)
    assert late.status_code == 409
    assert set(late.json()) == {"detail"}


@pytest.mark.parametrize("name", ["anna", "olli", "aino"])
def test_decision_of_the_wrong_person(store: Store, browser: TestClient, token: Token, name: str) -> None:
    """The sender, ops and the auditor get 403, and the case stays held."""
    case_id = hold_namesake(store)
    for body in ({"action": "approve"}, {"action": "reject", "reason": "no"}):
        answer = browser.post(f"/api/v1/cases/{case_id}/decision", json=body, headers=token(name))
        assert answer.status_code == 403
    assert read_case(store, case_id).summary.state is CaseState.HELD


@pytest.mark.parametrize(
    "body",
    [
        {"action": "burn"},
        {"action": "reject"},
        {"action": "approve", "recipients": []},
        {"action": "approve", "recipients": ["other@mail.example"]},
        {"action": "approve", "recipient": [COPY]},
        {"action": "reject", "reason": "x" * 2001},
        {"action": "reject", "reason": None},
        [],
        "approve",
        {},
    ],
)
def test_senseless_decision(store: Store, browser: TestClient, token: Token, body: object) -> None:
    """A decision that makes no sense is 422, tells why in words, and changes nothing; a misspelt key is no decision."""
    case_id = hold_namesake(store)
    answer = browser.post(f"/api/v1/cases/{case_id}/decision", json=body, headers=token("sofia"))
    assert answer.status_code == 422
    assert isinstance(answer.json()["detail"], str)
    assert read_case(store, case_id).summary.state is CaseState.HELD


@pytest.mark.parametrize("body", [b"", b"{", b'{"action": "approve"', b"\xff\xfe", b"[" * 20_000])
def test_broken_json(store: Store, browser: TestClient, token: Token, body: bytes) -> None:
    """What is no JSON is the client's mistake, never an error of ours."""
    url = f"/api/v1/cases/{hold_namesake(store)}/decision"
    answer = browser.post(url, content=body, headers=token("sofia") | {"Content-Type": "application/json"})
    assert answer.status_code in {400, 422}


def test_half_characters_in_a_recipient(store: Store, browser: TestClient, token: Token) -> None:
    """A lone surrogate in JSON is a recipient that nobody knows, and no error of ours."""
    case_id = hold_namesake(store)
    body = b'{"action":"approve","recipients":["\\ud800@post.example"]}'
    headers = token("sofia") | {"Content-Type": "application/json"}
    answer = browser.post(f"/api/v1/cases/{case_id}/decision", content=body, headers=headers)
    assert answer.status_code == 422
    assert "not a recipient" in answer.json()["detail"]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer x"}, {"Authorization": "Basic c29maWE6eA=="}])
def test_without_a_token(store: Store, browser: TestClient, headers: dict[str, str]) -> None:
    """Nobody reads or decides without a token or a session: 401 with the scheme to use."""
    case_id = hold_namesake(store)
    for answer in (
        browser.get("/api/v1/cases", headers=headers),
        browser.get(f"/api/v1/cases/{case_id}", headers=headers),
        browser.post(f"/api/v1/cases/{case_id}/decision", json={"action": "approve"}, headers=headers),
    ):
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"


def test_a_bad_token_is_not_mended_by_a_cookie(store: Store, logged_in: Callable[[str], Browser]) -> None:
    """Who shows a token is judged by it, even when a session cookie comes along."""
    assert logged_in("sofia").get("/api/v1/cases", headers={"Authorization": "Bearer x"}).status_code == 401


def test_cookie_needs_the_csrf_header(store: Store, logged_in: Callable[[str], Browser]) -> None:
    """With the session cookie a POST needs the token in a header, which no other site can send."""
    case_id = hold_namesake(store)
    browser = logged_in("sofia")
    url, body = f"/api/v1/cases/{case_id}/decision", {"action": "reject", "reason": "no"}
    assert browser.get("/api/v1/cases").status_code == 200
    assert browser.post(url, json=body).status_code == 403
    assert browser.post(url, json=body, headers={"X-CSRF-Token": "guess"}).status_code == 403
    right = {"X-CSRF-Token": token_of(browser.get("/cases"))}
    assert browser.post(url, json=body, headers=right | {"Origin": "https://evil.example"}).status_code == 403
    assert browser.post(url, json=body, headers=right).json() == {"id": case_id, "state": "rejected"}


@pytest.mark.parametrize(
    "path", ["MG-AAAA-AAAA", "x", "MG-7K4M-92QT%00", "..%2F..%2Fetc", "%ED%A0%80", "mg-7k4m-92qt", "9" * 39]
)
def test_no_such_case(browser: TestClient, token: Token, path: str) -> None:
    """An id that is none is 404 and never reaches the database as it came."""
    assert browser.get(f"/api/v1/cases/{path}", headers=token("sofia")).status_code == 404


@pytest.mark.parametrize("query", ["state=burnt", "limit=0", "limit=1000", "after=x", "q=" + "x" * 300])
def test_bad_query(browser: TestClient, token: Token, query: str) -> None:
    """A wrong filter is 422 and says which."""
    answer = browser.get(f"/api/v1/cases?{query}", headers=token("sofia"))
    assert answer.status_code == 422
    assert isinstance(answer.json()["detail"], str)


def test_odd_search(store: Store, browser: TestClient, token: Token) -> None:
    """Signs of SQL patterns and NUL are searched for as they stand."""
    hold_namesake(store)
    for query in ("%25", "_", "%27%20OR%201=1", "%00", "%5C"):
        answer = browser.get(f"/api/v1/cases?q={query}", headers=token("sofia"))
        assert answer.status_code == 200


def test_withdraw_and_retry(store: Store, browser: TestClient, token: Token) -> None:
    """The sender withdraws by token; what was never undeliverable cannot be retried (409)."""
    case_id = hold_namesake(store)
    assert browser.post(f"/api/v1/cases/{case_id}/retry", headers=token("sofia")).status_code == 409
    assert browser.post(f"/api/v1/cases/{case_id}/withdraw", headers=token("sofia")).status_code == 403
    assert browser.post(f"/api/v1/cases/{case_id}/withdraw", headers=token("anna")).json()["state"] == "withdrawn"


def test_openapi_tells_of_the_api_alone(browser: TestClient) -> None:
    """The description names every path of the contract and no page; the viewers that load foreign scripts are off."""
    paths = browser.get("/api/openapi.json").json()["paths"]
    assert {"/api/v1/cases", "/api/v1/cases/{case_id}", "/api/v1/cases/{case_id}/decision"} <= set(paths)
    assert all(path.startswith("/api/v1/") for path in paths)
    assert {"200", "401", "403", "404", "409", "422"} <= set(
        paths["/api/v1/cases/{case_id}/decision"]["post"]["responses"]
    )
    assert browser.get("/docs").status_code == browser.get("/redoc").status_code == 404


def test_first_of_two_approvals(store: Store, browser: TestClient, token: Token) -> None:
    """The first approval answers `held` with how many are given and needed; the second one completes the case."""
    case_id = hold_namesake(store, approvals=2)
    url, body = f"/api/v1/cases/{case_id}/decision", {"action": "approve", "recipients": [COPY]}
    first = browser.post(url, json=body, headers=token("sofia"))
    assert first.json() == {"id": case_id, "state": "held", "approvals": {"given": 1, "needed": 2}}
    case = browser.get(f"/api/v1/cases/{case_id}", headers=token("aino")).json()
    assert case["approvals"] == {"given": 1, "needed": 2, "by": ["sofia"]}
    assert browser.post(url, json=body, headers=token("sofia")).status_code == 403
    assert browser.post(url, json=body, headers=token("adam")).json() == {"id": case_id, "state": "approved"}


@pytest.mark.parametrize(
    ("given", "remembered"),
    [
        ({}, date(2027, 11, 16)),
        ({"remember_until": "2026-12-31"}, date(2026, 12, 31)),
        ({"remember": False}, None),
        ({"remember": False, "remember_until": "2026-12-31"}, None),
    ],
)
def test_what_is_remembered(
    store: Store, browser: TestClient, token: Token, given: dict[str, object], remembered: date | None
) -> None:
    """An approval is remembered as long as is usual, until the day that is named, or not at all."""
    url = f"/api/v1/cases/{hold_unrelated(store)}/decision"
    assert browser.post(url, json={"action": "approve"} | given, headers=token("sofia")).status_code == 200
    with store.reading() as session:
        until = [row.until for row in session.exec(select(PairRow)).all()]
    assert until == ([remembered] if remembered else [])


@pytest.mark.parametrize("until", ["2026-11-16", "tomorrow", "2047-01-01", 5, "2026-02-30"])
def test_a_day_that_cannot_be(store: Store, browser: TestClient, token: Token, until: object) -> None:
    """A last day that is over, too far off or none is 422, and nothing is decided."""
    case_id = hold_unrelated(store)
    body = {"action": "approve", "remember_until": until}
    answer = browser.post(f"/api/v1/cases/{case_id}/decision", json=body, headers=token("sofia"))
    assert answer.status_code == 422
    assert read_case(store, case_id).summary.state is CaseState.HELD
