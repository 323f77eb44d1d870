"""The attention check at the pages and over the API."""

import re
from collections.abc import Callable

import pytest
from fastapi import FastAPI
from sqlmodel import select
from starlette.testclient import TestClient

from mailguard.cases.reading import read_case
from mailguard.core.case import CaseState
from mailguard.core.settings import DeskSettings, Settings
from mailguard.desk.application import make_desk
from mailguard.store.store import Store
from mailguard.store.tables.audit import AuditRow
from mailguard.store.tables.reviewing import AttentionRow
from tests.conftest import TurnableClock
from tests.desk.conftest import URL, Browser
from tests.desk.held import hold_namesake, hold_unrelated

LoggedIn = Callable[[str], Browser]
Token = Callable[[str], dict[str, str]]


@pytest.fixture
def app(store: Store, users: None) -> FastAPI:
    """The desk as it is configured out of the box."""
    return make_desk(store, Settings(desk=DeskSettings(public_url=URL)), now=store.clock)


def state_of(store: Store, case_id: str) -> CaseState:
    """Where the case stands."""
    return read_case(store, case_id).summary.state


def test_the_page_asks_which_namesake_and_names_no_number_in_the_form(store: Store, logged_in: LoggedIn) -> None:
    """Both bearers of the name stand to choose by town and year, and the form prints no customer number as text."""
    case_id = hold_namesake(store)
    page = logged_in("sofia").get(f"/cases/{case_id}").text
    form = page[page.index('class="approve"') : page.index('class="reject"')]
    assert {"1001", "2044"} == set(re.findall(r'name="attention"[^>]* value="(\d+)"', form))
    shown = re.sub(r"<[^>]+>", "", form)
    assert "Espoo, born 1961" in shown
    assert "Tampere, born 1988" in shown
    assert "1001" not in shown


def test_a_wrong_answer_decides_nothing_and_the_right_one_does(
    store: Store, logged_in: LoggedIn, clock: TurnableClock
) -> None:
    """The recipient's own record is the wrong answer; 30 seconds later the customer's is the right one."""
    case_id = hold_namesake(store)
    sofia = logged_in("sofia")
    form = {"action": "approve", "everyone": "yes"}
    assert sofia.submit(f"/cases/{case_id}/decision", **form).status_code == 422
    wrong = sofia.submit(f"/cases/{case_id}/decision", attention="2044", **form)
    assert wrong.status_code == 422
    assert "look at the customer on record" in wrong.text
    assert sofia.submit(f"/cases/{case_id}/decision", attention="1001", **form).status_code == 422
    assert state_of(store, case_id) is CaseState.HELD
    clock.turn(seconds=31)
    assert sofia.submit(f"/cases/{case_id}/decision", attention="1001", **form).status_code == 303
    assert state_of(store, case_id) is CaseState.APPROVED


def test_a_wrong_answer_stands_in_the_trail_without_the_answer(store: Store, logged_in: LoggedIn) -> None:
    """The audit entry names the kind of question and nothing that was typed."""
    case_id = hold_namesake(store)
    logged_in("sofia").submit(f"/cases/{case_id}/decision", action="approve", everyone="yes", attention="kissa-9")
    with store.reading() as session:
        entry = session.exec(select(AuditRow).where(AuditRow.act == "attention: wrong")).one()
        rows = session.exec(select(AttentionRow)).all()
    assert (entry.actor, entry.case_id, entry.details) == ("sofia", case_id, {"kind": "customer"})
    assert [(row.kind, row.passed) for row in rows] == [("customer", False)]


def test_a_right_answer_stands_while_another_mistake_is_mended(store: Store, logged_in: LoggedIn) -> None:
    """Who answered rightly and had ticked nobody is not asked again."""
    case_id = hold_namesake(store)
    sofia = logged_in("sofia")
    assert sofia.submit(f"/cases/{case_id}/decision", action="approve", attention="1001").status_code == 422
    assert "You have answered the question" in sofia.get(f"/cases/{case_id}").text
    assert sofia.submit(f"/cases/{case_id}/decision", action="approve", everyone="yes").status_code == 303


def test_other_cases_and_rejections_are_not_asked(store: Store, logged_in: LoggedIn) -> None:
    """An address that nobody has on record calls for no question, and a rejection never does."""
    unrelated, namesake = hold_unrelated(store), hold_namesake(store)
    sofia = logged_in("sofia")
    assert 'name="attention"' not in sofia.get(f"/cases/{unrelated}").text
    assert sofia.submit(f"/cases/{unrelated}/decision", action="approve", everyone="yes").status_code == 303
    rejected = sofia.submit(f"/cases/{namesake}/decision", action="reject", reason="Wrong man.")
    assert rejected.status_code == 303


def test_scripts_approve_without_an_answer_but_not_with_a_wrong_one(
    store: Store, browser: Browser, token: Token
) -> None:
    """The contract's two fields go on working; a wrong `attention` is 422 with the question, and decides nothing."""
    wrong, plain = hold_namesake(store), hold_namesake(store)
    headers = token("sofia")
    said = {"action": "approve", "reason": "Checked.", "attention": "2044"}
    refused = browser.post(f"/api/v1/cases/{wrong}/decision", json=said, headers=headers)
    assert refused.status_code == 422
    assert refused.json()["attention"]["question"]["kind"] == "customer"
    assert refused.json()["attention"]["wait_until"] is not None
    assert state_of(store, wrong) is CaseState.HELD
    said = {"action": "approve", "reason": "Checked."}
    assert browser.post(f"/api/v1/cases/{plain}/decision", json=said, headers=headers).status_code == 200


@pytest.mark.parametrize(("setting", "asks"), [("everywhere", True), ("off", False)])
def test_the_configuration_says_where_it_is_asked(
    store: Store, users: None, token: Token, logged_in: LoggedIn, setting: str, asks: bool
) -> None:
    """With `everywhere` a script without an answer is told the question; with `off` a wrong answer is not looked at."""
    settings = Settings(desk=DeskSettings(public_url=URL, attention=setting))
    case_id, headers = hold_namesake(store), token("sofia")
    with TestClient(make_desk(store, settings, now=store.clock), base_url=URL) as client:
        path = f"/api/v1/cases/{case_id}/decision"
        said = {"action": "approve"} if asks else {"action": "approve", "attention": "2044"}
        answer = client.post(path, json=said, headers=headers)
        assert answer.status_code == (422 if asks else 200)
        if asks:
            question = answer.json()["attention"]["question"]
            assert {one["customer"] for one in question["options"]} == {"1001", "2044"}
            assert client.post(path, json=said | {"attention": "1001"}, headers=headers).status_code == 200
            assert state_of(store, case_id) is CaseState.APPROVED


def test_the_sender_and_an_auditor_learn_nothing(store: Store, app: FastAPI, token: Token, browser: Browser) -> None:
    """Neither of them can try answers: nothing is written, and nothing tells whether one was right."""
    case_id = hold_namesake(store)
    for name in ("anna", "aino"):
        said = {"action": "approve", "attention": "1001"}
        answer = browser.post(f"/api/v1/cases/{case_id}/decision", json=said, headers=token(name))
        assert answer.status_code == 403
    with store.reading() as session:
        assert session.exec(select(AttentionRow)).all() == []
