"""One's own account: what is open, what is ended, and that it is one's own."""

from collections.abc import Callable

from fastapi import FastAPI

from mailguard.core.person import Role
from mailguard.store import people
from mailguard.store.people.digests import chosen_hours
from mailguard.store.store import Store
from tests.conftest import TurnableClock
from tests.desk.conftest import URL, Browser
from tests.desk.login.test_second_factor import person


def test_people_see_where_they_are_logged_in(app: FastAPI, logged_in: Callable[[str], Browser]) -> None:
    """The office and the telephone, each by its network; ending the other logs it out at once."""
    office = logged_in("sofia")
    phone = Browser(app, base_url=URL, client=("127.0.0.1", 9), headers={"X-Forwarded-For": "198.51.100.7"})
    phone.log_in("sofia")
    page = office.get("/account")
    assert "198.51.100.7" in page.text
    assert office.submit("/account/sessions/end").headers["location"] == "/account"
    assert "Logged out there" in office.get("/account").text
    assert phone.get("/cases", follow_redirects=False).status_code == 303
    assert office.get("/cases", follow_redirects=False).status_code == 200


def test_no_form_reaches_another_account(logged_in: Callable[[str], Browser], store: Store) -> None:
    """A key that is not one's own ends nothing, and a passkey of another is not found."""
    adam, sofia = logged_in("adam"), logged_in("sofia")
    key = adam.get("/account").text
    assert sofia.submit("/account/sessions/end", key="0" * 64).headers["location"] == "/account"
    assert sofia.submit("/account/passkeys/1/remove").headers["location"] == "/account"
    assert adam.get("/account").status_code == 200
    assert "sofia" not in key


def test_hours_of_letters_are_chosen(logged_in: Callable[[str], Browser], store: Store) -> None:
    """Written as people write them, kept in one form; what is no hour is refused and said so."""
    browser = logged_in("sofia")
    assert browser.submit("/account/digest", hours="13, 8").status_code == 303
    assert chosen_hours(store, person(store, "sofia")) == "8,13"
    refused = browser.submit("/account/digest", hours="25")
    assert refused.status_code == 422
    assert "Write hours of the day" in refused.text
    browser.submit("/account/digest", hours="now")
    assert 'value="now"' in browser.get("/account").text
    browser.submit("/account/digest", hours="")
    assert chosen_hours(store, person(store, "sofia")) == ""


def test_a_factor_is_not_changed_by_an_old_login(logged_in: Callable[[str], Browser], clock: TurnableClock) -> None:
    """Whoever finds an open screen cannot set up or remove a factor: the person is asked first."""
    browser = logged_in("sofia")
    clock.turn(minutes=16)
    for path in ("second/totp", "second/recovery", "second/confirm", "totp/remove", "passkeys/1/remove"):
        assert browser.submit(f"/account/{path}").headers["location"] == "/login/again", path


def test_everybody_has_an_account(store: Store, app: FastAPI) -> None:
    """Senders too, who see nothing else but their own mail; a hostile name is text."""
    name = '"><script>alert(1)</script>'
    people.add_user(store, name, email="x@operator.example", role=Role.SENDER, password="a long pass phrase")
    browser = Browser(app, base_url=URL)
    assert browser.log_in(name).headers["location"] == "/mine"
    page = browser.get("/account")
    assert page.status_code == 200
    assert "<script>alert" not in page.text
