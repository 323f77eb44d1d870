"""The public pages of wrong readers: nothing is told about anybody, and nothing happens without the code."""

import pytest
from playwright.sync_api import Browser as Chromium
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from mailguard.core.settings import Settings
from mailguard.desk.application import make_desk
from mailguard.desk.strangers.languages import words_in
from mailguard.incidents.reports.answering import ReportLetter, read_report_letter
from mailguard.incidents.reports.intake import Submission, take_submission
from mailguard.incidents.reports.limits import MOST_A_DAY_PER_ADDRESS, MOST_AN_HOUR_PER_NETWORK
from mailguard.incidents.reports.report import Channel, Deletion, ReportState, list_reports
from mailguard.store.store import Store
from tests.desk.conftest import URL, Browser
from tests.desk.strangers.robot import crawl
from tests.desk.strangers.test_confirming import LANGUAGES
from tests.desk.window import FAINT_TEXTS, Desk, Visit, chromium, desk  # noqa: F401 - fixtures
from tests.incidents.reports.test_reports import READER, letters, passed
from tests.support.snapshot import snapshot

SETTINGS = Settings(
    desk={"public_url": URL},
    notices={"from_address": "guard@operator.example"},
    incidents={"public_page": True, "organisation": "Operator & <Sons>", "contact": "dpo@operator.example"},
)
PAGE = "/report-a-letter"


@pytest.fixture
def stranger(store: Store) -> Browser:
    """Somebody's browser: no cookie, no login."""
    return Browser(make_desk(store, SETTINGS, now=store.clock), base_url=URL)


def letter_of(store: Store, number: int = 1) -> ReportLetter:
    """What the letter says."""
    with store.reading() as session:
        letter = read_report_letter(session, store, number)
    assert letter
    return letter


def test_the_page_is_off_unless_it_is_wanted(store: Store) -> None:
    """404 for every method, as any page that there is not."""
    closed = Browser(make_desk(store, Settings(desk={"public_url": URL}), now=store.clock), base_url=URL)
    assert closed.get(PAGE).status_code == 404
    assert closed.post(PAGE, data={"address": READER}).status_code == 404
    assert letters(store) == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_every_word(stranger: Browser, language: str) -> None:
    """The browser's language, no script, nothing to be indexed."""
    page = stranger.get(PAGE, headers={"accept-language": language})
    assert (page.status_code, page.headers["x-robots-tag"]) == (200, "noindex, nofollow")
    assert f'<html lang="{language}">' in page.text
    assert words_in(language, "reporting").keys() == words_in("en", "reporting").keys()
    assert words_in(language, "reporting")["kept_text"] in HTMLParser(page.text).text()
    assert "Operator &amp; &lt;Sons&gt;" in page.text
    assert "<script" not in page.text


def test_the_answer_is_the_same_for_every_address(store: Store, stranger: Browser) -> None:
    """Known or not, first time or fifth: not a character differs, nor a header."""
    passed(store, 1, "1001")
    seen = []
    for address in (READER, "nobody@mail.example", READER, READER, READER, "guard@operator.example"):
        answer = stranger.post(PAGE, data={"address": address, "words": "Not mine."})
        seen.append((answer.status_code, answer.text, sorted(answer.headers.items())))
    assert all(each == seen[0] for each in seen)
    assert letters(store) == MOST_A_DAY_PER_ADDRESS + 1


def test_a_reader_reports_proves_and_answers(store: Store, stranger: Browser) -> None:
    """From the form to "deleted", in the language of the report, with a mistyped code in between."""
    passed(store, 1, "1001")
    stranger.post(PAGE, data={"address": READER, "words": "<b>Väärä kirje</b>"}, headers={"accept-language": "fi"})
    letter = letter_of(store)
    path, code = f"{PAGE}/{letter.link.reveal()}", letter.code.reveal()
    assert words_in("fi", "reporting")["prove_ask"] in stranger.get(path).text
    wrong = stranger.post(path, data={"code": "2222-2222"})
    assert (wrong.status_code, words_in("fi", "reporting")["wrong"] in wrong.text) == (422, True)
    proved = stranger.post(path, data={"code": code.lower()})
    assert (proved.status_code, words_in("fi", "reporting")["proved"] in proved.text) == (200, True)
    assert code.lower() in proved.text
    assert "1001" not in proved.text
    empty = stranger.post(path, data={"code": code})
    assert words_in("fi", "reporting")["choose"] in empty.text
    done = stranger.post(path, data={"code": code, "deletion": "deleted", "words": "Kaikki poissa."})
    assert words_in("fi", "reporting")["answered"] in done.text
    (report,) = list_reports(store)
    assert (report.state, report.deletion_answer) == (ReportState.OPENED, Deletion.DELETED)


@pytest.mark.parametrize("proved", [False, True])
def test_robots_that_open_links_and_send_forms_change_nothing(store: Store, stranger: Browser, proved: bool) -> None:
    """Every link, every method, every form with every filling, on both pages, before and after the proof."""
    stranger.post(PAGE, data={"address": READER, "words": "x"})
    letter = letter_of(store)
    if proved:
        stranger.post(f"{PAGE}/{letter.link.reveal()}", data={"code": letter.code.reveal()})
    before = snapshot(store)
    assert len(crawl(stranger, f"{PAGE}/{letter.link.reveal()}", PAGE)) > 3
    assert snapshot(store) == before


@pytest.mark.parametrize(
    "address", ["", "nobody", "a@b", "a@b.example\r\nBcc: c@d.example", "a@b.example,c@d.example", "x" * 99999]
)
def test_what_is_no_address_is_said_and_kept_nowhere(store: Store, stranger: Browser, address: str) -> None:
    """422 with the form as it was filled in."""
    answer = stranger.post(PAGE, data={"address": address, "words": '"><script>'})
    assert answer.status_code == 422
    assert "<script" not in answer.text
    assert list_reports(store) == []


def test_a_network_that_floods_is_told_to_wait(store: Store, stranger: Browser) -> None:
    """A thousand submissions from one place send ten letters; then 429, and after an hour it is heard again."""
    last = None
    for number in range(1000):
        last = stranger.post(PAGE, data={"address": f"reader{number}@mail.example"})
        if number > MOST_AN_HOUR_PER_NETWORK:
            assert last.status_code == 429
    assert last is not None
    assert last.headers["retry-after"] == "3600"
    assert letters(store) == MOST_AN_HOUR_PER_NETWORK
    store.clock.turn(hours=1, seconds=1)  # type: ignore[attr-defined]
    assert stranger.post(PAGE, data={"address": "late@mail.example"}).status_code == 200


def test_guesses_are_slowed_down(stranger: Browser) -> None:
    """Twenty wrong codes from one place, then 429."""
    for number in range(20):
        stranger.post(f"{PAGE}/made-up-{number}", data={"code": "2345-6789"})
    assert stranger.post(f"{PAGE}/another", data={"code": "2345-6789"}).status_code == 429


def test_a_store_that_is_away_is_told(store: Store, stranger: Browser) -> None:
    """503 in the reader's language."""
    with store.writing() as session:
        session.connection().exec_driver_sql("ALTER TABLE reader_words RENAME TO away")
    answer = stranger.post(PAGE, data={"address": READER}, headers={"accept-language": "pl"})
    assert (answer.status_code, words_in("pl", "reporting")["later"] in answer.text) == (503, True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 375])
def test_in_a_real_browser(chromium: Chromium, desk: Desk, width: int, scheme: str) -> None:  # noqa: F811
    """By keyboard from the form to "deleted"; all of it fits, can be read, and nothing is fetched from elsewhere."""
    say_of(desk.store)
    letter = letter_of(desk.store)
    visit = Visit(chromium, desk.url, viewport={"width": width, "height": 800}, color_scheme=scheme, locale="de-DE")
    page, says = visit.page, words_in("de", "reporting")
    page.goto(f"{desk.url}{PAGE}/{letter.link.reveal()}")
    visit.picture(f"report-code-{scheme}")
    check(visit)
    page.get_by_label(says["code"]).fill(letter.code.reveal())
    page.keyboard.press("Enter")
    page.get_by_text(says["proved"]).wait_for()
    visit.picture(f"report-proved-{scheme}")
    check(visit)
    page.get_by_label(says["deleted"]).check()
    page.get_by_role("button", name=says["answer"]).click()
    page.get_by_role("heading", name=says["answered"]).wait_for()
    check(visit)


def say_of(store: Store) -> None:
    """A report in German."""
    take_submission(store, SETTINGS, Submission(READER, "Nicht für mich", Channel.PAGE, "de", network="192.0.2.1"))


def check(visit: Visit) -> None:
    """It fits, has enough contrast, and nothing strayed."""
    assert visit.fits()
    assert visit.page.evaluate(FAINT_TEXTS) == []
    assert visit.strayed == []
