"""The desk in six languages: nothing is left in English, every sentence keeps its values, and who chooses wins."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from sqlmodel import select

from mailguard.desk.language import catalogue, formats
from mailguard.desk.language.choice import LANGUAGES, own_path
from mailguard.store.store import Store
from mailguard.store.tables.people import UserRow
from tests.desk.conftest import Browser
from tests.desk.everything import fill, pages
from tests.desk.held import hold_namesake
from tests.messages.bare import bare_texts
from tests.messages.gathering import TRANSLATED, gather, lacking, read_catalogue

LogIn = Callable[[str], Browser]
_PLACES = re.compile(r"%\((\w+)\)s")


@pytest.fixture(scope="module")
def wanted() -> set[str]:
    """Every text of the sources, both forms of a plural."""
    return {text for message in gather() for text in forms(message.id)}


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated(language: str) -> None:
    """Each text of templates, tables and errors is in the catalogue, with all plural forms of the language."""
    assert [f"{text} ({places})" for text, places in lacking(gather(), language)] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_values_stand_in_every_translation(language: str) -> None:
    """What a sentence is filled with is the same in both languages; one form of a plural may leave its number out."""
    wrong = [message.id for message in read_catalogue(language) if message.id and not _agrees(message)]
    assert wrong == []


def test_no_text_stands_outside_of_the_catalogues() -> None:
    """Texts of templates, and of attributes that are read to people, go through gettext."""
    assert list(bare_texts()) == []


def test_what_is_shown_is_what_was_gathered(
    store: Store, tmp_path: Path, logged_in: LogIn, wanted: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No page asks for a text that the sources do not mark: words of tables, states and errors included."""
    asked: set[str] = set()
    monkeypatch.setattr(catalogue, "_catalogue", lambda language: _Noting(asked))
    known = fill(store, tmp_path)
    browser = logged_in("sofia")
    for path in pages(known):
        browser.get(path)
    assert {text for text in asked if text not in wanted and re.search(r"[^\W\d_]{2}", text)} == set()


@pytest.mark.parametrize(
    ("of_person", "cookie", "header", "shown"),
    [
        (None, None, None, "en"),
        (None, None, "sv-FI,sv;q=0.9,en;q=0.5", "sv"),
        (None, None, "ja, *;q=0.1", "en"),
        (None, "de.dark.keys", "sv", "de"),
        (None, "xx.pink.off", "sv", "sv"),
        ("pl", "de.auto.keys", "sv", "pl"),
    ],
)
def test_who_chooses_the_language(
    store: Store, logged_in: LogIn, of_person: str | None, cookie: str | None, header: str | None, shown: str
) -> None:
    """The person's own language, else the cookie, else the browser's, else the house's."""
    with store.writing() as session:
        session.exec(select(UserRow).where(UserRow.name == "sofia")).one().language = of_person
    browser = logged_in("sofia")
    if cookie:
        browser.cookies.set("mailguard-display", cookie)
    page = browser.get("/cases", headers={"accept-language": header} if header else {})
    assert f'<html lang="{shown}"' in page.text
    # The error is in the same language as the page.
    assert f'<html lang="{shown}"' in browser.get("/none", headers={"accept-language": header} if header else {}).text


def test_the_switch_needs_the_form(store: Store, logged_in: LogIn, browser: Browser) -> None:
    """A person's language is changed by their own form only; somebody without a login changes a cookie only."""
    person = logged_in("sofia")
    assert person.post("/display", data={"language": "fi"}, follow_redirects=False).status_code == 403
    assert language_of(store) is None
    answer = person.submit("/display", language="fi", here="/cases?state=all")
    assert (answer.status_code, answer.headers["location"]) == (303, "/cases?state=all")
    assert language_of(store) == "fi"
    assert "Pysäytetyt viestit" in person.get("/cases").text
    assert person.submit("/display", language="xx", here="//evil.example/").headers["location"] == "/cases"
    assert language_of(store) == "fi"
    answer = browser.post("/display", data={"language": "sv", "scheme": "dark", "keys": "off"}, follow_redirects=False)
    assert answer.cookies["mailguard-display"] == "sv.dark.off"
    assert '<html lang="sv" data-scheme="dark" data-keys="off">' in browser.get("/login").text
    elsewhere = {"sec-fetch-site": "cross-site"}
    assert browser.post("/display", data={"language": "pl"}, headers=elsewhere).status_code == 403


def test_looking_does_not_choose(store: Store, logged_in: LogIn) -> None:
    """No address changes how pages look."""
    browser = logged_in("sofia")
    for path in ("/cases?language=fi", "/display?language=fi", "/login?language=fi"):
        browser.get(path)
    assert language_of(store) is None
    assert "mailguard-display" not in browser.cookies


@pytest.mark.parametrize(
    "wanted_path", ["//evil.example", "https://evil.example", "/\\evil.example", "/cases\r\nX: y", "", "javascript:1"]
)
def test_the_way_back_is_one_of_ours(wanted_path: str) -> None:
    """What a form names as the page to go back to is never an address elsewhere."""
    assert own_path(wanted_path) == "/cases"


def test_dates_numbers_and_sizes_are_the_language_s(speaking: Callable[[str], None]) -> None:
    """Separators, decimal signs and units by Unicode CLDR; spans by the catalogue."""
    speaking("fi")
    assert formats.count(1_234_567) == "1\xa0234\xa0567"
    assert formats.octets(3_200_000) == "3,2 Mt"
    assert formats.span(timedelta(days=3, hours=4)) == "3 pv 4 t"
    assert formats.typed_day("2026-11-22") == "22.11.2026"
    assert formats.typed_day("tomorrow") == "tomorrow"
    speaking("de")
    assert formats.count(1_234_567) == "1.234.567"
    speaking("en")
    assert formats.span(timedelta(hours=4, minutes=5)) == "4 h 5 min"
    assert formats.octets(812) == "812 bytes"


def test_every_language_shows_the_case_page(store: Store, logged_in: LogIn) -> None:
    """In each of the six the page comes, says which language it is, and leaves the letter's own words alone."""
    case_id = hold_namesake(store)
    browser = logged_in("sofia")
    for language in LANGUAGES:
        browser.submit("/display", language=language)
        page = browser.get(f"/cases/{case_id}")
        assert page.status_code == 200
        assert f'<html lang="{language}"' in page.text
        assert "Your order 7731 and login" in page.text


def language_of(store: Store) -> str | None:
    """What sofia's account says."""
    with store.reading() as session:
        return session.exec(select(UserRow.language).where(UserRow.name == "sofia")).one()


def forms(text: object) -> tuple[str, ...]:
    """The text, or both forms of a plural."""
    return tuple(text) if isinstance(text, list | tuple) else (str(text),)


def _agrees(message: Message) -> bool:
    allowed = {name for text in forms(message.id) for name in _PLACES.findall(text)}
    told = [set(_PLACES.findall(text)) for text in forms(message.string) if text]
    if isinstance(message.id, str):
        return all(found == allowed for found in told)
    return all(found <= allowed for found in told)


class _Noting:
    def __init__(self, asked: set[str]) -> None:
        self._asked = asked

    def gettext(self, text: str) -> str:
        self._asked.add(text)
        return text

    def ngettext(self, one: str, many: str, number: int) -> str:
        self._asked |= {one, many}
        return one if number == 1 else many

    def pgettext(self, context: str, text: str) -> str:
        return self.gettext(text)

    def npgettext(self, context: str, one: str, many: str, number: int) -> str:
        return self.ngettext(one, many, number)
