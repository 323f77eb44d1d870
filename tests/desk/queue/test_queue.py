"""The queue's page: worst and oldest first, filtered by its address, searched, paged, and only what one may see."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from mailguard.cases.assigning import take
from mailguard.core.person import Person
from mailguard.store import people
from mailguard.store.store import Store
from mailguard.store.tables.people import UserTeamRow
from tests.conftest import TurnableClock
from tests.desk.conftest import Browser
from tests.desk.held import NAMESAKE, SENDER, hold_lookalike, hold_namesake, hold_unconfirmed, hold_unrelated
from tests.support.case_rows import add_case

LogIn = Callable[[str], Browser]


def _listed(browser: Browser, query: str = "") -> list[str]:
    """The ids of the rows, in their order."""
    page = browser.get(f"/cases{query}")
    assert page.status_code == 200, page.text
    return [piece.partition('"')[0] for piece in page.text.split('data-case="')[1:]]


def _who(store: Store, name: str) -> Person:
    return next(person for person in people.people(store) if person.name == name)


def test_worst_first_then_oldest(store: Store, logged_in: LogIn, clock: TurnableClock) -> None:
    """A user name with its password before a namesake, that before an unknown address; of two alike the older one."""
    medium = hold_unrelated(store)
    clock.turn(hours=1)
    high = hold_namesake(store)
    clock.turn(hours=1)
    later = hold_lookalike(store)
    critical = hold_namesake(store, rule="bundle.login-en")
    assert _listed(logged_in("sofia")) == [critical, high, later, medium]
    assert _listed(logged_in("sofia"), "?sort=oldest") == [medium, high, *sorted([later, critical])]


def test_row_says_what_is_needed(store: Store, logged_in: LogIn, clock: TurnableClock) -> None:
    """Severity, the reason's sentence, the recipient it is held for, the sender, age, deadline, who is at it, team."""
    case_id = hold_namesake(store, sender="ben@partner.example")
    add_case(store, clock(), team="shop")
    take(store, case_id, _who(store, "adam"), minutes=15)
    clock.turn(days=4)
    take(store, case_id, _who(store, "adam"), minutes=15)
    page = logged_in("sofia").get("/cases").text
    for words in (">High<", "it belongs to customer 2044", "partner.example", "4 d", "Overdue"):
        assert words in page
    assert "returned in" in page
    assert "adam is at it" in page
    assert page.count('<span class="team">') == 1
    assert "Belongs to another customer of the same name" in page
    assert NAMESAKE.partition("@")[0] in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("severity=medium", ["unrelated", "unconfirmed"]),
        ("severity=critical&severity=medium", ["unrelated", "unconfirmed"]),
        ("severity=critical,high", ["namesake"]),
        ("reason=unconfirmed", ["unconfirmed"]),
        ("sender=ben%40partner.example", ["unrelated"]),
        ("sender=partner", ["unrelated"]),
        ("recipient=m.virtanen%40work.example", ["unrelated"]),
        ("recipient=WORK.example", ["unrelated"]),
        ("customer=2044", ["namesake", "unconfirmed"]),
        ("customer=mikko+virtanen&reason=credential", ["namesake"]),
        ("rule=pass", ["namesake"]),
        ("since=2026-11-17", ["unconfirmed"]),
        ("until=2026-11-16", ["namesake", "unrelated"]),
        ("since=2026-11-16&until=2026-11-16&reason=unrelated", ["unrelated"]),
        ("at=mine", ["unrelated"]),
        ("at=taken", ["unrelated"]),
        ("at=free", ["namesake", "unconfirmed"]),
        ("due=late", ["namesake", "unrelated"]),
        ("due=soon", []),
        ("q=order+7731", ["namesake"]),
        ("q=ben%40partner.example", ["unrelated"]),
        ("q=ben%40partner.example&severity=high", []),
        ("severity=none&reason=none&at=none&due=none&since=x&until=2026-02-30&rule=%25", None),
        ("state=%00&q=%00", None),
    ],
)
def test_filters_in_the_address(
    store: Store, logged_in: LogIn, clock: TurnableClock, query: str, found: list[str] | None
) -> None:
    """Each field narrows the list down by itself and with others; what cannot be read is not asked."""
    made = {"namesake": hold_namesake(store), "unrelated": hold_unrelated(store)}
    clock.turn(days=1)
    made["unconfirmed"] = hold_unconfirmed(store)
    clock.turn(days=3)
    take(store, made["unrelated"], _who(store, "sofia"), minutes=15)
    browser = logged_in("sofia")
    listed = _listed(browser, f"?{query}")
    assert listed == [made[name] for name in (found if found is not None else made)]


def test_filters_in_force_can_be_taken_away(store: Store, logged_in: LogIn) -> None:
    """Each filter stands above the list with an address that lacks it; hostile values are text."""
    hold_namesake(store)
    page = logged_in("sofia").get("/cases", params={"sender": '"><script>x</script>', "reason": "namesake"}).text
    assert "<script>x" not in page
    assert 'href="/cases?state=held&amp;reason=namesake"' in page
    page = logged_in("sofia").get("/cases?since=2026-11-16", headers={"accept-language": "fi"}).text
    assert "<bdi>16.11.2026</bdi>" in page


def test_pages_go_through_all_of_them(store: Store, logged_in: LogIn, clock: TurnableClock) -> None:
    """120 cases of three severities on three pages, each once, in one order; the last page leads no further."""
    for number in range(120):
        at = clock() - timedelta(minutes=number * number % 37)
        add_case(store, at, severity=1 + number % 3)
    browser, href, seen, pages = logged_in("sofia"), "/cases", [], 0
    while href:
        page = browser.get(href).text
        seen += [piece.partition('"')[0] for piece in page.split('data-case="')[1:]]
        pages += 1
        href = page.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0] if 'rel="next"' in page else ""
        href = href.replace("&amp;", "&")
    assert (len(seen), len(set(seen)), pages) == (120, 120, 3)


def test_fifty_rows_are_light(store: Store, logged_in: LogIn) -> None:
    """Pages go out unpacked: one with fifty rows of a namesake's case, the longest there are, has under 70 kB."""
    hold_namesake(store, rule="bundle.login-en")
    page = logged_in("sofia").get("/cases").text
    row = page.partition('<li class="row')[2].partition("</ol>")[0]
    assert row
    assert len(page.encode()) + 49 * len(row.encode()) < 70_000


def test_other_teams_cases_are_in_no_list(store: Store, logged_in: LogIn, clock: TurnableClock) -> None:
    """Somebody of one team sees its cases alone, in every tab, count, search and news."""
    mine = add_case(store, clock(), team="shop", sender="a@shop.example")
    other = add_case(store, clock(), team="partner", sender="b@partner.example")
    with store.writing() as session:
        session.add(UserTeamRow(user_id=_who(store, "sofia").user_id, team="shop"))
    browser = logged_in("sofia")
    for query in ("", "?state=all", "?state=all&q=b%40partner.example", "?team=partner", "?sort=newest", f"?q={other}"):
        assert other not in _listed(browser, query)
        assert "b@partner.example" not in browser.get(f"/cases{query}").text or "b%40" in query
    assert _listed(browser) == [mine]
    assert browser.get(f"/cases/news?state=held&since=0&ids={mine},{other}").json()["rows"].keys() == {mine}


def test_nothing_is_changed_by_looking(store: Store, logged_in: LogIn) -> None:
    """The page of another tab, and of nothing found, are pages."""
    browser = logged_in("aino")
    hold_unrelated(store, sender=SENDER)
    assert "Nothing found" in browser.get("/cases?q=nowhere-at-all").text
    assert "No cases here" in browser.get("/cases?state=approved").text
    assert "bulk" not in browser.get("/cases").text.partition("</main>")[0].replace("bulk_personal_data", "")
