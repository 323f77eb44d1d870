"""The letter's own pages: who may open them, what is written down, what they never show."""

import re
from collections.abc import Callable

import pytest
from sqlmodel import delete, select

from mailguard.cases.reading import read_case
from mailguard.store.people.teams import set_teams
from mailguard.store.store import Store
from mailguard.store.tables.cases import BodyRow
from mailguard.store.tables.people import UserRow
from tests.desk.conftest import Browser
from tests.desk.held import NAMESAKE, PASSWORD, PIN, hold_mail, hold_unrelated, write_mail
from tests.desk.letter.held import hold_papers
from tests.support.snapshot import snapshot

LogIn = Callable[[str], Browser]


def test_files_are_listed(store: Store, logged_in: LogIn) -> None:
    """Name, kind, size and whether it can be read; the beginning of a text; no way to the file itself."""
    page = logged_in("sofia").get(f"/cases/{hold_papers(store)}").text
    listed = page.split('id="attachments"')[1].split("</section>")[0]
    text = " ".join(re.sub(r"<[^>]+>", " ", listed).split())
    for shown in (
        "order-7731.csv text · 7 kB",
        "gnp.router.png picture · 4 kB not read by the guard",
        "terms.zip Office file or archive",
        "terms.txt text · 27 bytes",
        "unknown.bin unknown type · 10 kB not readable for certain",
        "contract.pgp text · 65 bytes encrypted",
        "router 10,49.00",
        "This is the beginning.",
    ):
        assert shown in text
    assert "router 399" not in text
    assert not re.search(r"download|octet-stream;base64", listed)


def test_a_file_has_its_text_on_a_page_of_its_own(store: Store, logged_in: LogIn) -> None:
    """All of it, masked, in every way in which it was read; the look is in the history with the part's name."""
    case_id = hold_papers(store)
    answer = logged_in("aino").get(f"/cases/{case_id}/files/1")
    assert answer.status_code == 200
    assert "router 399,49.00" in answer.text
    assert PASSWORD not in answer.text
    assert f'href="/cases/{case_id}#finding-' in answer.text
    looks = [(e.actor, e.details) for e in read_case(store, case_id).history if e.act == "view part"]
    assert looks == [("aino", {"part": "attachment.2"})]


def test_html_has_a_policy_of_its_own(store: Store, logged_in: LogIn) -> None:
    """A sandbox that only our own page may frame; the page with the frame may frame nothing else than our own."""
    case_id = hold_papers(store)
    browser = logged_in("sofia")
    answer = browser.get(f"/cases/{case_id}/html/1")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox; default-src 'none'; style-src 'self'")
    assert "frame-ancestors 'self'" in policy
    assert "script-src" not in policy
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    assert answer.headers["cache-control"] == "no-store"
    assert "<script" not in answer.text
    assert "evil.example" not in answer.text
    for value in (PASSWORD, PIN):
        assert value not in answer.text
        assert value not in re.sub(r"<[^>]+>", "", answer.text)
    around = browser.get(f"/cases/{case_id}", params={"letter": "html"})
    assert "frame-src 'self'" in around.headers["content-security-policy"]
    assert "default-src 'none'" in around.headers["content-security-policy"]
    assert 'sandbox=""' in around.text
    assert "frame-src" not in browser.get(f"/cases/{case_id}").headers["content-security-policy"]


def test_a_letter_without_html_has_no_frame(store: Store, logged_in: LogIn) -> None:
    """No link to it, no frame for who asks all the same, and no page."""
    case_id = hold_unrelated(store)
    browser = logged_in("sofia")
    assert "letter=html" not in browser.get(f"/cases/{case_id}").text
    assert "<iframe" not in browser.get(f"/cases/{case_id}?letter=html").text
    assert browser.get(f"/cases/{case_id}/html/1").status_code == 404
    assert browser.get(f"/cases/{case_id}/files/1").status_code == 404


def test_a_finding_that_cannot_be_masked_is_no_view(store: Store, logged_in: LogIn) -> None:
    """A password that the letter's HTML shows turned round: the frame says so, and shows nothing of the letter."""
    html = "<p>Password: \u202e1174-eitoleiK</p><p>marmalade</p>"
    case_id = hold_papers(store, html=html, files=False)
    assert {finding["part"] for finding in read_case(store, case_id).findings} >= {"body.2.html#override"}
    page = logged_in("sofia").get(f"/cases/{case_id}/html/1").text
    assert "cannot be shown as HTML" in page
    assert "marmalade" not in page


@pytest.mark.parametrize("path", ["html/1", "files/1"])
@pytest.mark.parametrize("who", ["nobody", "another team", "gone"])
def test_who_may_not_open_them(store: Store, logged_in: LogIn, browser: Browser, path: str, who: str) -> None:
    """Without a login, for another team and after the retention time there is nothing, and nothing is noted."""
    case_id = hold_papers(store)
    visitor = browser
    if who != "nobody":
        visitor = logged_in("sofia")
    if who == "another team":
        with store.writing() as session:
            sofia = session.exec(select(UserRow).where(UserRow.name == "sofia")).one()
            set_teams(session, sofia.id or 0, {"Sales"})
    if who == "gone":
        with store.writing() as session:
            session.connection().exec_driver_sql("UPDATE cases SET state = 'expired'")
            session.execute(delete(BodyRow))
    before = snapshot(store)
    answer = visitor.get(f"/cases/{case_id}/{path}", follow_redirects=False)
    assert answer.status_code == (303 if who == "nobody" else 404)
    assert snapshot(store)["audit"] == before["audit"]


@pytest.mark.parametrize("path", ["html/0", "html/9", "files/99", "files/x", "html/-1", "files/99999999999999999999"])
def test_a_number_that_none_has(store: Store, logged_in: LogIn, path: str) -> None:
    """It is not found, or refused; never an error of ours."""
    assert logged_in("sofia").get(f"/cases/{hold_papers(store)}/{path}").status_code in {404, 422}


def test_the_page_stays_light(store: Store, logged_in: LogIn) -> None:
    """Twenty files of 100 kB add their beginnings, not themselves."""
    message = write_mail("see below", subject="x", to=NAMESAKE)
    for number in range(20):
        text = "word " * 20_000
        message.add_attachment(text.encode(), maintype="text", subtype="plain", filename=f"{number}.txt")
    case_id = hold_mail(store, message.as_bytes(), {})
    assert len(logged_in("sofia").get(f"/cases/{case_id}").content) < 120_000
