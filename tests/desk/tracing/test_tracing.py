"""The desk's page and API that tell what went where."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from mailguard.cases.awaiting.claim import claim_unread
from mailguard.cases.awaiting.conclude import try_again
from mailguard.cases.awaiting.keep import keep_unread
from mailguard.core.envelope import Envelope
from mailguard.core.settings import DeskSettings, Settings
from mailguard.desk.application import make_desk
from mailguard.incidents.tracing.bundle import check_bundle
from mailguard.incidents.tracing.journal import JournalLine, JournalRecipient, write_lines
from mailguard.store import people
from mailguard.store.audit.evidence import signing_key
from mailguard.store.store import Store
from mailguard.store.tables.audit import AuditRow
from tests.desk.conftest import URL, Browser, add_people
from tests.support.letters import CUSTOMER, SENDER, hold_letter

HOSTILE = '"><script>alert(1)</script>@evil.example'


@pytest.fixture
def journal(any_store: Store) -> Store:
    """Sixty letters that passed, and one that was held."""
    add_people(any_store)
    case_id = hold_letter(any_store)
    line = JournalLine(
        id="ABCDEFGH2222",
        at=any_store.clock(),
        reverse_path=SENDER,
        recipients=(JournalRecipient(CUSTOMER, "on_record"),),
        fate="passed",
        answer="250 2.0.0 Ok",
        size=2000,
        customers=("1001",),
        message_id="<order@operator.example>",
    )
    lines = [replace(line, id=f"ABCDEFGHJK{number:02}") for number in range(22, 82)]
    later = any_store.clock() + timedelta(seconds=2)
    held = replace(
        line, at=later, fate="held", case_id=case_id, recipients=(JournalRecipient("m@post.example", "namesake"),)
    )
    write_lines(any_store, [*lines, held, replace(line, reverse_path=HOSTILE, customers=("9",))])
    return any_store


@pytest.fixture
def browser(journal: Store) -> Browser:
    """The desk on it."""
    return Browser(make_desk(journal, Settings(desk=DeskSettings(public_url=URL)), now=journal.clock), base_url=URL)


def asked(store: Store) -> list[tuple[str, dict[str, object]]]:
    """Who traced what."""
    with store.reading() as session:
        return [(row.actor, row.details) for row in session.exec(select(AuditRow).where(AuditRow.act == "trace"))]


def test_a_customers_letters_page_by_page(journal: Store, browser: Browser) -> None:
    """All of them over two pages, the held one with its case; asked once, and that is in the audit trail."""
    browser.log_in("aino")
    first = browser.get("/trace?q=1001")
    assert "<b>61</b> messages" in first.text
    assert first.text.count('scope="row"') == 50
    assert "Belongs to another customer of the same name" in first.text
    assert "/cases/MG-" in first.text
    onward = first.text.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert browser.get(f"/trace{onward}").text.count('scope="row"') == 11
    assert asked(journal) == [("aino", {"subject": "customer", "wanted": "1001", "found": 61})]


def test_what_strangers_wrote_stays_text(browser: Browser) -> None:
    """A sender that is a script is shown as letters; so is what somebody asks for."""
    browser.log_in("sofia")
    page = browser.get("/trace", params={"q": "9"}).text
    assert "<script>" not in page
    assert "alert(1)" in page
    assert "<script>" not in browser.get("/trace", params={"q": HOSTILE}).text
    assert "Nothing in the journal" in browser.get("/trace", params={"q": "nobody@post.example"}).text


def test_the_form_alone_asks_nothing(journal: Store, browser: Browser) -> None:
    """Nor does somebody who is not logged in learn anything."""
    assert browser.get("/trace?q=1001", follow_redirects=False).status_code == 303
    browser.log_in("olli")
    assert "written into the audit trail" in browser.get("/trace").text
    assert asked(journal) == []


def test_evidence_is_downloaded_by_a_form_and_audited(journal: Store, browser: Browser, tmp_path: Path) -> None:
    """The bundle of the whole trace, not of a page; the signature fits; who took it is in the audit trail."""
    browser.log_in("olli")
    answer = browser.submit("/trace/evidence", q="1001")
    assert answer.headers["content-type"] == "application/zip"
    (tmp_path / "trace.zip").write_bytes(answer.content)
    checked = check_bundle(tmp_path / "trace.zip", signing_key(journal).public_key())
    assert (checked.problems, checked.manifest["messages"], checked.manifest["exported_by"]) == ((), 61, "olli")
    assert browser.post("/trace/evidence", data={"q": "1001"}).status_code == 403
    with journal.reading() as session:
        assert session.exec(select(AuditRow.actor).where(AuditRow.act == "trace exported")).all() == ["olli"]


def test_what_waits_to_be_read_is_shown(journal: Store, browser: Browser, tmp_path: Path) -> None:
    """Above the journal's lines, with its case id and what keeps it; where there is no line, alone; not to a sender.

    What a stranger wrote, or a next hop answered, stays text; the API and the evidence have it too.
    """
    case_id = keep_unread(journal, Envelope(HOSTILE, (CUSTOMER,), message_id="7K4M92QTC3VE"), b"Subject: a\r\n\r\n")
    job = claim_unread(journal, journal.clock())
    assert job is not None
    try_again(journal, job, "451 <b>later</b>", journal.clock())
    browser.log_in("aino")
    for asked_for, lines in ((CUSTOMER, 51), (case_id, 1)):
        page = browser.get("/trace", params={"q": asked_for}).text
        assert page.count('scope="row"') == lines
        assert "Awaiting reading" in page
        assert f'<span class="id">{case_id}</span>' in page
        assert "451 &lt;b&gt;later&lt;/b&gt;" in page
        assert "<b>1</b> message waits until its pictures are read" in page
        assert "<script>alert" not in page
        assert "Nothing in the journal" not in page
    evidence = browser.submit("/trace/evidence", q=case_id)
    (tmp_path / "trace.zip").write_bytes(evidence.content)
    checked = check_bundle(tmp_path / "trace.zip", signing_key(journal).public_key())
    assert (checked.problems, checked.manifest["messages"], checked.manifest["unread"]) == ((), 0, 1)
    assert "audit.jsonl" in checked.manifest["files"]
    header = {"Authorization": f"Bearer {people.issue_token(journal, 'aino')}"}
    told = browser.get("/api/v1/trace", params={"q": case_id}, headers=header).json()
    assert (told["total"], told["unread_total"]) == (0, 1)
    assert [(one["case"], one["fate"], one["tries"]) for one in told["unread"]] == [(case_id, "awaiting reading", 1)]


def test_the_api_gives_the_same(journal: Store, browser: Browser) -> None:
    """By token; page behind page by `next`, which is text because no script keeps so large a number."""
    header = {"Authorization": f"Bearer {people.issue_token(journal, 'aino')}"}
    first = browser.get("/api/v1/trace", params={"q": "1001", "limit": 40}, headers=header).json()
    rest = browser.get(
        "/api/v1/trace", params={"q": "1001", "limit": 40, "after": first["next"]}, headers=header
    ).json()
    assert (first["total"], len(first["messages"]), len(rest["messages"]), rest["next"]) == (61, 40, 21, None)
    (held,) = [m for m in first["messages"] + rest["messages"] if m["fate"] == "held"]
    assert (held["case_state"], held["gone"]) == ("held", False)
    assert browser.get("/api/v1/trace", params={"q": "x"}).status_code == 401
    by_address = {"q": CUSTOMER, "as": "message"}
    assert browser.get("/api/v1/trace", params=by_address, headers=header).json()["total"] == 0
