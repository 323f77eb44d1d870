"""The page that a letter to an unconfirmed address leads to: nobody logs in, and nothing happens without the code."""

import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser as Chromium
from selectolax.lexbor import LexborHTMLParser as HTMLParser
from structlog.testing import capture_logs

from mailguard.cases.addresses.confirming import ask_confirmation, confirmation_key
from mailguard.core.settings import Settings
from mailguard.customers.confirmations import Question, confirmed, read_question
from mailguard.customers.disputes import list_disputes
from mailguard.customers.importing import import_customers
from mailguard.desk.application import make_desk
from mailguard.desk.strangers.languages import preferred_language, words_in
from mailguard.notices.wording import TEMPLATES
from mailguard.store.store import Store
from tests.conftest import TurnableClock
from tests.customers.conftest import HEADER
from tests.desk.conftest import URL, Browser
from tests.desk.strangers.robot import crawl
from tests.desk.window import FAINT_TEXTS, Desk, Visit, chromium, desk  # noqa: F401 - fixtures
from tests.support.snapshot import snapshot

ADDRESS = "matti.virtanen@mail.example"
CUSTOMER = f"2044,Matti,Virtanen,,{ADDRESS},,1988-01-02,Mäkitie 1,33100,Tampere,FI,,,no"
LANGUAGES = ("en", "fi", "sv", "pl", "nl", "de")
SETTINGS = Settings(desk={"public_url": URL}, notices={"from_address": "guard@operator.example"})


def put_question(store: Store, folder: Path, country: str = "FI") -> Question:
    """A customer on record whose address is asked."""
    file = folder / "customers.csv"
    file.write_text(f"{HEADER}\n{CUSTOMER.replace(',FI,', f',{country},')}\n", encoding="utf-8")
    import_customers(store.engine, file, {}, lambda done, total: None)
    number = ask_confirmation(store, SETTINGS, ADDRESS, "2044", "sofia")
    with store.reading() as session:
        question = read_question(session, number, store.clock(), key=confirmation_key(store))
    assert question
    return question


@pytest.fixture
def question(store: Store, tmp_path: Path) -> Question:
    """An open question to a Finnish customer."""
    return put_question(store, tmp_path)


@pytest.fixture
def stranger(store: Store) -> Browser:
    """Somebody's browser: no cookie, no login."""
    app: FastAPI = make_desk(store, SETTINGS, now=store.clock)
    return Browser(app, base_url=URL)


def path_of(question: Question) -> str:
    """Of the letter's link."""
    return f"/confirm/{question.link.reveal()}"


def test_yes_with_the_code_confirms_once(store: Store, stranger: Browser, question: Question) -> None:
    """The page thanks, and says afterwards that the question is answered, in the letter's language."""
    code = question.code.reveal().lower().replace("-", " ")
    thanks = stranger.post(path_of(question), data={"code": code, "answer": "yes"})
    assert (thanks.status_code, words_in("fi")["confirmed"] in thanks.text) == (200, True)
    assert '<html lang="fi">' in thanks.text
    again = stranger.post(path_of(question), data={"code": code, "answer": "no"})
    assert words_in("fi")["already"] in again.text
    with store.reading() as session:
        assert confirmed(session, ADDRESS) == {"2044"}
        assert list_disputes(session) == []


def test_no_with_the_code_disputes_for_that_customer(store: Store, stranger: Browser, question: Question) -> None:
    """ "This is not me" stands on record at once."""
    thanks = stranger.post(path_of(question), data={"code": question.code.reveal(), "answer": "no"})
    assert words_in("fi")["disputed"] in thanks.text
    with store.reading() as session:
        (standing,) = list_disputes(session)
    assert (standing.address, standing.customer_id) == (ADDRESS, "2044")


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"answer": "yes"},
        {"answer": "no", "code": ""},
        {"answer": "yes", "code": "test"},
        {"answer": "yes", "code": "12345678"},
        {"answer": "no", "code": "\0" * 8},
        {"answer": "yes", "code": "x" * 100_000},
        {"code": "CODE", "answer": "<script>"},
    ],
)
def test_a_form_without_the_code_changes_nothing(
    store: Store, stranger: Browser, question: Question, fields: dict[str, str]
) -> None:
    """Whatever a program sends that has not read the letter, no row changes, no try is counted."""
    before = snapshot(store)
    answer = stranger.post(path_of(question), data=fields)
    assert answer.status_code == 422
    assert snapshot(store) == before


def test_the_code_without_a_choice_changes_nothing(store: Store, stranger: Browser, question: Question) -> None:
    """Enter in the field presses a button that stands for neither answer; the code stays in the field."""
    before = snapshot(store)
    form = HTMLParser(stranger.get(path_of(question)).text).css_first("form")
    assert form is not None
    first = form.css_first("button, input[type=submit]")
    assert first is not None
    assert first.attributes["value"] == ""
    answer = stranger.post(path_of(question), data={"code": question.code.reveal(), "answer": ""})
    assert words_in("fi")["choose"] in answer.text
    assert question.code.reveal() in answer.text
    assert snapshot(store) == before


def test_a_crawler_that_opens_every_link_and_sends_every_form_changes_nothing(
    store: Store, stranger: Browser, question: Question
) -> None:
    """Links, forms with every button, fields filled in as programs do: the database stays as it is."""
    before = snapshot(store)
    assert len(crawl(stranger, path_of(question))) > 2
    assert snapshot(store) == before


def test_every_dead_link_looks_alike(
    store: Store, stranger: Browser, question: Question, clock: TurnableClock, tmp_path: Path
) -> None:
    """Unknown, answered, replaced and expired: same page, same answer to a wrong code, the same headers."""
    finnish = {"accept-language": "fi"}
    replaced = question
    answered = put_question(store, tmp_path)
    stranger.post(path_of(answered), data={"code": answered.code.reveal(), "answer": "yes"})
    expired = put_question(store, tmp_path)
    clock.turn(days=20)
    open_one = put_question(store, tmp_path)
    paths = [path_of(each) for each in (replaced, answered, expired, open_one)] + ["/confirm/" + "x" * 43, "/confirm/x"]
    shown, refused = [], []
    for path in paths:
        page = stranger.get(path, headers=finnish)
        shown.append((page.status_code, page.text, sorted(page.headers.items())))
        wrong = {"code": "2345-6789", "answer": "yes"}
        answer = stranger.post(path, data=wrong, headers=finnish)
        refused.append((answer.status_code, answer.text, sorted(answer.headers.items())))
    assert all(each == shown[0] for each in shown)
    assert all(each == refused[0] for each in refused)
    for each in (replaced, expired):
        answer = stranger.post(path_of(each), data={"code": each.code.reveal(), "answer": "yes"}, headers=finnish)
        assert answer.text == refused[0][1]


def test_guessing_is_slowed_down_and_then_ends(store: Store, stranger: Browser, question: Question) -> None:
    """Five wrong codes close the question; twenty tries from one place are answered with 429, whatever the link."""
    code = question.code.reveal()
    wrong = ("3" if code[0] == "2" else "2") + code[1:]
    for _ in range(5):
        assert stranger.post(path_of(question), data={"code": wrong, "answer": "yes"}).status_code == 422
    assert stranger.post(path_of(question), data={"code": code, "answer": "yes"}).status_code == 422
    for number in range(20):
        last = stranger.post(f"/confirm/made-up-{number}", data={"code": wrong, "answer": "yes"})
    assert last.status_code == 429
    assert last.headers["retry-after"] == "300"
    assert stranger.get("/login").status_code == 200


def test_strangers_leave_nothing_behind(store: Store) -> None:
    """Forms for links that are made up, without an answer, are not counted, and take no memory that would grow."""
    app: FastAPI = make_desk(store, SETTINGS, now=store.clock)
    stranger = Browser(app, base_url=URL)
    for number in range(50):
        assert stranger.post(f"/confirm/made-up-{number}", data={"code": "2222-2222"}).status_code == 422
    assert len(app.state.desk.throttle._failures) == 0


def test_no_header_and_no_log_carries_the_link(stranger: Browser, question: Question) -> None:
    """Every security header of the desk, no referrer, not to be indexed or kept; and nothing is logged."""
    with capture_logs() as logs:
        page = stranger.get(path_of(question))
        stranger.post(path_of(question), data={"code": "2345-6789", "answer": "yes"})
        stranger.post(path_of(question), data={"code": question.code.reveal(), "answer": "yes"})
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-robots-tag"] == "noindex, nofollow"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert "set-cookie" not in page.headers
    assert question.link.reveal() not in page.text + str(page.headers) + str(logs)
    assert "<script" not in page.text


def test_a_store_that_is_away_is_told_in_the_readers_language(store: Store, stranger: Browser) -> None:
    """503 and fixed words; no page of the desk's own."""
    with store.writing() as session:
        session.connection().exec_driver_sql("ALTER TABLE confirmations RENAME TO away")
    answer = stranger.post(
        "/confirm/" + "x" * 43, data={"code": "2345-6789", "answer": "yes"}, headers={"accept-language": "pl"}
    )
    assert (answer.status_code, words_in("pl")["later"] in answer.text) == (503, True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_letter_and_page_name_the_same_buttons(language: str) -> None:
    """What the letter tells its reader to choose stands on the page, and no word is missing in any language."""
    says = words_in(language)
    letter = (TEMPLATES / language / "confirm_address.txt").read_text(encoding="utf-8")
    assert says["yes"] in letter
    assert says["no"] in letter
    assert says["title"] in letter
    assert says.keys() == words_in("en").keys()


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        ("", "nl"),
        ("sv", "sv"),
        ("en-GB,en;q=0.9", "en"),
        ("fr, de;q=0.8, pl;q=0.9", "pl"),
        ("fi;q=0", "nl"),
        ("xx;q=high, de", "de"),
        (",;q=,,", "nl"),
        ("\u00e4" * 9999, "nl"),
    ],
)
def test_language_of_the_browser(wanted: str, language: str) -> None:
    """The first of its languages that there is; else the guard's own."""
    assert preferred_language(wanted, "nl") == language


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 375])
def test_in_a_real_browser(chromium: Chromium, desk: Desk, tmp_path: Path, width: int, scheme: str) -> None:  # noqa: F811
    """The reader opens the link, mistypes, tries again by keyboard, and is thanked; all of it fits and can be read."""
    question = put_question(desk.store, tmp_path, country="DE")
    visit = Visit(chromium, desk.url, viewport={"width": width, "height": 800}, color_scheme=scheme, locale="fr-FR")
    page = visit.page
    page.goto(desk.url + path_of(question))
    assert page.get_by_role("heading", name=words_in("de")["title"]).is_visible()
    visit.picture(f"confirm-{scheme}")
    _check(visit)
    field = page.get_by_label(words_in("de")["code"])
    field.fill("2222-2222")
    page.get_by_role("button", name=words_in("de")["yes"]).click()
    page.get_by_role("alert").wait_for()
    visit.picture(f"confirm-wrong-{scheme}")
    _check(visit)
    page.get_by_label(words_in("de")["code"]).fill(question.code.reveal())
    page.keyboard.press("Enter")
    page.get_by_text(words_in("de")["choose"]).wait_for()
    page.get_by_role("button", name=words_in("de")["no"]).focus()
    page.keyboard.press("Space")
    page.get_by_role("heading", name=words_in("de")["disputed"]).wait_for()
    visit.picture(f"confirm-disputed-{scheme}")
    _check(visit)
    with desk.store.reading() as session:
        assert len(list_disputes(session)) == 1


def _check(visit: Visit) -> None:
    assert visit.fits()
    assert visit.page.evaluate(FAINT_TEXTS) == []
    assert visit.strayed == []
    assert not re.search("script", visit.page.content())
