"""A person's own views: kept, shown as tabs, renamed, removed, and nobody else's."""

from collections.abc import Callable

from mailguard.desk.queue.views import MOST_VIEWS
from mailguard.store.store import Store
from tests.desk.conftest import Browser

LogIn = Callable[[str], Browser]


def test_view_is_kept_named_anew_and_removed(store: Store, logged_in: LogIn) -> None:
    """It is a tab with its name; it leads to its filters; only its owner has it."""
    sofia, adam = logged_in("sofia"), logged_in("adam")
    kept = sofia.submit("/cases/views", name="Grave <b>", query="state=held&severity=high&nonsense=1")
    assert (kept.status_code, kept.headers["location"]) == (303, "/cases?state=held&severity=high")
    page = sofia.get(kept.headers["location"]).text
    assert "Grave &lt;b&gt;" in page
    number = page.partition('action="/cases/views/')[2].partition('"')[0]
    assert "Grave" not in adam.get("/cases").text
    assert adam.submit(f"/cases/views/{number}", name="Mine now").status_code == 422
    assert adam.submit(f"/cases/views/{number}/delete").status_code == 422
    assert sofia.submit(f"/cases/views/{number}", name="Serious").status_code == 303
    assert "Serious" in sofia.get("/cases").text
    assert sofia.submit(f"/cases/views/{number}/delete").status_code == 303
    assert "Serious" not in sofia.get("/cases").text


def test_name_that_is_taken_gets_the_new_filters(store: Store, logged_in: LogIn) -> None:
    """Kept twice under one name there is one tab; another view cannot be given a name that is taken."""
    browser = logged_in("sofia")
    browser.submit("/cases/views", name="Mine", query="at=mine")
    browser.submit("/cases/views", name="Mine", query="due=late")
    page = browser.get("/cases").text
    assert page.count('class="own-view"') == 1
    assert "due=late" in page
    browser.submit("/cases/views", name="Other", query="at=free")
    number = browser.get("/cases?at=free").text.partition('action="/cases/views/')[2].partition('"')[0]
    assert browser.submit(f"/cases/views/{number}", name="Mine").status_code == 422


def test_there_is_an_end_to_views(store: Store, logged_in: LogIn) -> None:
    """No more than fit beside the tabs, and none without a name or with one of two lines."""
    browser = logged_in("sofia")
    for number in range(MOST_VIEWS):
        assert browser.submit("/cases/views", name=f"View {number}", query="at=mine").status_code == 303
    for name in ("one more", "", "x" * 41, "a\nb"):
        assert browser.submit("/cases/views", name=name, query="at=mine").status_code == 422
