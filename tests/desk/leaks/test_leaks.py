"""Reported leaks in the desk: everybody reports, triage works on them, and words are opened by POST and on record."""

import pytest
from sqlmodel import select

from mailguard.core.settings import DeskSettings, Settings
from mailguard.desk.application import make_desk
from mailguard.incidents.reports.answering import answer, read_report_letter
from mailguard.incidents.reports.intake import Submission, take_submission
from mailguard.incidents.reports.report import Channel
from mailguard.store import people
from mailguard.store.store import Store
from mailguard.store.tables.audit import AuditRow
from tests.desk.conftest import URL, Browser, add_people
from tests.desk.own_scripts import without_own
from tests.incidents.reports.test_reports import READER, passed

SETTINGS = Settings(desk=DeskSettings(public_url=URL))
HOSTILE = '"><script>alert(1)</script>'


@pytest.fixture
def browser(any_store: Store) -> Browser:
    """The desk, and a reader's report that is proved."""
    add_people(any_store)
    passed(any_store, 1, "1001")
    said = Submission(READER, f"Not mine {HOSTILE}", Channel.PAGE, "en", HOSTILE, network="192.0.2.1")
    take_submission(any_store, SETTINGS, said)
    with any_store.reading() as session:
        letter = read_report_letter(session, any_store, 1)
    assert letter
    answer(any_store, letter.link.reveal(), letter.code.reveal())
    return Browser(make_desk(any_store, SETTINGS, now=any_store.clock), base_url=URL)


def acts(store: Store) -> list[tuple[str, str]]:
    """Who did what with reports."""
    with store.reading() as session:
        return [(row.actor, row.act) for row in session.exec(select(AuditRow)) if "report" in row.act]


def test_the_list_and_one_report(browser: Browser) -> None:
    """What a stranger wrote is harmless text; what they said is sealed until it is opened."""
    browser.log_in("olli")
    listed = browser.get("/leak-reports?state=opened")
    assert READER in listed.text.replace("<wbr>", "")
    for state in ("waiting", "all", "unproved", HOSTILE):
        assert browser.get("/leak-reports", params={"state": state}).status_code in (200, 422)
    page = browser.get("/leak-reports/1")
    assert page.status_code == 200
    assert "Not mine" not in page.text
    assert "<script" not in without_own(page.text + listed.text)
    assert browser.get("/leak-reports/99").status_code == 404


def test_words_open_by_a_form_and_on_record(any_store: Store, browser: Browser) -> None:
    """A GET opens nothing; an auditor's form opens nothing either."""
    browser.log_in("olli")
    assert browser.get("/leak-reports/1/words").status_code == 405
    opened = browser.submit("/leak-reports/1/words")
    assert "Not mine &#34;&gt;&lt;script&gt;" in opened.text
    assert ("olli", "report words opened") in acts(any_store)
    browser.submit("/logout")
    browser.log_in("aino")
    assert browser.submit("/leak-reports/1/words").status_code == 403
    assert "Open the words" not in browser.get("/leak-reports/1").text


def test_one_of_the_staff_reports_and_triage_works_on_it(any_store: Store, browser: Browser) -> None:
    """An auditor reports; a supervisor asks, then opens a breach; a second report is dismissed with a reason."""
    browser.log_in("aino")
    assert browser.get("/leak-reports/new").status_code == 200
    assert browser.submit("/leak-reports", words=" ").status_code == 422
    assert (
        browser.submit("/leak-reports", words="List to the wrong man", about="1001").headers["location"]
        == "/leak-reports/2"
    )
    browser.submit("/leak-reports", words="Nothing, I think")
    browser.submit("/logout")
    browser.log_in("sofia")
    assert browser.submit("/leak-reports/2/question", question="Which list?").status_code == 303
    assert browser.submit("/leak-reports/2/question", question="And when?").status_code == 422
    opened = browser.submit("/leak-reports/2/breach")
    assert browser.get(opened.headers["location"]).status_code == 200
    assert browser.submit("/leak-reports/2/breach").status_code == 409
    assert browser.submit("/leak-reports/3/dismissal", reason="").status_code == 422
    assert browser.submit("/leak-reports/3/dismissal", reason="Nothing had gone out").status_code == 303
    assert "Nothing had gone out" in browser.get("/leak-reports/3").text


def test_the_api_does_the_same(any_store: Store, browser: Browser) -> None:
    """List, one, words, question, dismissal, breach, and the staff's report, with a token."""
    tokens = {name: {"Authorization": f"Bearer {people.issue_token(any_store, name)}"} for name in ("sofia", "aino")}
    path = "/api/v1/reports"
    assert browser.get(path).status_code == 401
    (listed,) = browser.get(path, headers=tokens["aino"]).json()["reports"]
    assert (listed["address"], listed["customers"], len(listed["letters"])) == (READER, ["1001"], 1)
    assert "words" not in listed
    made = browser.post(path, headers=tokens["aino"], json={"words": "A list"})
    assert (made.status_code, made.json()["id"], made.json()["by"]) == (201, 2, "aino")
    assert browser.get(f"{path}?limit=1", headers=tokens["aino"]).json()["next"] == 2
    assert browser.get(f"{path}?state=nonsense", headers=tokens["aino"]).status_code == 422
    words = browser.post(f"{path}/1/words", headers=tokens["sofia"]).json()["words"]
    assert [one["text"] for one in words] == [f"Not mine {HOSTILE}"]
    for act, body, status in (
        ("words", {}, 403),
        ("question", {"question": "Why?"}, 403),
        ("dismissal", {"reason": "x"}, 403),
        ("breach", {}, 403),
    ):
        assert browser.post(f"{path}/2/{act}", headers=tokens["aino"], json=body).status_code == status
    assert browser.post(f"{path}/2/question", headers=tokens["sofia"], json={"question": "Why?"}).status_code == 200
    assert browser.post(f"{path}/1/dismissal", headers=tokens["sofia"], json={"reason": "x"}).status_code == 409
    opened = browser.post(f"{path}/2/breach", headers=tokens["sofia"])
    assert opened.json()["state"] == "opened"
    assert browser.post(f"{path}/7/breach", headers=tokens["sofia"]).status_code == 404
