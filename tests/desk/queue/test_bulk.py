"""Several cases given back at once: seen once more, each by its own decision, and never approved."""

from collections.abc import Callable

from mailguard.cases.deciding.decide import withdraw
from mailguard.cases.reading import read_case
from mailguard.core.case import CaseState
from mailguard.store import people
from mailguard.store.store import Store
from tests.desk.conftest import Browser
from tests.desk.held import PASSWORD, SENDER, hold_lookalike, hold_namesake, hold_unrelated

LogIn = Callable[[str], Browser]


def _state(store: Store, case_id: str) -> CaseState:
    return read_case(store, case_id).summary.state


def test_seen_once_more_then_rejected(store: Store, logged_in: LogIn) -> None:
    """The first form shows the list and changes nothing; the second, ticked and with a reason, rejects each case."""
    browser, ids = logged_in("sofia"), [hold_namesake(store), hold_unrelated(store), hold_lookalike(store)]
    shown = browser.submit("/cases/bulk", case=ids)
    assert shown.status_code == 200
    assert "Reject 3 messages" in shown.text
    assert "2 senders are told" in shown.text
    assert all(_state(store, case_id) is CaseState.HELD for case_id in ids)
    done = browser.submit("/cases/bulk/reject", case=ids, count="3", sure="1", reason="ask the customer first")
    assert "3 messages were rejected" in done.text
    for case_id in ids:
        case = read_case(store, case_id)
        assert (case.summary.state, case.decided_by) == (CaseState.REJECTED, "sofia")
        assert case.decision_reason == "ask the customer first"
        assert [entry.act for entry in case.history].count("decision: reject") == 1


def test_not_without_reason_tick_and_count(store: Store, logged_in: LogIn) -> None:
    """A reason, the tick, and the number that stood on the page: without any of them nothing happens."""
    browser, ids = logged_in("sofia"), [hold_namesake(store), hold_unrelated(store)]
    for fields in (
        {"count": "2", "sure": "1"},
        {"count": "2", "reason": "why not"},
        {"count": "3", "sure": "1", "reason": "why not"},
        {"sure": "1", "reason": "why not"},
    ):
        assert browser.submit("/cases/bulk/reject", case=ids, **fields).status_code == 422
    assert browser.submit("/cases/bulk/reject", count="0", sure="1", reason="x").status_code == 422
    assert browser.submit("/cases/bulk").status_code == 422
    many = [f"MG-AAAA-{number:04}" for number in range(51)]
    assert browser.submit("/cases/bulk", case=many).status_code == 422
    assert all(_state(store, case_id) is CaseState.HELD for case_id in ids)


def test_each_case_by_its_own_right(store: Store, logged_in: LogIn) -> None:
    """Own mail, what has ended meanwhile and what repeats a secret stay, each with its why; the rest goes."""
    own, ended, secret, plain = (
        hold_unrelated(store, sender=SENDER),
        hold_unrelated(store),
        hold_namesake(store, sender="ben@partner.example"),
        hold_unrelated(store),
    )
    anna = next(person for person in people.people(store) if person.name == "anna")
    people.add_user(store, "ben", email="ben@partner.example", role=anna.role, password=None)
    browser = logged_in("anna")
    page = browser.submit("/cases/bulk", case=[own, ended, secret, plain]).text
    assert "Reject 3 messages" in page
    assert "Your own message" in page
    ben = next(person for person in people.people(store) if person.name == "ben")
    withdraw(store, ended, ben)
    ids = [own, ended, secret, plain]
    done = browser.submit("/cases/bulk/reject", case=ids, count="4", sure="1", reason=f"it says {PASSWORD}").text
    assert "2 messages stay" not in done
    assert "3 messages stay as they are" in done
    assert "1 message was rejected" in done
    assert [_state(store, case_id) for case_id in ids] == [
        CaseState.HELD,
        CaseState.WITHDRAWN,
        CaseState.HELD,
        CaseState.REJECTED,
    ]


def test_nothing_is_approved_in_bulk(store: Store, logged_in: LogIn) -> None:
    """There is no such form, and a hand-made one approves nothing."""
    browser, case_id = logged_in("sofia"), hold_unrelated(store)
    assert "Nothing is ever approved in bulk" in browser.get("/cases").text
    fields = {"case": [case_id], "count": "1", "sure": "1", "reason": "fine", "action": "approve"}
    for path in ("/cases/bulk/approve", "/cases/bulk", "/cases/bulk/reject"):
        browser.submit(path, **fields)
    assert _state(store, case_id) is CaseState.REJECTED


def test_not_by_auditor_nor_stranger_nor_get(store: Store, logged_in: LogIn, browser: Browser) -> None:
    """Who decides nothing rejects nothing, and no link does."""
    case_id = hold_unrelated(store)
    for name in ("aino", "olli"):
        logged_in(name).submit("/cases/bulk/reject", case=[case_id], count="1", sure="1", reason="no")
    browser.post("/cases/bulk/reject", data={"case": case_id, "count": "1", "sure": "1", "reason": "no"})
    logged_in("sofia").get(f"/cases/bulk/reject?case={case_id}&count=1&sure=1&reason=no")
    assert _state(store, case_id) is CaseState.HELD
