"""Deputies and broken glass in the desk: by form and by token, and only for whom it is."""

from collections.abc import Callable

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from mailguard.cases.deciding.delegations import delegate, list_delegations
from mailguard.cases.reading import read_case
from mailguard.core.case import CaseState
from mailguard.store.store import Store
from tests.desk.conftest import URL, Browser
from tests.desk.held import PIN, hold_namesake

LogIn = Callable[[str], Browser]
Token = Callable[[str], dict[str, str]]
WHY = "The ambulance service waits for these papers tonight."
TODAY, LATER = "2026-11-16", "2026-11-20"


def give(store: Store, giver: str, deputy: str) -> int:
    """A delegation for today."""
    today = store.clock().date()
    return delegate(store, giver, deputy, today, today, "holidays", zone="UTC").id


def state_of(store: Store, case_id: str) -> CaseState:
    """Where the case stands."""
    return read_case(store, case_id).summary.state


def test_a_supervisor_names_a_deputy_and_ends_it(store: Store, logged_in: LogIn) -> None:
    """By form; both see it, a stranger does not; and the deputy decides under both names."""
    sofia, olli = logged_in("sofia"), logged_in("olli")
    fields = {"deputy": "olli", "first_day": TODAY, "last_day": LATER, "reason": "holidays"}
    assert sofia.submit("/delegations", **fields).status_code == 303
    assert "In force" in sofia.get("/delegations").text
    assert "sofia" in olli.get("/delegations").text.partition("<table")[2]
    case_id = hold_namesake(store)
    assert "in the place of sofia" in " ".join(
        olli.get(f"/cases/{case_id}").text.replace("<bdi>", "").replace("</bdi>", "").split()
    )
    assert olli.submit(f"/cases/{case_id}/decision", action="reject", reason="Wrong Mikko").status_code == 303
    assert read_case(store, case_id).decided_by == "olli for sofia"
    number = list_delegations(store)[0].id
    assert logged_in("anna").submit(f"/delegations/{number}/end").status_code == 403
    assert sofia.submit(f"/delegations/{number}/end").status_code == 303
    assert "Ended early" in sofia.get("/delegations").text
    assert sofia.submit("/delegations/4711/end").status_code == 404


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"deputy": "aino"}, "auditor"),
        ({"deputy": "nobody"}, "no user"),
        ({"first_day": "2026-11-01"}, "never in the past"),
        ({"last_day": "soon"}, "2026-12-21"),
        ({"reason": " "}, "say why"),
    ],
)
def test_what_cannot_be_is_said_beside_the_form(
    store: Store, logged_in: LogIn, fields: dict[str, str], said: str
) -> None:
    """422, and nothing is made."""
    whole = {"deputy": "olli", "first_day": TODAY, "last_day": LATER, "reason": "holidays"} | fields
    answer = logged_in("sofia").submit("/delegations", **whole)
    assert answer.status_code == 422
    assert said in answer.text
    assert list_delegations(store) == []


def test_others_rights_are_given_by_admins_alone(store: Store, logged_in: LogIn) -> None:
    """An admin for anybody; a supervisor for nobody else; ops has no form and no right."""
    fields = {"giver": "sofia", "deputy": "olli", "first_day": TODAY, "last_day": LATER, "reason": "ill"}
    assert logged_in("anna").submit("/delegations", **fields).status_code == 403
    assert "Name a deputy" not in logged_in("olli").get("/delegations").text
    assert logged_in("olli").submit("/delegations", **(fields | {"giver": "olli"})).status_code == 422
    assert logged_in("adam").submit("/delegations", **fields).status_code == 303
    assert [d.made_by for d in list_delegations(store)] == ["adam"]
    assert "Nobody has a deputy" in logged_in("anna").get("/delegations").text
    assert logged_in("aino").get("/delegations").text.count("<tr>") == 2


def test_a_form_from_elsewhere_names_nobody(store: Store, logged_in: LogIn) -> None:
    """Without the page's token nothing is made or ended."""
    number = give(store, "sofia", "olli")
    sofia = logged_in("sofia")
    assert sofia.post("/delegations", data={"deputy": "adam"}).status_code == 403
    assert sofia.post(f"/delegations/{number}/end").status_code == 403
    assert [d.revoked_by for d in list_delegations(store)] == [None]


def test_deputies_by_api(store: Store, app: FastAPI, token: Token) -> None:
    """Made, listed, ended by DELETE or POST; others' are not shown, and not ended."""
    api = TestClient(app, base_url=URL)
    body = {"deputy": "olli", "first_day": TODAY, "last_day": LATER, "reason": "holidays"}
    made = api.post("/api/v1/delegations", json=body, headers=token("sofia"))
    assert (made.status_code, made.json()["state"], made.json()["giver"]) == (201, "in_force", "sofia")
    number = made.json()["id"]
    assert api.get("/api/v1/delegations", headers=token("anna")).json() == {"delegations": []}
    assert api.get("/api/v1/delegations", headers=token("olli")).json()["delegations"][0]["id"] == number
    assert api.get("/api/v1/delegations").status_code == 401
    assert api.delete(f"/api/v1/delegations/{number}", headers=token("anna")).status_code == 403
    assert api.delete(f"/api/v1/delegations/{number}", headers=token("olli")).json()["state"] == "revoked"
    assert api.post(f"/api/v1/delegations/{number}/end", headers=token("adam")).json()["revoked_by"] == "olli"
    assert api.delete("/api/v1/delegations/4711", headers=token("adam")).status_code == 404
    for wrong in ({"deputy": "nobody"}, {"first_day": "2026-01-01"}, {"until": "x"}):
        assert api.post("/api/v1/delegations", json=body | wrong, headers=token("sofia")).status_code == 422
    # Whose right it is may be named.
    give(store, "sofia", "olli")
    case_id = hold_namesake(store)
    said = {"action": "approve", "on_behalf_of": "adam"}
    assert api.post(f"/api/v1/cases/{case_id}/decision", json=said, headers=token("olli")).status_code == 403
    said["on_behalf_of"] = "sofia"
    assert api.post(f"/api/v1/cases/{case_id}/decision", json=said, headers=token("olli")).status_code == 200


def test_the_glass_in_the_desk(store: Store, logged_in: LogIn) -> None:
    """Behind a page that says what it does; then it stands in the desk until somebody else has reviewed it."""
    case_id = hold_namesake(store)
    olli, sofia = logged_in("olli"), logged_in("sofia")
    page = f"/cases/{case_id}/break-glass"
    assert page in olli.get(f"/cases/{case_id}").text
    assert page not in sofia.get(f"/cases/{case_id}").text
    assert "cannot be undone" in olli.get(page).text
    assert state_of(store, case_id) is CaseState.HELD
    assert sofia.get(page).status_code == logged_in("anna").get(page).status_code == 403
    for fields in (
        {"reason": "urgent", "recipient": "0"},
        {"reason": WHY},
        {"reason": f"{WHY} {PIN}", "recipient": "0"},
    ):
        assert olli.submit(page, **fields).status_code == 422
    assert state_of(store, case_id) is CaseState.HELD
    assert olli.submit(page, reason=WHY, recipient="0").status_code == 303
    assert state_of(store, case_id) is CaseState.APPROVED
    assert "word alone" in sofia.get("/cases").text
    assert case_id in sofia.get("/cases?state=unreviewed").text
    form = f"/cases/{case_id}/after-review"
    assert form in sofia.get(f"/cases/{case_id}").text
    for other in ("olli", "anna", "aino"):
        assert form not in logged_in(other).get(f"/cases/{case_id}").text
        assert logged_in(other).submit(form, was_right="yes", reason="fine").status_code == 403
    assert sofia.submit(form, reason="fine").status_code == 422
    assert sofia.submit(form, was_right="no", reason="Nobody asked for it.").status_code == 303
    assert sofia.submit(form, was_right="yes", reason="It was.").status_code == 409
    assert "Nobody asked for it." in olli.get(f"/cases/{case_id}").text
    assert "word alone" not in sofia.get("/cases").text


def test_the_glass_by_api(store: Store, app: FastAPI, token: Token) -> None:
    """A decision that says so; the case and /metrics tell it; reviewed by another."""
    api = TestClient(app, base_url=URL)
    case_id = hold_namesake(store)
    where = f"/api/v1/cases/{case_id}"
    body = {"action": "approve", "break_glass": True, "reason": WHY}
    for name, said, status in (
        ("anna", body, 403),
        ("aino", body, 403),
        ("sofia", body, 422),
        ("olli", body | {"reason": "urgent"}, 422),
        ("olli", {"action": "approve", "reason": WHY}, 403),
        ("olli", body, 200),
        ("olli", body, 409),
    ):
        assert api.post(f"{where}/decision", json=said, headers=token(name)).status_code == status
    glass = api.get(where, headers=token("sofia")).json()["break_glass"]
    assert (glass["by"], glass["reason"], glass["review"]) == ("olli", WHY, None)
    metrics = api.get("/metrics", headers=token("adam")).text
    assert "mailguard_break_glass_total 1.0" in metrics
    assert "mailguard_break_glass_unreviewed 1.0" in metrics
    review = {"was_right": True, "reason": "They did wait."}
    assert api.post(f"{where}/after-review", json=review, headers=token("olli")).status_code == 403
    assert api.post(f"{where}/after-review", json=review, headers=token("sofia")).status_code == 200
    assert api.post(f"{where}/after-review", json=review, headers=token("adam")).status_code == 409
    assert api.get(where, headers=token("olli")).json()["break_glass"]["review"]["by"] == "sofia"
