"""The desk on SQLite and on a real PostgreSQL: the same story, and text that PostgreSQL alone refuses."""

import pytest

from mailguard.cases.reading import read_case
from mailguard.core.case import CaseState
from mailguard.core.settings import DeskSettings, Settings
from mailguard.desk.application import make_desk
from mailguard.store.store import Store
from tests.desk.conftest import URL, Browser, add_people, token_of
from tests.desk.held import PASSWORD, hold_namesake


@pytest.fixture
def any_browser(any_store: Store) -> Browser:
    """Logged in as a supervisor, on either database."""
    add_people(any_store)
    settings = Settings(desk=DeskSettings(public_url=URL, attention="off"))
    browser = Browser(make_desk(any_store, settings, now=any_store.clock), base_url=URL)
    assert browser.log_in("sofia").status_code == 303
    return browser


def test_decide(any_store: Store, any_browser: Browser) -> None:
    """Queue, search, case, reveal, approval, and the tabs afterwards."""
    case_id = hold_namesake(any_store)
    assert case_id in any_browser.get("/cases", params={"q": "ORDER 7731"}).text
    assert PASSWORD not in any_browser.get(f"/cases/{case_id}").text
    assert PASSWORD in any_browser.submit(f"/cases/{case_id}/reveal", finding="0", reason="asked").text
    assert any_browser.submit(f"/cases/{case_id}/decision", action="approve", recipient="1").status_code == 303
    assert case_id in any_browser.get("/cases?state=approved").text
    assert read_case(any_store, case_id).summary.state is CaseState.APPROVED


def test_nul_and_half_characters(any_store: Store, any_browser: Browser) -> None:
    """NUL and broken UTF-8 in search, login, token and reason are never an error of ours."""
    case_id = hold_namesake(any_store)
    assert any_browser.get("/cases?q=a%00b&after=%00&state=%00").status_code == 200
    assert any_browser.get("/cases?q=%ED%A0%80%FF").status_code == 200
    assert any_browser.get("/cases/%00").status_code == 404
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert any_browser.post("/cases/x/decision", content=b"csrf=%ED%A0%80%00", headers=form).status_code == 403
    guest = Browser(any_browser.app, base_url=URL)
    assert guest.log_in("so\0fia\ud83d"[:6], "x\0y").status_code in {303, 401}
    assert any_browser.get("/api/v1/cases", headers={"Authorization": b"Bearer \xff\xed"}).status_code == 401
    token = {"X-CSRF-Token": token_of(any_browser.get("/cases"))}
    for reason in ("\\ud800", "\\u0000"):
        body = f'{{"action": "reject", "reason": "{reason}"}}'.encode()
        answer = any_browser.post(f"/api/v1/cases/{case_id}/decision", content=body, headers=token)
        assert answer.status_code == 422
    any_browser.submit(f"/cases/{case_id}/decision", action="reject", reason="a\0b\r\nc")
    assert read_case(any_store, case_id).decision_reason == "ab\nc"


def test_reason_keeps_its_lines(any_store: Store, any_browser: Browser) -> None:
    """A reason of several lines is shown as written, harmlessly."""
    case_id = hold_namesake(any_store)
    any_browser.submit(f"/cases/{case_id}/decision", action="reject", reason="first <b>\nsecond \u202e")
    page = any_browser.get(f"/cases/{case_id}").text
    assert "first &lt;b&gt;" in page
    assert "\u202e" not in page
    assert "U+000A" not in page
