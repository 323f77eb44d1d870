"""What is said about a case: comments, questions to the sender, answers, returns, and the sender's own page."""

import json
from collections.abc import Callable

import httpx
import pytest
from sqlmodel import select

from mailguard.cases.reading import read_case
from mailguard.core.case import CaseState
from mailguard.core.person import Role
from mailguard.store import people
from mailguard.store.store import Store
from mailguard.store.tables.audit import AuditRow
from mailguard.store.tables.outbox import NoticeRow
from tests.conftest import TurnableClock
from tests.desk.conftest import PASSPHRASE, Browser
from tests.desk.held import ESPOO, NAMESAKE, PASSWORD, PIN, SENDER, TAMPERE, hold_namesake, hold_unrelated

LoggedIn = Callable[[str], Browser]
Token = Callable[[str], dict[str, str]]
ELSEWHERE = "ben@partner.example"


@pytest.fixture
def ben(store: Store, users: None, logged_in: LoggedIn) -> Browser:
    """A sender with no other role, and his browser."""
    people.add_user(store, "ben", email=ELSEWHERE, role=Role.SENDER, password=PASSPHRASE)
    return logged_in("ben")


def letters(store: Store, kind: str) -> list[tuple[str, dict[str, object]]]:
    """To whom letters of a kind go, and what is written with them."""
    with store.reading() as session:
        rows = session.exec(select(NoticeRow).where(NoticeRow.kind == kind).order_by(NoticeRow.id))  # type: ignore[arg-type]
        return [(row.to, row.details) for row in rows]


def say(browser: Browser, case_id: str, kind: str, text: str) -> httpx.Response:
    """A reviewer's words by the form."""
    return browser.submit(f"/cases/{case_id}/remarks", kind=kind, text=text)


def say_own(browser: Browser, case_id: str, act: str, text: str) -> httpx.Response:
    """The sender's words by the form."""
    return browser.submit(f"/mine/{case_id}/{act}", text=text)


def test_a_question_and_its_answer_go_by_letters_without_words(store: Store, logged_in: LoggedIn, ben: Browser) -> None:
    """The sender is told that there is a question, reads and answers it on their page, and the asker is told that."""
    case_id = hold_unrelated(store, sender=ELSEWHERE)
    sofia = logged_in("sofia")
    assert say(sofia, case_id, "question", "Did the customer give you this address?").status_code == 303
    assert letters(store, "question") == [(ELSEWHERE, {})]
    page = ben.get(f"/mine/{case_id}").text
    assert "Did the customer give you this address?" in page
    assert "sofia" not in page
    assert say_own(ben, case_id, "answer", "Yes, on the telephone today.").status_code == 303
    assert letters(store, "answer") == [("sofia@operator.example", {})]
    assert "Yes, on the telephone today." in sofia.get(f"/cases/{case_id}").text
    assert read_case(store, case_id).summary.state is CaseState.HELD


def test_comments_are_kept_from_the_senders_side(store: Store, logged_in: LoggedIn, token: Token) -> None:
    """Reviewers read each other's comments; the sender, a supervisor herself, reads none and writes none."""
    case_id = hold_namesake(store)
    assert say(logged_in("sofia"), case_id, "comment", "I ring the shop.").status_code == 303
    assert "I ring the shop." in logged_in("adam").get(f"/cases/{case_id}").text
    anna = logged_in("anna")
    assert "I ring the shop." not in anna.get(f"/cases/{case_id}").text
    assert "I ring the shop." not in anna.get(f"/mine/{case_id}").text
    assert "I ring the shop." not in anna.get(f"/api/v1/cases/{case_id}/remarks", headers=token("anna")).text
    assert say(anna, case_id, "comment", "It is fine.").status_code == 403


def test_words_that_repeat_a_secret_are_refused(store: Store, logged_in: LoggedIn) -> None:
    """Nobody's words may carry a password or PIN of the letter, the sender's neither; the try is in the trail."""
    case_id = hold_namesake(store)
    sofia, anna = logged_in("sofia"), logged_in("anna")
    assert say(sofia, case_id, "question", f"Is {PASSWORD} new?").status_code == 422
    assert say(sofia, case_id, "question", "Is the password new?").status_code == 303
    assert say_own(anna, case_id, "answer", f"The PIN is {PIN}.").status_code == 422
    assert say_own(anna, case_id, "business-reason", f"He needs {PASSWORD} today.").status_code == 422
    with store.reading() as session:
        refused = session.exec(select(AuditRow.actor).where(AuditRow.act == "reason refused")).all()
        written = json.dumps([row.details for row in session.exec(select(AuditRow))])
    assert refused == ["sofia", "anna", "anna"]
    assert "Is the password new?" not in written


def test_return_for_correction_is_a_rejection_with_a_letter_of_its_own(
    store: Store, logged_in: LoggedIn, ben: Browser
) -> None:
    """The sender hears what to mend; nothing is sent and nothing remembered of the address."""
    case_id = hold_unrelated(store, sender=ELSEWHERE)
    answer = logged_in("sofia").submit(f"/cases/{case_id}/return", text="Write to the address in the contract.")
    assert answer.status_code == 303
    assert read_case(store, case_id).summary.state is CaseState.REJECTED
    ((to, details),) = letters(store, "returned")
    assert (to, details["reason"]) == (ELSEWHERE, "Write to the address in the contract.")
    assert letters(store, "rejected") == []
    with store.reading() as session:
        assert not session.exec(select(AuditRow).where(AuditRow.act == "pair remembered")).all()


def test_the_sender_sees_a_decision_only_when_it_is_final(
    store: Store, logged_in: LoggedIn, ben: Browser, clock: TurnableClock
) -> None:
    """While a return can be taken back the page says held; afterwards it says what to mend."""
    case_id = hold_unrelated(store, sender=ELSEWHERE)
    logged_in("sofia").submit(f"/cases/{case_id}/return", text="Mend the address.")
    assert "Nothing has been sent. A second person looks at it" in ben.get(f"/mine/{case_id}").text
    assert "Mend the address." not in ben.get(f"/mine/{case_id}").text
    clock.turn(seconds=11)
    page = ben.get(f"/mine/{case_id}").text
    assert "Mend the address." in page
    assert "Returned for correction" in page


def test_a_sender_sees_their_own_mail_and_nothing_else(store: Store, ben: Browser) -> None:
    """The start page is one's own mail; others' cases are not found, and the reviewers' pages are closed."""
    mine, other = hold_unrelated(store, sender=ELSEWHERE), hold_namesake(store)
    assert ben.get("/", follow_redirects=False).headers["location"] == "/mine"
    listed = ben.get("/mine").text
    assert mine in listed
    assert other not in listed
    assert ben.get(f"/mine/{other}").status_code == 404
    assert ben.get(f"/cases/{mine}").status_code in {403, 404}
    assert ben.get("/cases").status_code == 403
    assert say_own(ben, other, "business-reason", "Let it go.").status_code == 404


def test_the_page_of_a_sender_tells_nothing_of_the_register(store: Store, logged_in: LoggedIn, token: Token) -> None:
    """Neither the customers' numbers and towns nor a masked value: who may send could collect the register there."""
    case_id = hold_namesake(store)
    anna = logged_in("anna")
    shown = anna.get(f"/mine/{case_id}").text
    told = anna.get(f"/api/v1/mine/{case_id}", headers=token("anna")).text
    for text in (shown, told):
        assert NAMESAKE.split("@")[0] in text
        for hidden in (ESPOO.customer_id, TAMPERE.customer_id, ESPOO.city, TAMPERE.city, "1961", PASSWORD, PIN, "•"):
            assert hidden not in text, hidden
    assert "It seems to belong to another person of the same name." in shown
    assert "For the next time" in shown


def test_the_sender_withdraws_and_gives_a_reason_there(store: Store, ben: Browser, logged_in: LoggedIn) -> None:
    """Without a question there is nothing to answer; a business reason is read by reviewers; withdrawing ends it."""
    case_id = hold_unrelated(store, sender=ELSEWHERE)
    assert say_own(ben, case_id, "answer", "Hello?").status_code == 422
    assert say_own(ben, case_id, "business-reason", "The flat is empty from Friday on.").status_code == 303
    assert "The flat is empty from Friday on." in logged_in("sofia").get(f"/cases/{case_id}").text
    assert say_own(ben, case_id, "withdraw", "").status_code == 303
    assert "You took it back." in ben.get(f"/mine/{case_id}").text
    assert say_own(ben, case_id, "business-reason", "Too late.").status_code == 409


def test_nobody_else_says_it(store: Store, logged_in: LoggedIn, token: Token, browser: Browser) -> None:
    """A question is a second person's, an answer the sender's; an auditor and ops ask nobody, a letter of a machine has
    nobody to ask."""
    case_id = hold_namesake(store)
    for name, kind, status in (
        ("aino", "comment", 403),
        ("aino", "question", 403),
        ("olli", "question", 403),
        ("olli", "comment", 201),
        ("sofia", "question", 201),
    ):
        said = {"kind": kind, "text": "Who is it for?"}
        answer = browser.post(f"/api/v1/cases/{case_id}/remarks", json=said, headers=token(name))
        assert answer.status_code == status, (name, kind)
    said = {"kind": "answer", "text": "For him."}
    assert browser.post(f"/api/v1/mine/{case_id}/remarks", json=said, headers=token("sofia")).status_code == 404
    assert browser.post(f"/api/v1/mine/{case_id}/remarks", json=said, headers=token("anna")).status_code == 201
    bounce = hold_unrelated(store, sender="")
    said = {"kind": "question", "text": "Who are you?"}
    assert browser.post(f"/api/v1/cases/{bounce}/remarks", json=said, headers=token("sofia")).status_code == 422


def test_own_mail_over_the_api_is_paged_newest_first(
    store: Store, token: Token, browser: Browser, clock: TurnableClock
) -> None:
    """Each page goes on where the one before ended."""
    ids = []
    for _ in range(3):
        ids.append(hold_unrelated(store, sender=SENDER))
        clock.turn(minutes=1)
    headers = token("anna")
    first = browser.get("/api/v1/mine?limit=2", headers=headers).json()
    assert [one["id"] for one in first["mails"]] == [ids[2], ids[1]]
    second = browser.get(f"/api/v1/mine?limit=2&after={first['next']}", headers=headers).json()
    assert ([one["id"] for one in second["mails"]], second["next"]) == ([ids[0]], None)
