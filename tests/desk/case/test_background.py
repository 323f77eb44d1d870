"""The case page with what the register says today, what is remembered, and how many must approve."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser
from sqlmodel import select

from mailguard.cases.reading import read_case
from mailguard.cases.releasing.claim import claim
from mailguard.core.case import CaseState
from mailguard.core.errors import RegisterError
from mailguard.customers.confirmations import states
from mailguard.customers.tables.memory import PairRow
from mailguard.incidents.tracing.journal import JournalLine, JournalRecipient, write_lines
from mailguard.store.store import Store
from tests.desk.case.test_pages import HOSTILE
from tests.desk.conftest import Browser
from tests.desk.held import COPY, NAMESAKE, hold_hostile, hold_namesake, hold_unconfirmed, hold_unrelated
from tests.desk.own_scripts import without_own
from tests.desk.small_register import bring_in, put_dispute, put_pair, put_question
from tests.support.snapshot import snapshot

LogIn = Callable[[str], Browser]


@pytest.fixture
def register(store: Store, tmp_path: Path) -> Store:
    """The usual customers are on record."""
    bring_in(store, tmp_path)
    return store


def text_of(page: str) -> str:
    """What a reader sees of the part of the page that comes from the register."""
    found = page.split('class="background"')[1].split("</section>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", found).replace("&#39;", "'").split())


def pairs_of(store: Store) -> list[tuple[str, str, bool, date | None]]:
    """What has been remembered."""
    with store.reading() as session:
        rows = session.exec(select(PairRow).order_by(PairRow.id)).all()  # type: ignore[arg-type]
    return [(row.address, row.customer_id, row.approved, row.until) for row in rows]


def test_who_else_has_the_name(register: Store, logged_in: LogIn) -> None:
    """How many bear the name, and those who bear it or nearly it, with town and birth year."""
    text = text_of(logged_in("sofia").get(f"/cases/{hold_namesake(register)}").text)
    assert "3 customers bear it" in text
    for shown in ("Tampere , born 1988 · 2044", "Turku , born 1990 · 2045", "Miko Virtanen Oulu , born 1970 · 2046"):
        assert shown in text
    assert "1001" not in text


def test_state_of_an_unconfirmed_address(register: Store, logged_in: LogIn) -> None:
    """Never confirmed; then asked; then answered: the page follows, and the button is there while it helps."""
    case_id = hold_unconfirmed(register)
    browser = logged_in("sofia")
    page = browser.get(f"/cases/{case_id}").text
    assert "never confirmed" in text_of(page)
    assert "the same customer" in page
    assert "Ask the address to confirm" in page
    put_question(register, NAMESAKE, "2044")
    page = browser.get(f"/cases/{case_id}").text
    assert "no answer yet" in page
    assert "Ask the address to confirm" not in page
    put_question(register, NAMESAKE, "2044", yes=True)
    assert "This address confirmed" in text_of(browser.get(f"/cases/{case_id}").text)


def test_state_of_a_disputed_address(register: Store, logged_in: LogIn) -> None:
    """A dispute that came after the hold is told."""
    case_id = hold_unconfirmed(register)
    put_dispute(register, NAMESAKE, "2044")
    assert "disputed: its reader has said" in text_of(logged_in("sofia").get(f"/cases/{case_id}").text)


def test_remembered_pair_and_earlier_letters(register: Store, logged_in: LogIn) -> None:
    """What was decided on this address for this customer, and the letters that were held on their way to it."""
    first = hold_namesake(register)
    browser = logged_in("sofia")
    browser.submit(f"/cases/{first}/decision", action="reject", reason="wrong Mikko", remember="yes")
    text = text_of(browser.get(f"/cases/{hold_namesake(register)}").text)
    assert "Held always" in text
    assert "1 held before (rejected: 1). 1 of them about this customer." in text
    assert first in text


def test_letters_that_passed_are_told_in_sentences(register: Store, logged_in: LogIn) -> None:
    """How many, and when the last one was; one sentence does not run into the next."""
    line = JournalLine(
        id="ABCDEFGH2222",
        at=register.clock(),
        reverse_path="anna@operator.example",
        recipients=(JournalRecipient(NAMESAKE, "namesake"),),
        fate="passed",
        answer="250 2.0.0 Ok",
        size=1,
        customers=("1001",),
    )
    write_lines(register, [line])
    page = HTMLParser(logged_in("sofia").get(f"/cases/{hold_namesake(register)}").text)
    told = [" ".join(place.text().split()) for place in page.css(".past dd, .background dd")]
    assert "None held before. 1 passed unheld. The last one: 16 Nov 09:00" in told


def test_customer_no_longer_on_record(store: Store, logged_in: LogIn) -> None:
    """A letter about somebody who has left says so, and the page is whole."""
    answer = logged_in("sofia").get(f"/cases/{hold_namesake(store)}")
    assert "no longer on record" in answer.text
    assert "<b>7</b>" in answer.text


def test_decision_is_remembered_until_the_day(register: Store, logged_in: LogIn) -> None:
    """The form offers a year; the chosen day stands in the register's memory; an unticked box remembers nothing."""
    case_id = hold_unrelated(register)
    browser = logged_in("sofia")
    page = browser.get(f"/cases/{case_id}").text
    assert 'name="remember_until" value="2027-11-16" min="2026-11-17"' in page
    assert "is not held again for: Address not on record." in re.sub(r"<[^>]+>", "", page)
    fields = {"action": "approve", "recipient": "0", "remember": "yes", "remember_until": "2027-01-31"}
    assert browser.submit(f"/cases/{case_id}/decision", **fields).status_code == 303
    assert pairs_of(register) == [], "the approval can still be taken back"
    assert claim(register, register.clock() + timedelta(minutes=1)) is not None
    assert pairs_of(register) == [("m.virtanen@work.example", "1001", True, date(2027, 1, 31))]
    browser.submit(f"/cases/{hold_unrelated(register)}/decision", action="approve", recipient="0")
    assert claim(register, register.clock() + timedelta(minutes=1)) is not None
    assert len(pairs_of(register)) == 1


def test_rejection_is_remembered(register: Store, logged_in: LogIn) -> None:
    """The tick at the rejection holds every later letter; without it nothing is remembered."""
    browser = logged_in("sofia")
    page = browser.get(f"/cases/{hold_unrelated(register)}").text
    assert "Hold every later letter about this customer to this address" in page
    browser.submit(f"/cases/{hold_unrelated(register)}/decision", action="reject", reason="no")
    assert pairs_of(register) == []
    browser.submit(f"/cases/{hold_unrelated(register)}/decision", action="reject", reason="no", remember="yes")
    assert pairs_of(register) == [("m.virtanen@work.example", "1001", False, None)]


@pytest.mark.parametrize("until", ["2026-11-16", "2026-02-30", "soon", "2047-01-01", "\0", "9" * 5000])
def test_a_day_that_cannot_be(register: Store, logged_in: LogIn, until: str) -> None:
    """A day that is over, far off or none is said beside the form, and nothing is decided."""
    case_id = hold_unrelated(register)
    fields = {"action": "approve", "recipient": "0", "remember": "yes", "remember_until": until}
    answer = logged_in("sofia").submit(f"/cases/{case_id}/decision", **fields)
    if until == "\0":
        # Nothing was typed: as long as is usual.
        assert answer.status_code == 303
        return
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert read_case(register, case_id).summary.state is CaseState.HELD


def test_no_tick_where_there_is_nothing_to_remember(register: Store, logged_in: LogIn) -> None:
    """A letter that is not held for what its recipient is has no box for it."""
    assert 'name="remember"' not in logged_in("sofia").get(f"/cases/{hold_hostile(register, 'x')}").text


def test_two_must_approve(register: Store, logged_in: LogIn) -> None:
    """The first approval is told and sends nothing; the same person cannot give the second; another one can."""
    case_id = hold_namesake(register, approvals=2)
    sofia, adam = logged_in("sofia"), logged_in("adam")
    page = sofia.get(f"/cases/{case_id}").text
    assert "Approve as the first of two" in page
    assert "Two people must approve this letter" in page
    fields = {"action": "approve", "recipient": "1"}
    answer = sofia.submit(f"/cases/{case_id}/decision", **fields)
    assert answer.headers["location"] == f"/cases/{case_id}"
    page = sofia.get(f"/cases/{case_id}").text
    assert "Nothing is sent until a second person approves it too" in page
    assert "You have approved it" in page
    assert "Approve and send" not in page
    assert read_case(register, case_id).summary.state is CaseState.HELD
    assert sofia.submit(f"/cases/{case_id}/decision", **fields).status_code == 403
    page = adam.get(f"/cases/{case_id}").text
    assert "1 of 2 approvals" in page
    assert "sofia" in page
    assert "Approve and send" in page
    assert adam.submit(f"/cases/{case_id}/decision", **fields).headers["location"] == "/cases"
    case = read_case(register, case_id)
    assert case.summary.state is CaseState.APPROVED
    assert {r.address: r.approved for r in case.recipients} == {NAMESAKE: False, COPY: True}


def test_asking_an_address(register: Store, logged_in: LogIn) -> None:
    """The button writes one letter; it is in the history, the letter stays held, and a second one must wait."""
    case_id = hold_unconfirmed(register)
    browser = logged_in("sofia")
    answer = browser.submit(f"/cases/{case_id}/ask", recipient="0")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/cases/{case_id}")
    page = browser.get(f"/cases/{case_id}").text
    assert "The address is asked by a letter" in page
    assert "asked the address whether it is the customer" in page
    with register.reading() as session:
        asked = states(session, register.clock())
    assert [(question.address, question.customer_id, question.by) for question in asked] == [
        (NAMESAKE, "2044", "sofia")
    ]
    assert read_case(register, case_id).summary.state is CaseState.HELD


@pytest.mark.parametrize("name", ["olli", "aino", "anna"])
def test_who_may_not_ask(register: Store, logged_in: LogIn, name: str) -> None:
    """Ops, auditors and the sender send no letter to a customer."""
    case_id = hold_unconfirmed(register)
    before = snapshot(register)["confirmations"]
    assert logged_in(name).submit(f"/cases/{case_id}/ask", recipient="0").status_code == 403
    assert snapshot(register)["confirmations"] == before
    assert "/ask" not in logged_in(name).get(f"/cases/{case_id}").text


@pytest.mark.parametrize("recipient", ["1", "9", "-1", "x", "", "²", "9" * 5000])
def test_asking_nobody(register: Store, logged_in: LogIn, recipient: str) -> None:
    """A recipient who is set beside no customer, or is none, is refused beside the form."""
    case_id = hold_namesake(register)
    answer = logged_in("sofia").submit(f"/cases/{case_id}/ask", recipient=recipient)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_asking_an_address_that_is_not_on_record(register: Store, logged_in: LogIn) -> None:
    """The namesake's address is not asked about the other one's record, and the page says why."""
    answer = logged_in("sofia").submit(f"/cases/{hold_namesake(register)}/ask", recipient="0")
    assert answer.status_code == 422
    assert "not on record" in answer.text


def test_a_whole_login_is_the_highest_class(register: Store, logged_in: LogIn) -> None:
    """User name and password in one letter stand out in the queue and on the case page."""
    case_id = hold_namesake(register, rule="bundle.username_password_customer_number")
    browser = logged_in("sofia")
    assert 'class="row critical"' in browser.get("/cases").text
    for path in ("/cases", f"/cases/{case_id}"):
        assert '<span class="chip critical">' in browser.get(path).text or "chip critical" in browser.get(path).text
        assert "User name and password together" in browser.get(path).text


def test_looking_changes_nothing(register: Store, logged_in: LogIn) -> None:
    """GET and HEAD on the case's new act change nothing."""
    case_id = hold_unconfirmed(register)
    browser = logged_in("sofia")
    before = snapshot(register)
    for method in ("GET", "HEAD"):
        assert browser.request(method, f"/cases/{case_id}/ask", params={"recipient": "0"}).status_code == 405
    assert snapshot(register) == before


def test_register_trouble_is_no_blank_page(register: Store, logged_in: LogIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the register does not answer, nothing is decided by half a page."""
    case_id = hold_namesake(register)
    browser = logged_in("sofia")

    def fail(*_: object, **__: object) -> None:
        raise RegisterError("customer register: OperationalError")

    monkeypatch.setattr("mailguard.customers.register.Register.by_id", fail)
    answer = browser.get(f"/cases/{case_id}")
    assert answer.status_code == 503
    assert "Nothing was changed" in answer.text


@pytest.mark.parametrize("hostile", [text for text in HOSTILE if len(text) < 150 and "\x00" not in text])
def test_hostile_names_on_record(store: Store, logged_in: LogIn, tmp_path: Path, hostile: str) -> None:
    """Markup in names and towns of the register itself, in memory and in earlier cases, stays text."""
    cell = hostile.replace('"', '""')
    if not hostile.isprintable():
        cell = '""><svg onload=alert(2)>'
    bring_in(
        store,
        tmp_path,
        "1001,Mikko,Virtanen,virtanen.mikko@post.example,yes,1961-04-02,Kuja 1,02100,Espoo",
        f'2044,Mikko,Virtanen,{NAMESAKE},no,1988-11-30,Tie 2,33100,"{cell}"',
        f'2045,"Mikko {cell}",Virtanen,x@post.example,no,1988-11-30,Tie 3,33100,"{cell}"',
    )
    case_id = hold_namesake(store)
    put_pair(store, NAMESAKE, "1001", by=hostile)
    answer = logged_in("sofia").get(f"/cases/{case_id}")
    assert answer.status_code == 200
    tags = {tag.lower() for tag in re.findall(r"<([a-zA-Z]+)", without_own(answer.text))}
    assert not tags & {"script", "svg", "iframe", "object", "style", "base"}
    assert not set(answer.text) & set("\u202e\u2066\u2069\u200f\u061c\x1b\x07\x00\x7f\x85\u3164")


def test_former_address(register: Store, logged_in: LogIn, tmp_path: Path) -> None:
    """An address that has left the record since the hold is told as such."""
    case_id = hold_unconfirmed(register)
    bring_in(register, tmp_path, f"2044,Mikko,Virtanen,new.{NAMESAKE},no,1988-11-30,Tie 2,33100,Tampere")
    text = text_of(logged_in("sofia").get(f"/cases/{case_id}").text)
    assert "not on this customer's record" in text
    assert "Ask the address" not in text
