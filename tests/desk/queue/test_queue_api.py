"""Lists and claims over the HTTP API: the fields of the queue, strictly read, and assignments."""

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from mailguard.store.store import Store
from tests.conftest import TurnableClock
from tests.desk.held import hold_namesake, hold_unrelated

Token = Callable[[str], dict[str, str]]


def test_fields_narrow_the_list(store: Store, browser: TestClient, token: Token, clock: TurnableClock) -> None:
    """Severity, sender, recipient, customer, reason, rule, days and order, alone and together."""
    old = hold_unrelated(store)
    clock.turn(days=1)
    grave = hold_namesake(store)
    auth = token("sofia")

    def listed(query: str) -> list[str]:
        answer = browser.get(f"/api/v1/cases?{query}", headers=auth)
        assert answer.status_code == 200, answer.text
        return [case["id"] for case in answer.json()["cases"]]

    assert listed("state=held") == [old, grave]
    assert listed("state=held&sort=worst") == [grave, old]
    assert listed("") == listed("sort=newest") == [grave, old]
    assert listed("severity=medium") == listed("until=2026-11-16") == listed("sender=ben%40partner.example") == [old]
    assert listed("reason=credential&since=2026-11-17&customer=2044&rule=password") == [grave]
    assert listed("recipient=work.example&severity=high,critical") == []


@pytest.mark.parametrize(
    "query",
    [
        "severity=grave",
        "reason=none",
        "at=him",
        "due=never",
        "since=yesterday",
        "sort=random",
        "state=decided",
        "rule=*",
    ],
)
def test_what_cannot_be_read_is_refused(browser: TestClient, token: Token, query: str) -> None:
    """A script that mistypes a field must not get everything."""
    answer = browser.get(f"/api/v1/cases?{query}", headers=token("sofia"))
    assert answer.status_code == 422
    assert query.partition("=")[0] in answer.json()["detail"]


def test_assignment(store: Store, browser: TestClient, token: Token) -> None:
    """Taken, shown in list and case, refused to the next with the name, taken over, given back; `at` finds it."""
    case_id = hold_unrelated(store)
    url, sofia, adam = f"/api/v1/cases/{case_id}/assignment", token("sofia"), token("adam")
    taken = browser.put(url, json={}, headers=sofia).json()
    assert taken == {
        "name": "sofia",
        "taken_at": "2026-11-16T09:00:00+00:00",
        "until": "2026-11-16T09:15:00+00:00",
    }
    assert browser.get("/api/v1/cases?at=mine", headers=sofia).json()["cases"][0]["assigned"] == taken
    assert browser.get("/api/v1/cases?at=mine", headers=adam).json() == {"cases": [], "next": None}
    refused = browser.put(url, json={}, headers=adam)
    assert refused.status_code == 409
    assert "sofia is at case" in refused.json()["detail"]
    assert browser.put(url, json={"over": True}, headers=adam).json()["name"] == "adam"
    assert browser.get(f"/api/v1/cases/{case_id}", headers=sofia).json()["assigned"]["name"] == "adam"
    assert browser.delete(url, headers=adam).status_code == 204
    assert browser.get("/api/v1/cases?at=free", headers=adam).json()["cases"][0]["assigned"] is None


@pytest.mark.parametrize(("name", "status"), [("anna", 404), ("olli", 403), ("aino", 403)])
def test_assignment_is_for_who_could_decide(
    store: Store, browser: TestClient, token: Token, name: str, status: int
) -> None:
    """Not for ops, the auditor, or a case that is not there; the sender is refused for their own."""
    case_id = "MG-XXXX-XXXX" if status == 404 else hold_unrelated(store)
    assert browser.put(f"/api/v1/cases/{case_id}/assignment", json={}, headers=token(name)).status_code == status
    own = hold_namesake(store)
    assert browser.put(f"/api/v1/cases/{own}/assignment", json={}, headers=token("anna")).status_code == 403
