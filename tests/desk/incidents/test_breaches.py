"""The breach register's pages: who may write, two persons who close, two who write at once, hostile values."""

import re
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser as HTMLParser
from sqlmodel import func, select
from starlette.datastructures import FormData

from mailguard.core.errors import BadDecision
from mailguard.core.settings import DeskSettings, Settings
from mailguard.desk.application import make_desk
from mailguard.desk.incidents.fields import FIELDS
from mailguard.desk.incidents.form import fill, read_changes, read_sent, touched
from mailguard.desk.incidents.shapes import Facts
from mailguard.desk.incidents.shown import house_zone
from mailguard.incidents.breaches.breach import BreachFacts, BreachState, Origin, change_facts
from mailguard.incidents.breaches.register import Breach, list_breaches, open_breach
from mailguard.incidents.tracing.journal import JournalLine, JournalRecipient, write_lines
from mailguard.store import people
from mailguard.store.store import Store
from mailguard.store.tables.audit import AuditRow
from tests.conftest import TurnableClock
from tests.desk.conftest import URL, Browser, add_people
from tests.desk.held import NAMESAKE, hold_namesake

HELSINKI = ZoneInfo("Europe/Helsinki")
LogIn = Callable[[str], Browser]
WHOLE = {
    "aware_at": "2026-11-16T09:00",
    "risk": "unlikely",
    "risk_reason": "the reader has deleted it",
    "notify_authority": "no",
    "notify_authority_reason": "no risk is likely",
    "notify_people": "no",
    "notify_people_reason": "no high risk",
    "remedy": "the address was corrected",
}
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\u202etxt.exe"


@pytest.fixture
def logged_in(any_store: Store) -> LogIn:
    """Browsers on a desk whose clocks are read in Helsinki, on either database."""
    add_people(any_store)
    settings = Settings(desk=DeskSettings(public_url=URL), report={"time_zone": "Europe/Helsinki"})
    desk = make_desk(any_store, settings, now=any_store.clock)

    def log_in(name: str) -> Browser:
        browser = Browser(desk, base_url=URL)
        assert browser.log_in(name).status_code == 303
        return browser

    return log_in


def _token(store: Store) -> dict[str, str]:
    return {"Authorization": f"Bearer {people.issue_token(store, 'olli')}"}


def only(store: Store) -> Breach:
    """The one breach there is."""
    with store.reading() as session:
        (breach,) = list_breaches(session)
    return breach


def entries(store: Store) -> int:
    """How long the audit trail is."""
    with store.reading() as session:
        return session.exec(select(func.count()).select_from(AuditRow)).one()


def opened(browser: Browser, **given: object) -> str:
    """Open a breach; gives the path of its page."""
    answer = browser.submit("/breaches", **({"title": "Papers to a namesake"} | given))
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def test_a_breach_from_the_form_to_its_closing(any_store: Store, logged_in: LogIn) -> None:
    """Opened by one, filled, asked to close; the same person cannot, another one can, and a reason opens it again."""
    sofia, olli = logged_in("sofia"), logged_in("olli")
    path = opened(
        sofia, detected_at="2026-11-16T10:30", people="1", customers="1001\n1002", data_classes=["pin", "name"]
    )
    breach = only(any_store)
    assert (breach.origin, breach.facts.people, breach.facts.customers) == (Origin.HAND, 1, ("1001", "1002"))
    assert breach.facts.detected_at is not None
    assert breach.facts.detected_at.isoformat() == "2026-11-16T08:30:00+00:00"
    assert "Before it can be closed" in sofia.get(path).text
    assert sofia.submit(f"{path}/closing", version=1).status_code == 422
    assert sofia.submit(path, version=1, **WHOLE).headers["location"] == path
    page = sofia.get(path).text
    assert "Everything is written down" in page
    assert "19 Nov 2026, 09:00:00 EET" in page  # 72 hours, of which nobody needs to care any more
    assert sofia.submit(f"{path}/closing", version=2).status_code == 303
    assert "Another person must close" in sofia.get(path).text
    assert sofia.submit(f"{path}/close", version=3).status_code == 403
    assert olli.submit(f"{path}/close", version=3).status_code == 303
    assert (only(any_store).state, only(any_store).closed_by) == (BreachState.CLOSED, "olli")
    assert olli.submit(path, version=4, people="2").status_code == 409
    assert olli.submit(f"{path}/reopen", version=4, note=" ").status_code == 422
    assert olli.submit(f"{path}/reopen", version=4, note="a second letter").status_code == 303
    assert only(any_store).state is BreachState.OPEN


def test_who_reads_and_who_writes(any_store: Store, logged_in: LogIn) -> None:
    """Auditors read, with addresses masked in facts and history; strangers are led to the login."""
    path = opened(logged_in("adam"), addresses=NAMESAKE)
    aino, guest = logged_in("aino"), logged_in("aino")
    guest.cookies.clear()
    page = aino.get(path).text
    assert NAMESAKE not in page
    assert "•" in page
    assert "/breaches/new" not in aino.get("/breaches").text
    assert aino.get("/breaches/new").status_code == 403
    for target, sent in (
        ("/breaches", {"title": "x"}),
        ("/breaches/new", {"title": "x"}),
        (path, {"version": 1, "people": "2"}),
        (f"{path}/closing", {"version": 1}),
        (f"{path}/close", {"version": 1}),
        (f"{path}/reopen", {"version": 1, "note": "x"}),
    ):
        assert aino.submit(target, **sent).status_code == 403
        assert aino.post(target, data=sent).status_code == 403
        assert guest.post(target, data=sent, follow_redirects=False).headers["location"] == "/login"
    assert guest.get(path, follow_redirects=False).headers["location"].startswith("/login")
    assert only(any_store).version == 1


def test_without_the_forms_token_nothing_happens(any_store: Store, logged_in: LogIn) -> None:
    """Neither opening nor changing, from another site or without its token."""
    sofia = logged_in("sofia")
    path = opened(sofia)
    for target in ("/breaches", path, f"{path}/closing", "/breaches/new"):
        assert sofia.post(target, data={"title": "x", "version": 1}).status_code == 403
        cross = sofia.post(target, data={"title": "x", "version": 1}, headers={"sec-fetch-site": "cross-site"})
        assert cross.status_code == 403
    assert only(any_store).version == 1


def test_looking_changes_nothing(any_store: Store, logged_in: LogIn) -> None:
    """No GET of the register writes anything, not even with the words of an act."""
    sofia = logged_in("sofia")
    path = opened(sofia)
    before = entries(any_store)
    for target in (
        "/breaches",
        "/breaches?state=all&q=papers",
        "/breaches?state=%00&after=%00",
        "/breaches/new?title=x&case=MG-7K4M-92QT",
        path,
        f"{path}?version=1&people=3",
        "/api/v1/breaches",
        f"/api/v1{path}",
    ):
        assert sofia.get(target).status_code == 200, target
    assert sofia.get(f"{path}/close?version=1").status_code == 405
    assert (entries(any_store), only(any_store).version) == (before, 1)


def test_the_second_of_two_sees_what_the_first_has_done(any_store: Store, logged_in: LogIn) -> None:
    """409, with the other's change, one's own still in the form, and the fields that both have changed marked."""
    sofia, olli = logged_in("sofia"), logged_in("olli")
    path = opened(sofia)
    olli.submit(path, version=1, people="3", remedy="address corrected")
    late = sofia.submit(path, version=1, title="Papers to a namesake", people="2", unit="Shop")
    assert late.status_code == 409
    assert "Somebody was quicker" in late.text
    assert "<b><bdi>olli</bdi></b> <bdi>wrote down</bdi>" in late.text
    assert re.search(r'name="people"[^>]*value="2"', late.text)
    assert re.search(r'name="unit"[^>]*value="Shop"', late.text)
    assert "address corrected</textarea>" in late.text
    assert late.text.count("changed this field meanwhile") == 1
    assert 'name="version" value="2"' in late.text
    assert only(any_store).facts.people == 3
    assert sofia.submit(path, version=2, people="2", unit="Shop").status_code == 303
    assert (only(any_store).facts.people, only(any_store).facts.remedy) == (2, "address corrected")
    assert sofia.submit(f"{path}/closing", version=1).status_code == 409
    assert sofia.submit(path, version=99, people="1").status_code == 422


def test_a_form_that_comes_back_as_it_was_changes_nothing(any_store: Store, logged_in: LogIn) -> None:
    """Every field of the page sent as it was shown is no change, though times are shown without their seconds."""
    sofia = logged_in("sofia")
    with any_store.writing() as session:
        facts = change_facts(
            BreachFacts("x"), {"detected_at": "2026-10-25T01:30:59Z", "data_classes": ["pin", "own kind"], "people": 0}
        )
        open_breach(session, any_store, facts, origin=Origin.HAND, by="sofia", at=any_store.clock())
    assert isinstance(sofia.app, FastAPI)
    zone = house_zone(sofia.app.state.desk)
    answer = sofia.submit("/breaches/2026-0001", version=1, data_classes_others="own kind", **fill(facts, zone))
    assert answer.status_code == 303
    assert only(any_store).version == 1
    assert only(any_store).facts == facts


def test_from_a_case(any_store: Store, logged_in: LogIn) -> None:
    """The form has the case's customers, addresses and kinds of data; the case's page leads to the breach after."""
    case_id = hold_namesake(any_store)
    sofia = logged_in("sofia")
    assert 'action="/breaches/new"' in sofia.get(f"/cases/{case_id}").text
    assert 'action="/breaches/new"' not in logged_in("aino").get(f"/cases/{case_id}").text
    form = sofia.submit("/breaches/new", case=case_id)
    assert form.status_code == 200
    assert f"{NAMESAKE}</textarea>" in form.text
    assert "1001</textarea>" in form.text
    assert re.search(r'value="password" checked', form.text)
    assert re.search(r'<option value="yes" selected>', form.text)
    sent = dict(re.findall(r'<input id="f-(\w+)"[^>]*value="([^"]*)"', form.text))
    assert sent["detected_at"] == "2026-11-16T11:00"
    path = opened(sofia, case=case_id, customers="1001", **sent)
    breach = only(any_store)
    assert (breach.origin, breach.case_id) == (Origin.HOLD, case_id)
    assert path in sofia.get(f"/cases/{case_id}").text
    assert sofia.submit("/breaches/new", case="MG-0000-0000").status_code == 404
    assert sofia.submit("/breaches", title="x", case="MG-0000-0000").status_code == 404


def test_from_a_trace(any_store: Store, logged_in: LogIn) -> None:
    """What has gone out is sent on by POST and stands in the form, each once; nothing is opened by it."""
    line = JournalLine(
        id="ABCDEFGH2222",
        at=any_store.clock(),
        reverse_path="anna@operator.example",
        recipients=(JournalRecipient(NAMESAKE, "namesake"), JournalRecipient(HOSTILE, "unrelated")),
        fate="passed",
        answer="250 2.0.0 Ok",
        size=1,
        customers=("1001", "1002"),
    )
    held = replace(line, id="ABCDEFGH3333", fate="held", customers=("1001", "7777"))
    write_lines(any_store, [line, replace(line, id="ABCDEFGH4444"), held])
    assert "/breaches/new" not in logged_in("aino").get("/trace?q=1001").text
    sofia = logged_in("sofia")
    page = HTMLParser(sofia.get("/trace?q=1001").text)
    hidden = [
        (one.attributes["name"], one.attributes["value"]) for one in page.css("form[action='/breaches/new'] input")
    ]
    sent: dict[str, list[str]] = {}
    for name, value in hidden:
        sent.setdefault(str(name), []).append(value or "")
    assert (sent["origin"], sent["customers"]) == (["trace"], ["1001", "1002"] * 2)
    form = sofia.submit("/breaches/new", **sent)
    assert "1001\n1002</textarea>" in form.text
    assert "<script>" not in form.text
    with any_store.reading() as session:
        assert list_breaches(session) == []
    opened(sofia, origin="trace", addresses=NAMESAKE)
    assert only(any_store).origin is Origin.TRACE


def test_hostile_values_are_text(any_store: Store, logged_in: LogIn) -> None:
    """In every field, in the note, in the list, in the history and in what was changed meanwhile."""
    sofia = logged_in("sofia")
    texts = {name: HOSTILE for name, field in FIELDS.items() if field.kind in ("line", "text", "words")}
    path = opened(sofia, data_classes=HOSTILE, **texts)
    sofia.submit(path, version=1, note=HOSTILE, remedy=f"{HOSTILE}2", data_classes_others=f"{HOSTILE},b\0")
    sofia.submit(path, version=2, note=HOSTILE)
    aino = logged_in("aino")
    for page in (
        sofia.get(path),
        sofia.get("/breaches?state=all"),
        aino.get(path),
        sofia.submit(path, version=1, unit="x"),
    ):
        assert "<script>" not in page.text
        assert "<img src=x" not in page.text
        shown = re.sub(r"<(textarea|input)[^>]*>[^<]*", "", page.text)
        assert "\u202e" not in shown
    for wrong in (
        "/breaches/%00",
        "/breaches/2026-9999",
        "/breaches/..%2f",
        "/breaches/2026-%E0%BC%A1%E0%BC%A1%E0%BC%A1%E0%BC%A1",
    ):
        assert sofia.get(wrong).status_code == 404


def test_what_cannot_be_written_down_stays_in_the_form(any_store: Store, logged_in: LogIn) -> None:
    """The problem names the field as people know it, marks it, and what was typed elsewhere is not lost."""
    sofia = logged_in("sofia")
    path = opened(sofia)
    for wrong, told in (
        ({"people": "three"}, "People: write a whole number"),
        ({"people": "-1"}, "People: write a whole number"),
        ({"detected_at": "yesterday"}, "Detected: write a day and time"),
        ({"detected_at": "2026-03-29T03:30"}, "Detected: there was no such hour"),
        ({"detected_at": "2026-11-17T09:00"}, "Detected: this time has not come yet"),
        ({"detected_at": "0001-01-01T00:00"}, "Detected: write"),
        ({"risk": "huge"}, "Risk: choose"),
        ({"notify_people": "no"}, "why the people concerned are not notified"),
        ({"title": " "}, "Title: say in a line"),
        ({"remedy": "x" * 4001}, "Remedy: 4001 characters"),
    ):
        for target in ("/breaches", path):
            sent = {"title": "Papers", "version": 1, "unit": "The shop in Espoo"} | wrong
            answer = sofia.submit(target, **sent)
            assert answer.status_code == 422
            assert told in answer.text
            assert 'aria-invalid="true"' in answer.text
            assert "The shop in Espoo" in answer.text
    assert only(any_store).version == 1


def test_problems_and_clocks_are_told_in_the_reader_s_language(
    any_store: Store, logged_in: LogIn, clock: TurnableClock
) -> None:
    """What was refused, what lacks before closing, how a clock is called and what was answered: in Polish."""
    sofia = logged_in("sofia")
    path = opened(sofia, aware_at="2026-11-16T08:00", risk="none", notify_authority="no", notify_authority_reason="x")
    sofia.submit("/display", language="pl")
    page = sofia.get(path).text
    for told in ("organ nadzorczy", "art. 33 ust. 1 RODO", "dlaczego ryzyko jest właśnie takie", "brak"):
        assert told in page
    assert sofia.submit(f"{path}/closing", version=1).text.count("nie można jeszcze zamknąć") == 1
    assert "Osoby: wpisz liczbę całkowitą" in sofia.submit(path, title="x", version=1, people="three").text
    assert "jest otwarte i nikt nie poprosił o zamknięcie" in sofia.submit(f"{path}/close", version=1).text


def test_list_and_banner(any_store: Store, logged_in: LogIn, clock: TurnableClock) -> None:
    """What runs out next is first, what has run out is red, and stands on every page of those who are logged in."""
    sofia = logged_in("sofia")
    opened(sofia, title="No clock")
    late = opened(sofia, title="Late", aware_at="2026-11-13T12:00")
    opened(sofia, title="Soon", aware_at="2026-11-14T12:00")
    clock.turn(hours=2)
    sofia.log_in("sofia")
    page = sofia.get("/breaches").text
    assert page.index("Late") < page.index("Soon") < page.index("No clock")
    assert page.count('class="overdue"') == 1
    assert "since 1 h 0 min" in page
    for path in ("/cases", "/register", "/reports", "/cases/MG-0000-0000"):
        banner = sofia.get(path).text
        assert "A deadline of a breach has passed" in banner
        assert f'href="{late}"' in banner
        assert "Late" not in banner
    assert "deadline of a breach" not in Browser(sofia.app, base_url=URL).get("/login").text
    assert "mailguard_breach_clocks_overdue 1.0" in sofia.get("/metrics", headers=_token(any_store)).text
    for state, titles in (("closing", []), ("closed", []), ("all", ["Late", "Soon", "No clock"])):
        shown = sofia.get(f"/breaches?state={state}").text
        assert [title for title in ("Late", "Soon", "No clock") if f">{title}<" in shown] == titles


def test_search_and_pages(any_store: Store, logged_in: LogIn) -> None:
    """By customer and by title; a list of more than a page goes on."""
    sofia = logged_in("sofia")
    with any_store.writing() as session:
        for number in range(53):
            facts = BreachFacts(f"Letter {number}", customers=(f"c{number}x",))
            open_breach(session, any_store, facts, origin=Origin.HAND, by="sofia", at=any_store.clock())
    assert "2026-0008" in sofia.get("/breaches?q=c7x").text
    assert "2026-0009" not in sofia.get("/breaches?q=c7x").text
    first = sofia.get("/breaches?state=all").text
    assert "2026-0004" in first
    assert "2026-0003" not in first
    following = re.search(r'href="(/breaches\?state=all&amp;after=[^"]*)"', first)
    assert following
    assert "2026-0003" in sofia.get(following[1].replace("&amp;", "&")).text


def test_every_fact_is_asked_and_told() -> None:
    """No field of a breach is missing from the form, or from the HTTP API."""
    names = {field.name for field in fields(BreachFacts)}
    assert set(FIELDS) == names
    assert set(Facts.model_fields) == names


@given(
    form=st.lists(st.tuples(st.sampled_from([*FIELDS, "data_classes_others", "x"]), st.text(max_size=30)), max_size=8)
)
def test_any_form_is_read_or_refused_in_words(form: list[tuple[str, str]]) -> None:
    """Whatever is sent: facts, or a sentence for the person."""
    zone = HELSINKI
    sent = touched(read_sent(FormData([*form])), BreachFacts("x"), zone)
    try:
        facts = change_facts(BreachFacts("x"), read_changes(sent, zone))
    except BadDecision:
        return
    assert not touched(fill(facts, zone), facts, zone)


@given(moment=st.datetimes(min_value=datetime(1990, 1, 1)))
def test_every_wall_time_is_read_as_that_moment_or_was_never_shown(moment: datetime) -> None:
    """A time that was typed is shown again as it was typed, whatever the season; else it was refused."""
    zone = HELSINKI
    text = f"{moment:%Y-%m-%dT%H:%M}"
    try:
        facts = change_facts(BreachFacts("x"), read_changes({"detected_at": text}, zone))
    except BadDecision:
        return
    assert fill(facts, zone)["detected_at"] == text
