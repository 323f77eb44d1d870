"""The desk's pages and API for drafts of a breach, and the register as a file."""

import csv
from collections.abc import Callable
from dataclasses import replace
from io import StringIO

import pypdfium2
import pytest
from sqlmodel import col, func, select

from mailguard.core.settings import DeskSettings, Settings
from mailguard.desk.application import make_desk
from mailguard.desk.incidents.fields import DATA_CLASSES
from mailguard.incidents.breaches.breach import Origin
from mailguard.incidents.breaches.register import open_breach
from mailguard.incidents.drafts.kinds import LANGUAGES
from mailguard.incidents.drafts.wording import load_wording
from mailguard.store import people
from mailguard.store.store import Store
from mailguard.store.tables.audit import AuditRow
from mailguard.store.tables.breaches import BreachEntryRow
from tests.desk.conftest import URL, Browser, add_people
from tests.incidents.drafts.breaches import SETTINGS, USUAL

HOSTILE = "</textarea><script>alert(1)</script>"
HERE = "/breaches/2026-0001/drafts"


@pytest.fixture
def kept(store: Store) -> Store:
    """A register with one breach."""
    add_people(store)
    facts = replace(USUAL, detected_at=store.clock(), aware_at=None, happened_from=None, containment=HOSTILE)
    with store.writing() as session:
        open_breach(session, store, facts, origin=Origin.HAND, by="olli", at=store.clock())
    return store


@pytest.fixture
def logged_in(kept: Store) -> Callable[[str], Browser]:
    """A browser in which the person is logged in."""
    incidents = SETTINGS.incidents.model_copy(update={"regimes": ["gdpr"]})
    settings = Settings(desk=DeskSettings(public_url=URL), report=SETTINGS.report, incidents=incidents)
    desk = make_desk(kept, settings, now=kept.clock)

    def log_in(name: str) -> Browser:
        browser = Browser(desk, base_url=URL)
        browser.log_in(name)
        return browser

    return log_in


def audited(store: Store, act: str) -> list[tuple[str, object, object]]:
    with store.reading() as session:
        rows = session.exec(select(AuditRow).where(AuditRow.act == act).order_by(col(AuditRow.seq))).all()
    return [(row.actor, row.details.get("kind", row.details.get("format")), row.details.get("form")) for row in rows]


def test_the_way_to_a_draft(kept: Store, logged_in: Callable[[str], Browser]) -> None:
    """From the breach to the list, to a draft in a language with its gaps; the list is not audited, the draft is."""
    browser = logged_in("sofia")
    assert f'href="{HERE}"' in browser.get("/breaches/2026-0001").text
    listed = browser.get(HERE).text
    assert f'href="{HERE}/people/fi"' in listed
    assert listed.index("authority_1") < listed.index("do not call for") < listed.index("telecom_1")
    assert audited(kept, "breach draft") == []
    page = browser.get(f"{HERE}/people/fi").text
    assert "Hyvä asiakkaamme," in page
    assert 'To be filled in <span class="count">2</span>' in page
    assert 'href="/breaches/2026-0001#f-remedy"' in page
    assert 'href="/breaches/2026-0001#f-happened_from"' in page
    assert audited(kept, "breach draft") == [("sofia", "people", "page")]


def test_having_a_draft_changes_nothing_else(kept: Store, logged_in: Callable[[str], Browser]) -> None:
    """Only the audit trail grows: no entry of the breach, no letter."""
    browser = logged_in("sofia")
    browser.get(f"{HERE}/reader/en")
    with kept.reading() as session:
        assert session.exec(select(func.count()).select_from(BreachEntryRow)).one() == 1
    assert browser.head(f"{HERE}/reader/en").status_code == 405


def test_hostile_words_stay_in_the_text(logged_in: Callable[[str], Browser]) -> None:
    """A field cannot end the text area, and a page that is downloaded can run nothing."""
    browser = logged_in("sofia")
    page = browser.get(f"{HERE}/people/en").text
    assert HOSTILE not in page
    assert "&lt;/textarea&gt;&lt;script&gt;" in page
    file = browser.get(f"{HERE}/people/en/html")
    assert HOSTILE not in file.text
    assert "sandbox" in file.headers["content-security-policy"]


def test_as_files(kept: Store, logged_in: Callable[[str], Browser]) -> None:
    """Text, HTML and PDF, each kept under a name that says what it is, each audited."""
    browser = logged_in("olli")
    for form, start in (
        ("txt", b"Information om dina personuppgifter"),
        ("html", b"<!doctype html>"),
        ("pdf", b"%PDF-"),
    ):
        file = browser.get(f"{HERE}/people/sv/{form}")
        assert file.content.startswith(start)
        assert file.headers["content-disposition"] == f'attachment; filename="breach-2026-0001-people-sv.{form}"'
    pages = pypdfium2.PdfDocument(file.content)
    assert "Vad du kan göra" in pages[0].get_textpage().get_text_range() + pages[1].get_textpage().get_text_range()
    assert audited(kept, "breach draft") == [("olli", "people", form) for form in ("txt", "html", "pdf")]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/breaches/2026-0099/drafts", 404),
        ("/breaches/2026-0099/drafts/people/en", 404),
        ("/breaches/%00/drafts/people/en", 404),
        (f"{HERE}/novel/en", 422),
        (f"{HERE}/people/tlh", 422),
        (f"{HERE}/people/en/exe", 422),
        ("/breaches/export/exe", 422),
        ("/breaches/export/csv?since=yesterday", 422),
        ("/breaches/export/csv?since=0001-01-01", 422),
    ],
)
def test_what_there_is_not(kept: Store, logged_in: Callable[[str], Browser], path: str, status: int) -> None:
    """An unknown breach, kind, language or form is refused, and nothing of it is in the audit trail."""
    assert logged_in("sofia").get(path).status_code == status
    assert audited(kept, "breach draft") == []


def test_for_scripts(kept: Store, logged_in: Callable[[str], Browser]) -> None:
    """The API gives text, HTML and gaps, with a token alone; a stranger gets nothing."""
    browser = logged_in("nobody")
    path = "/api/v1/breaches/2026-0001/drafts/authority_1"
    assert browser.get(path).status_code == 401
    token = {"Authorization": f"Bearer {people.issue_token(kept, 'sofia')}"}
    told = browser.get(f"{path}?language=pl", headers=token).json()
    assert told["subject"].startswith("Zgłoszenie naruszenia")
    assert {"field": "aware_at", "what": "kiedy organizacja stwierdziła naruszenie"} in told["gaps"]
    assert "containment" in told["written"]
    assert browser.get(f"{path}?language=xx", headers=token).status_code == 422
    assert browser.get("/api/v1/breaches/2026-0009/drafts/people", headers=token).status_code == 404
    assert audited(kept, "breach draft") == [("sofia", "authority_1", "json")]


def test_a_stranger_is_led_to_the_login(kept: Store, logged_in: Callable[[str], Browser]) -> None:
    """Neither drafts nor the register are for those who are not logged in."""
    stranger = logged_in("nobody")
    for path in (HERE, f"{HERE}/people/en", f"{HERE}/people/en/pdf", "/breaches/export/csv"):
        assert stranger.get(path, follow_redirects=False).headers["location"].startswith("/login")
    assert audited(kept, "breach draft") == audited(kept, "breach export") == []


def test_the_register_as_a_file(kept: Store, logged_in: Callable[[str], Browser]) -> None:
    """CSV and PDF from the list; an auditor's has masked addresses; each is audited."""
    whole = logged_in("olli").get("/breaches/export/csv")
    assert whole.headers["content-disposition"] == 'attachment; filename="breach-register-2026-11-16.csv"'
    assert next(csv.DictReader(StringIO(whole.text)))["addresses"] == "m.virtanen@post.example"
    assert "2026-0001" not in logged_in("olli").get("/breaches/export/csv?since=2026-11-17").text
    auditor = logged_in("aino")
    assert "m.virtanen@post.example" not in auditor.get("/breaches/export/csv").text
    assert auditor.get("/breaches/export/pdf").content.startswith(b"%PDF-")
    assert '"/breaches/export/pdf"' in auditor.get("/breaches").text
    assert audited(kept, "breach export") == [("olli", "csv", None)] * 2 + [
        ("aino", "csv", None),
        ("aino", "pdf", None),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_data_has_its_word(language: str) -> None:
    """What may be ticked in the form has words in the letters of every language."""
    assert set(DATA_CLASSES) <= set(load_wording(language).words["data"])
