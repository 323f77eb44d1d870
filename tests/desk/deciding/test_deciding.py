"""Who may do what with a case, by form and by token."""

from collections.abc import Callable

import pytest
from sqlmodel import select

from mailguard.cases.reading import read_case
from mailguard.core.case import CaseState
from mailguard.core.errors import StoreError
from mailguard.store.store import Store
from mailguard.store.tables.audit import AuditRow
from mailguard.store.tables.cases import CaseRow
from tests.desk.conftest import Browser, token_of
from tests.desk.held import COPY, NAMESAKE, PASSWORD, PIN, hold_namesake

LogIn = Callable[[str], Browser]


def state_of(store: Store, case_id: str) -> CaseState:
    """Where the case stands."""
    return read_case(store, case_id).summary.state


def make_undeliverable(store: Store, case_id: str) -> None:
    """As the release worker leaves a case that the next hop refused."""
    with store.writing() as session:
        row = session.get(CaseRow, case_id)
        assert row is not None
        row.state, row.last_answer, row.release_at = "undeliverable", "550 5.1.1 no such user", None
        session.add(row)


def test_approve_some_recipients(store: Store, logged_in: LogIn) -> None:
    """Only the ticked recipient is approved; the other is turned away."""
    case_id = hold_namesake(store)
    browser = logged_in("sofia")
    answer = browser.submit(f"/cases/{case_id}/decision", action="approve", recipient="1", reason="archive only")
    assert (answer.status_code, answer.headers["location"]) == (303, "/cases")
    case = read_case(store, case_id)
    assert case.summary.state is CaseState.APPROVED
    assert {r.address: r.approved for r in case.recipients} == {NAMESAKE: False, COPY: True}
    told = browser.get("/cases").text
    assert "Approved." in told
    assert case_id in told
    assert "Approved." not in browser.get("/cases").text


def test_everybody_means_all(store: Store, logged_in: LogIn) -> None:
    """The box for everybody approves all recipients."""
    case_id = hold_namesake(store)
    assert logged_in("sofia").submit(f"/cases/{case_id}/decision", action="approve", everyone="yes").status_code == 303
    assert all(r.approved for r in read_case(store, case_id).recipients)


def test_reject_with_reason(store: Store, logged_in: LogIn) -> None:
    """A rejection is written down with its reason, and the case page shows it."""
    case_id = hold_namesake(store)
    browser = logged_in("adam")
    browser.submit(f"/cases/{case_id}/decision", action="reject", reason="Wrong Mikko: ask for the address.")
    assert state_of(store, case_id) is CaseState.REJECTED
    page = browser.get(f"/cases/{case_id}").text
    assert "Wrong Mikko: ask for the address." in page
    assert "/decision" not in page


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"action": "reject", "reason": "  "}, "say why"),
        ({"action": "approve"}, "at least one recipient"),
        ({"action": "approve", "recipient": "7"}, "not a recipient"),
        ({"action": "burn", "reason": "x"}, "approve or reject"),
        ({"action": "reject", "reason": "x" * 3000}, "2000"),
    ],
)
def test_incomplete_decision_changes_nothing(store: Store, logged_in: LogIn, fields: dict[str, str], said: str) -> None:
    """What is missing is said beside the form (422), and the case stays held."""
    case_id = hold_namesake(store)
    answer = logged_in("sofia").submit(f"/cases/{case_id}/decision", **fields)
    assert answer.status_code == 422
    assert said in answer.text
    assert state_of(store, case_id) is CaseState.HELD


def test_what_was_typed_is_kept(store: Store, logged_in: LogIn) -> None:
    """A refused form comes back with the reason and the ticks in it."""
    case_id = hold_namesake(store)
    answer = logged_in("sofia").submit(
        f"/cases/{case_id}/decision", action="approve", recipient=["0", "9"], reason="they are <family>"
    )
    assert 'value="they are &lt;family&gt;"' in answer.text
    assert 'value="0" checked' in answer.text


def test_second_decision_comes_too_late(store: Store, logged_in: LogIn) -> None:
    """Who decides after somebody else is told so (409), and nothing changes."""
    case_id = hold_namesake(store)
    first, second = logged_in("sofia"), logged_in("adam")
    first.submit(f"/cases/{case_id}/decision", action="reject", reason="no")
    late = second.submit(f"/cases/{case_id}/decision", action="approve", recipient="0")
    assert late.status_code == 409
    assert "Somebody was quicker" in late.text
    assert state_of(store, case_id) is CaseState.REJECTED


@pytest.mark.parametrize("verb", ["approve", "reject", "reveal", "retry"])
@pytest.mark.parametrize("name", ["sofia", "adam", "olli", "aino", "anna"])
def test_who_may_do_what(store: Store, logged_in: LogIn, name: str, verb: str) -> None:
    """Supervisor and admin act; ops, auditor and the sender (a supervisor too) are refused with 403."""
    case_id = hold_namesake(store)
    if verb == "retry":
        logged_in("sofia").submit(f"/cases/{case_id}/decision", action="approve", everyone="yes")
        make_undeliverable(store, case_id)
    before = state_of(store, case_id)
    fields = {
        "approve": {"action": "approve", "recipient": "0"},
        "reject": {"action": "reject", "reason": "no"},
        "reveal": {"finding": "0", "reason": "asked by the customer"},
        "retry": {},
    }[verb]
    path = verb if verb in {"reveal", "retry"} else "decision"
    answer = logged_in(name).submit(f"/cases/{case_id}/{path}", **fields)
    if name in {"sofia", "adam"}:
        assert answer.status_code == (200 if verb == "reveal" else 303)
    else:
        assert answer.status_code == 403
        assert ("A second person must decide" if name != "aino" else "Nothing was changed.") in answer.text
        assert PASSWORD not in answer.text
        assert state_of(store, case_id) is before


@pytest.mark.parametrize(("name", "offered"), [("sofia", True), ("olli", False), ("aino", False), ("anna", False)])
def test_form_is_offered_to_second_persons_only(store: Store, logged_in: LogIn, name: str, offered: bool) -> None:
    """Who cannot decide sees the case without the decision form, and why."""
    page = logged_in(name).get(f"/cases/{hold_namesake(store)}").text
    assert ("Approve and send" in page) is offered
    assert ("/reveal" in page) is offered
    assert ("second person must decide" in page.lower()) is not offered


def test_sender_withdraws(store: Store, logged_in: LogIn) -> None:
    """The sender takes the own message back; nobody else can."""
    case_id = hold_namesake(store)
    assert logged_in("sofia").submit(f"/cases/{case_id}/withdraw").status_code == 403
    sender = logged_in("anna")
    assert "Withdraw my message" in sender.get(f"/cases/{case_id}").text
    assert sender.submit(f"/cases/{case_id}/withdraw").status_code == 303
    assert state_of(store, case_id) is CaseState.WITHDRAWN


def test_undeliverable_is_tried_again(store: Store, logged_in: LogIn) -> None:
    """The page of an undeliverable case shows the next hop's words and offers another try or a rejection."""
    case_id = hold_namesake(store)
    browser = logged_in("sofia")
    browser.submit(f"/cases/{case_id}/decision", action="approve", everyone="yes")
    make_undeliverable(store, case_id)
    page = browser.get(f"/cases/{case_id}").text
    assert "550 5.1.1 no such user" in page
    assert "Try again" in page
    assert "Give up and return it" in page
    assert browser.submit(f"/cases/{case_id}/retry").status_code == 303
    assert state_of(store, case_id) is CaseState.APPROVED


def test_reveal_shows_one_value_once(store: Store, logged_in: LogIn) -> None:
    """The value is in the answer to the form and nowhere else; the audit trail has name and reason, not the value."""
    case_id = hold_namesake(store)
    browser = logged_in("sofia")
    answer = browser.submit(f"/cases/{case_id}/reveal", finding="0", reason="the customer lost it")
    assert PASSWORD in answer.text
    assert PIN not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert PASSWORD not in browser.get(f"/cases/{case_id}").text
    with store.reading() as session:
        entry = session.exec(select(AuditRow).where(AuditRow.act == "reveal")).one()
    assert (entry.actor, entry.details["reason"]) == ("sofia", "the customer lost it")
    assert PASSWORD not in str(entry.details)


@pytest.mark.parametrize("finding", ["9", "-1", "x", "", "²", "9" * 5000])
def test_reveal_of_nothing(store: Store, logged_in: LogIn, finding: str) -> None:
    """A finding that does not exist is refused (422)."""
    answer = logged_in("sofia").submit(f"/cases/{hold_namesake(store)}/reveal", finding=finding, reason="x")
    assert answer.status_code == 422


def test_reveal_needs_a_reason(store: Store, logged_in: LogIn) -> None:
    """Without a reason nothing is shown."""
    answer = logged_in("sofia").submit(f"/cases/{hold_namesake(store)}/reveal", finding="0", reason=" ")
    assert answer.status_code == 422
    assert PASSWORD not in answer.text


@pytest.mark.parametrize("path", ["decision", "withdraw", "retry", "reveal"])
def test_forms_without_token_do_nothing(store: Store, logged_in: LogIn, path: str) -> None:
    """No token, somebody else's token, another site's page: 403, and nothing is different afterwards."""
    case_id = hold_namesake(store)
    browser, other = logged_in("sofia"), logged_in("adam")
    fields = {"action": "reject", "reason": "no", "finding": "0"}
    own, foreign = token_of(browser.get("/cases")), token_of(other.get("/cases"))
    url = f"/cases/{case_id}/{path}"
    attempts = [
        browser.post(url, data=fields),
        browser.post(url, data=fields | {"csrf": ""}),
        browser.post(url, data=fields | {"csrf": foreign}),
        browser.post(url, data=fields | {"csrf": own}, headers={"Origin": "https://evil.example"}),
        browser.post(url, data=fields | {"csrf": own}, headers={"Sec-Fetch-Site": "cross-site"}),
        browser.post(url, data=fields | {"csrf": own}, headers={"Sec-Fetch-Site": "same-site"}),
    ]
    assert [answer.status_code for answer in attempts] == [403] * 6
    assert all(PASSWORD not in answer.text for answer in attempts)
    assert state_of(store, case_id) is CaseState.HELD
    assert {entry.act for entry in read_case(store, case_id).history} == {"hold"}


def test_no_number_of_a_recipient_is_an_error(store: Store, logged_in: LogIn) -> None:
    """Five thousand digits, no digit, a recipient too many: each is refused at the form, and nothing is decided."""
    case_id = hold_namesake(store)
    browser = logged_in("sofia")
    for recipient in ("9" * 5000, "-1", "x", "7"):
        answer = browser.submit(f"/cases/{case_id}/decision", action="approve", recipient=recipient)
        assert (recipient[:9], answer.status_code) == (recipient[:9], 422)
    assert state_of(store, case_id) is CaseState.HELD


def test_store_trouble_is_a_page(store: Store, logged_in: LogIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the store fails the page says that nothing was changed, and not what the database said."""
    browser = logged_in("sofia")

    def fail(*_: object, **__: object) -> None:
        raise StoreError("database: disk I/O error at /var/lib/secret")

    monkeypatch.setattr("mailguard.desk.queue.page.list_wanted", fail)
    answer = browser.get("/cases")
    assert answer.status_code == 503
    assert "Nothing was changed" in answer.text
    assert "disk" not in answer.text


def test_unexpected_error_is_a_page(store: Store, logged_in: LogIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that nobody thought of gives a number to ask for, and not its text."""
    browser = logged_in("sofia")

    def fail(*_: object, **__: object) -> None:
        raise KeyError("Kielotie-4711 in the letter")

    monkeypatch.setattr("mailguard.desk.queue.page.list_wanted", fail)
    answer = browser.get("/cases")
    assert answer.status_code == 500
    assert "4711" not in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
