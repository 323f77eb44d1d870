"""The queue and the case page: what they show, and what they never do."""

import re
from collections.abc import Callable

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser
from sqlmodel import update

from mailguard.cases.deadlines.terms import Terms
from mailguard.notices.remind import remind
from mailguard.store.store import Store
from mailguard.store.tables.cases import BodyRow, CaseRow
from tests.conftest import TurnableClock
from tests.desk.conftest import Browser
from tests.desk.held import (
    NAMESAKE,
    PASSWORD,
    PIN,
    hold_hostile,
    hold_lookalike,
    hold_mail,
    hold_namesake,
    hold_unrelated,
    write_mail,
)
from tests.desk.own_scripts import without_own
from tests.support.snapshot import snapshot

LogIn = Callable[[str], Browser]
PAGES = ["/", "/login", "/cases", "/cases?state=all", "/reports", "/nothing", "/cases/MG-AAAA-AAAA", "/healthz"]


def test_queue_shows_what_waits(store: Store, logged_in: LogIn, clock: TurnableClock) -> None:
    """Oldest first, with subject, recipient, reasons and age."""
    first = hold_namesake(store)
    clock.turn(hours=2)
    second = hold_unrelated(store)
    clock.turn(minutes=30)
    page = logged_in("sofia").get("/cases").text
    assert page.index(first) < page.index(second)
    assert "2 h 30 min" in page
    assert "30 min" in page
    for shown in ("Your order 7731 and login", "Namesake", "Credential", "Address not on record"):
        assert shown in page


def test_queue_warns_before_the_end(store: Store, logged_in: LogIn, clock: TurnableClock) -> None:
    """A case says when it is returned to its sender, in red from the reminder on; also on its own page."""
    case_id = hold_namesake(store)
    assert remind(store, Terms()) == []
    for days, left, tone in ((1, "6 d 0 h", "faint"), (3, "3 d 0 h", "late"), (2, "1 d 0 h", "late")):
        clock.turn(days=days)
        browser = logged_in("sofia")
        queue, page = (HTMLParser(browser.get(path).text) for path in ("/cases", f"/cases/{case_id}"))
        (line,) = queue.css(".when > time.late, .when > time.faint")
        assert (line.text(), line.attributes["class"]) == (f"returned in {left}", tone)
        (line,) = page.css(f".case-line > .{tone}:has(time)")
        assert line.text() == f"Returned to the sender in {left}."
    # The reminder has gone out and left the row: red it stays.
    assert remind(store, Terms()) == [case_id]
    assert "late" in browser.get("/cases").text


def test_queue_is_searched(store: Store, logged_in: LogIn) -> None:
    """Search finds by recipient, keeps the tab, and says so when there is nothing."""
    one, other = hold_namesake(store), hold_unrelated(store)
    browser = logged_in("sofia")
    page = browser.get("/cases", params={"state": "held", "q": "mikko.virtanen@mail"}).text
    assert one in page
    assert other not in page
    empty = browser.get("/cases", params={"q": '"><script>'}).text
    assert "Nothing found" in empty
    assert "<script" not in without_own(empty)


def test_queue_is_paged(store: Store, logged_in: LogIn, clock: TurnableClock) -> None:
    """Fifty a page, and a link to the following ones."""
    ids = []
    for _ in range(53):
        ids.append(hold_unrelated(store))
        clock.turn(seconds=1)
    browser = logged_in("sofia")
    first = browser.get("/cases").text
    link = re.search(r'href="/cases(\?[^"]*)" rel="next"', first)
    assert link
    second = browser.get("/cases" + link[1].replace("&amp;", "&")).text
    assert [case_id for case_id in ids if f'href="/cases/{case_id}"' in first] == ids[:50]
    assert [case_id for case_id in ids if f'href="/cases/{case_id}"' in second] == ids[50:]
    assert "First page" in second


def test_tabs_part_the_states(store: Store, logged_in: LogIn) -> None:
    """A decided case leaves the queue and stands among the decided ones; an unknown tab shows what waits."""
    case_id = hold_namesake(store)
    browser = logged_in("sofia")
    browser.submit(f"/cases/{case_id}/decision", action="reject", reason="no")
    browser.get("/cases")
    assert case_id not in browser.get("/cases").text
    assert case_id in browser.get("/cases?state=decided").text
    assert case_id in browser.get("/cases?state=rejected").text
    assert case_id in browser.get("/cases?state=all").text
    assert "Nothing is waiting" in browser.get("/cases?state=<nonsense>").text


def test_case_page_tells_why_and_whom(store: Store, logged_in: LogIn) -> None:
    """Reason in words, both customers side by side with what differs, and the registered addresses masked."""
    page = logged_in("sofia").get(f"/cases/{hold_namesake(store)}").text
    assert "it belongs to customer 2044, of the same name (Tampere)" in page
    assert "Belongs to another customer of the same name" in page
    rows = re.findall(r"<tr( class=\"differs\")?>\s*<th scope=\"row\">(\w+)</th>", page)
    assert [(label, bool(differs)) for differs, label in rows] == [
        ("Name", False),
        ("Customer", True),
        ("Town", True),
        ("Born", True),
        ("Mail", False),
    ]
    for shown in ("Tampere", "Espoo", "1988", "1961", "customer number in the text", "<b>7</b>"):
        assert shown in page
    assert "virtanen.mikko@post.example" not in page
    assert "v•••o" in page


def test_case_page_masks_findings_everywhere(store: Store, logged_in: LogIn) -> None:
    """Found values are marked in their place, and masked where the letter repeats them."""
    page = logged_in("sofia").get(f"/cases/{hold_namesake(store)}").text
    assert PASSWORD not in page
    assert PIN not in page
    assert len(re.findall(r'<a class="found" href="#finding-1">', page)) == 2
    assert len(re.findall(r'<a class="found" href="#finding-2">', page)) == 1
    assert "order-7731.csv" in page
    assert "router,49.00" in page


def test_lookalike_is_marked(store: Store, logged_in: LogIn) -> None:
    """The foreign letter is named and marked, and the address stands there in ASCII too."""
    page = logged_in("sofia").get(f"/cases/{hold_lookalike(store)}").text
    assert "CYRILLIC SMALL LETTER O (U+043E)" in page
    assert "virtanen.mikko@xn--pst-sed.example" in page
    assert "p<mark>\u043e</mark>st" in page


def test_page_without_a_letter(store: Store, logged_in: LogIn) -> None:
    """After the retention time the case is still readable, and says that the text is gone."""
    case_id = hold_namesake(store)
    with store.writing() as session:
        session.execute(update(CaseRow).values(state="expired"))
        session.delete(session.get(BodyRow, case_id))
    page = logged_in("sofia").get(f"/cases/{case_id}")
    assert page.status_code == 200
    assert "no longer kept" in page.text


def test_opening_a_case_is_audited_once(store: Store, logged_in: LogIn) -> None:
    """Each look leaves one entry with the person's name; HEAD leaves none."""
    case_id = hold_namesake(store)
    browser = logged_in("aino")
    browser.get(f"/cases/{case_id}")
    assert browser.head(f"/cases/{case_id}").status_code == 200
    page = browser.get(f"/cases/{case_id}").text
    assert page.count("opened the case") == 1
    assert "2&times;" in page or "2×" in page


@pytest.mark.parametrize("name", [None, "sofia"])
def test_looking_changes_nothing(
    store: Store, logged_in: LogIn, browser: Browser, name: str | None, clock: TurnableClock
) -> None:
    """GET and HEAD on every page, act and API path change no row but the audited look of a logged-in person."""
    case_id = hold_namesake(store)
    visitor = logged_in(name) if name else browser
    before = snapshot(store)
    acts = [f"/cases/{case_id}/{act}" for act in ("decision", "withdraw", "retry", "reveal")]
    api = ["/api/v1/cases", f"/api/v1/cases/{case_id}/decision", "/api/openapi.json", "/logout", "/metrics"]
    for path in PAGES + acts + api:
        for method in ("GET", "HEAD"):
            answer = visitor.request(method, path, params={"action": "approve", "everyone": "yes", "csrf": "x"})
            assert answer.status_code < 500
    if name is None:
        visitor.get(f"/cases/{case_id}")
    assert snapshot(store) == before


@pytest.mark.parametrize("path", [*PAGES, "/static/desk.css", "/static/none", "/api/v1/cases", "/login?next=x"])
def test_every_answer_is_shielded(browser: Browser, path: str) -> None:
    """No script but the desk's own, no foreign fetch, no kept copy, no referrer: on pages and errors alike."""
    headers = browser.get(path, follow_redirects=False).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store" or path == "/static/desk.css"


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "javascript:alert(1)",
    "{{7*7}}{% raw %}",
    "</title></textarea></style><script>alert(1)</script>",
    "\u202egnp.exe\u2066\u2069\u200f\u061c",
    "a\u0300\u0301\u0302\u0303\u0304\u0305" * 30,
    "\x1b[31mred\x07\x00\x7f\x85",
    "%s%n{0}{__class__}",
    "&lt;b&gt;&#x3c;script&#x3e;",
    "\u3164\u2800\u115f",
    "A" * 10_000,
    "ab " * 4_000,
    "𝓯𝓪𝓷𝓬𝔂 \U0001f468\u200d\U0001f469\u200d\U0001f467",
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_is_harmless(store: Store, logged_in: LogIn, hostile: str) -> None:
    """A stranger's text in subject, names, body, register and reason adds no element, no direction, no control."""
    case_id = hold_hostile(store, hostile)
    browser = logged_in("sofia")
    for path in ("/cases", f"/cases/{case_id}"):
        answer = browser.get(path)
        assert answer.status_code == 200
        page = answer.text
        tags = {tag.lower() for tag in re.findall(r"<([a-zA-Z]+)", without_own(page))}
        assert not tags & {"script", "svg", "iframe", "object", "style", "base"}
        assert all(re.search(r' src="/static/', image) for image in re.findall(r"<img[^>]*>", page))
        assert not re.search(r"<[^>]* on\w+\s*=", page)
        assert not set(page) & set("\u202e\u2066\u2069\u200f\u061c\x1b\x07\x00\x7f\x85\u3164")
        assert len(page) < 150_000
        assert 'style="' not in page


def test_half_characters_are_no_error(store: Store, logged_in: LogIn) -> None:
    """Bytes that are no text in the declared charset still give a page."""
    raw = write_mail("x", subject="x", to=NAMESAKE).as_bytes()
    raw = raw.replace(b"\r\n\r\nx", b"\r\n\r\n\xff\xfe\xed\xa0\x80 end")
    case_id = hold_mail(store, raw, {})
    assert logged_in("sofia").get(f"/cases/{case_id}").status_code == 200


@pytest.mark.parametrize("announced", [True, False])
def test_too_large_a_request(logged_in: LogIn, announced: bool) -> None:
    """A body of more than 512 KiB is refused (413), announced or not."""
    body = b"x" * 600_000
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    content = body if announced else iter([body])
    answer = logged_in("sofia").post("/cases/MG-AAAA-AAAA/decision", content=content, headers=headers)
    assert answer.status_code == 413


def test_first_view_is_light(store: Store, logged_in: LogIn) -> None:
    """Page, sheet and logo together stay under 100 kB."""
    case_id = hold_namesake(store)
    browser = logged_in("sofia")
    size = sum(len(browser.get(path).content) for path in (f"/cases/{case_id}", "/static/desk.css", "/static/logo.svg"))
    assert size < 100_000


def test_one_attachment_is_listed_once(store: Store, logged_in: LogIn) -> None:
    """A table that is read as text and by columns is one attachment; one that nothing reads is listed as such."""
    message = write_mail("see below", subject="x", to=NAMESAKE)
    message.add_attachment(b"item,price\r\nrouter,49.00\r\n", maintype="text", subtype="csv", filename="prices.csv")
    message.add_attachment(
        b"\x89PNG\r\n\x1a\n" + bytes(200), maintype="image", subtype="png", filename="\u202egnp.photo.png"
    )
    page = logged_in("sofia").get(f"/cases/{hold_mail(store, message.as_bytes(), {})}").text
    listed = page.split('id="attachments"')[1].split("</section>")[0]
    assert listed.count("prices.csv") == 1
    assert "router,49.00" in listed
    assert "photo.png" in listed
    assert "not read by the guard" in listed
