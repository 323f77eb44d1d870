"""The login in real Chromium: passkeys on a virtual device, an authenticator app, and how the pages look."""

import re
from collections.abc import Iterator
from typing import Any

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, CDPSession, Page, expect
from sqlmodel import select

from mailguard.cases.reading import read_case
from mailguard.core.case import CaseState
from mailguard.core.person import Role
from mailguard.core.settings import OidcSettings, StoreSettings
from mailguard.store.store import Store, open_store
from mailguard.store.tables.logins import PasskeyRow, SessionRow
from mailguard.store.tables.people import UserRow
from tests.desk.conftest import PASSPHRASE, add_people
from tests.desk.held import hold_namesake
from tests.desk.login.test_second_factor import acts
from tests.desk.test_accessibility import look
from tests.desk.window import Desk, Visit, chromium  # noqa: F401 - a fixture

OIDC = OidcSettings(issuer="http://127.0.0.1:9", client_id="m", roles={"g": Role.OPS}, label="Operator login")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Serves one store with the real clock under a name: passkeys belong to names."""
    folder = tmp_path_factory.mktemp("desk")
    kept = StoreSettings(database_url=f"sqlite:///{folder}/guard.db", key_file=folder / "guard.key")
    store = open_store(kept)
    add_people(store)
    running = Desk(store, kept, host="localhost", oidc=OIDC)
    running.start()
    yield running
    running.stop()
    store.close()


class Device:
    """A security key with a fingerprint, plugged into one window."""

    def __init__(self, visit: Visit, *, verified: bool = True) -> None:
        self.cdp: CDPSession = visit.context.new_cdp_session(visit.page)
        self.cdp.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": verified,
            "automaticPresenceSimulation": True,
        }
        self.id = self.cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    def keys(self) -> list[dict[str, Any]]:
        """The passkeys on it, private halves too."""
        told = self.cdp.send("WebAuthn.getCredentials", {"authenticatorId": self.id})
        return list(told["credentials"])

    def take(self, key: dict[str, Any]) -> None:
        """Copy a passkey onto it."""
        self.cdp.send("WebAuthn.addCredential", {"authenticatorId": self.id, "credential": key})


def log_in(visit: Visit, name: str) -> Page:
    """By name and password."""
    page = visit.page
    page.goto(f"{visit.url}/login")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSPHRASE)
    page.get_by_role("button", name="Log in", exact=True).click()
    return page


def log_out(page: Page) -> None:
    """By the button of every page."""
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/login")


def go_to_account(page: Page) -> None:
    """By the link, as people do: an address typed while the page before is still arriving is dropped by Chromium."""
    page.locator('a[href="/account"]').first.click()
    page.wait_for_url("**/account")


def passkeys_of(store: Store, name: str) -> list[PasskeyRow]:
    """As the database has them."""
    with store.reading() as session:
        query = select(PasskeyRow).join(UserRow, UserRow.id == PasskeyRow.user_id)  # type: ignore[arg-type]
        return list(session.exec(query.where(UserRow.name == name).order_by(PasskeyRow.id)))  # type: ignore[arg-type]


def make_passkey(visit: Visit, name: str) -> Page:
    """With the device that is plugged in."""
    page = visit.page
    page.wait_for_url("**/cases")
    page.goto(f"{visit.url}/account/second")
    page.get_by_label("Name of the device").fill(name)
    page.get_by_role("button", name="Make a passkey").click()
    return page


def test_a_passkey_from_its_making_to_its_end(chromium: Browser, desk: Desk) -> None:  # noqa: F811
    """Made, it logs in alone, counts its uses, steps up, is asked for after a password; removed, it opens nothing."""
    visit = Visit(chromium, desk.url, viewport={"width": 1280, "height": 800})
    device, axe, page = Device(visit), Axe(), log_in(visit, "sofia")
    make_passkey(visit, "Office laptop")
    page.get_by_text("Keep these recovery codes").wait_for()
    found = look(visit, axe, "/passkey-codes")
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_role("strong").get_by_text("Office laptop")).to_be_visible()
    found += look(visit, axe, "/passkey-account")
    log_out(page)

    page.get_by_role("button", name="Log in with a passkey").click()
    page.wait_for_url("**/cases")
    assert [row.sign_count for row in passkeys_of(desk.store, "sofia")] == [2]
    assert acts(desk.store)[-1] == "login"

    case_id = hold_namesake(desk.store, approvals=2)
    _grow_old(desk.store)
    page.goto(f"{desk.url}/cases/{case_id}")
    page.get_by_label("Reason for the sender").fill("Ask the customer for the address first.")
    page.locator("form.reject button.stop").click()
    page.wait_for_url("**/login/again")
    found += look(visit, axe, "/passkey-again")
    assert read_case(desk.store, case_id).summary.state is CaseState.HELD
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/login/onward")
    found += look(visit, axe, "/passkey-onward")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/cases(/MG-[^/]*)?$"))
    assert read_case(desk.store, case_id).summary.state is not CaseState.HELD
    log_out(page)

    log_in(visit, "sofia")
    page.wait_for_url("**/login/second**")
    found += look(visit, axe, "/passkey-second")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/cases")
    go_to_account(page)
    page.get_by_role("button", name="Remove Office laptop").click()
    page.get_by_text("It opens nothing any more").wait_for()
    log_out(page)
    assert device.keys(), "the device still has it"
    page.get_by_role("button", name="Log in with a passkey").click()
    page.get_by_text("This passkey was not taken").wait_for()
    assert acts(desk.store)[-1] == "login failed"
    assert found == []
    assert visit.strayed == []


def test_a_copied_passkey_is_noticed(chromium: Browser, desk: Desk) -> None:  # noqa: F811
    """Two devices with one passkey: the one whose count lags behind is refused, and that is written down."""
    visit = Visit(chromium, desk.url)
    device, page = Device(visit), log_in(visit, "adam")
    make_passkey(visit, "Key ring")
    page.get_by_text("Keep these recovery codes").wait_for()
    copied = device.keys()[0]
    page.goto(f"{desk.url}/account")
    log_out(page)
    for _ in range(2):
        page.get_by_role("button", name="Log in with a passkey").click()
        page.wait_for_url("**/cases")
        log_out(page)
    thief = Visit(chromium, desk.url)
    Device(thief).take(copied)
    thief.page.goto(f"{desk.url}/login")
    thief.page.get_by_role("button", name="Log in with a passkey").click()
    thief.page.get_by_text("This passkey was not taken").wait_for()
    assert acts(desk.store)[-1] == "login failed"


def test_a_device_that_verifies_nobody_is_not_enough(chromium: Browser, desk: Desk) -> None:  # noqa: F811
    """Without finger, face or PIN no passkey is made, and the page says so."""
    visit = Visit(chromium, desk.url)
    Device(visit, verified=False)
    log_in(visit, "olli").wait_for_url("**/cases")
    page = make_passkey(visit, "Found on the street")
    page.get_by_text("No passkey was made").wait_for()
    assert passkeys_of(desk.store, "olli") == []


def test_an_answer_is_for_one_question_of_one_browser(chromium: Browser, desk: Desk) -> None:  # noqa: F811
    """An answer that was overheard is worth nothing: neither again in its browser, nor in another."""
    visit = Visit(chromium, desk.url)
    Device(visit)
    page = log_in(visit, "aino")
    make_passkey(visit, "Telephone")
    page.get_by_text("Keep these recovery codes").wait_for()
    page.goto(f"{desk.url}/account")
    log_out(page)
    with page.expect_request(f"{desk.url}/login/passkey") as sent:
        page.get_by_role("button", name="Log in with a passkey").click()
    page.wait_for_url("**/cases")
    overheard = sent.value.post_data
    assert overheard is not None
    log_out(page)
    headers = {"content-type": "application/x-www-form-urlencoded"}
    for window in (visit, Visit(chromium, desk.url)):
        window.page.goto(f"{desk.url}/login")
        token = window.page.locator('input[name="csrf"]').first.get_attribute("value")
        replayed = re.sub(r"csrf=[^&]*", f"csrf={token}", overheard)
        answer = window.context.request.post(f"{desk.url}/login/passkey", data=replayed, headers=headers)
        assert answer.status == 401


def test_an_app_set_up_and_used(chromium: Browser, desk: Desk) -> None:  # noqa: F811
    """The picture is shown and read, the code confirmed, and the next login asks for it."""
    visit = Visit(chromium, desk.url, viewport={"width": 1280, "height": 800})
    axe, page = Axe(), log_in(visit, "anna")
    page.wait_for_url("**/cases")
    go_to_account(page)
    page.get_by_role("link", name="Add a second factor").click()
    page.get_by_role("button", name="Set up an app").wait_for()
    found = look(visit, axe, "/enrol-choose")
    page.get_by_role("button", name="Set up an app").click()
    page.get_by_text("No camera?").click()
    key = page.locator("code.key").inner_text().replace(" ", "")
    assert page.evaluate("document.querySelector('img.qr').naturalWidth") > 0
    found += look(visit, axe, "/enrol-app")
    page.get_by_label("Type the code").fill("000000")
    page.get_by_role("button", name="Confirm").click()
    page.get_by_text("That was not right").wait_for()
    page.get_by_label("Type the code").fill(pyotp.TOTP(key).now())
    page.get_by_role("button", name="Confirm").click()
    page.get_by_text("Keep these recovery codes").wait_for()
    code = page.locator(".codes code").first.inner_text()
    page.get_by_role("link", name="I have kept them").click()
    found += look(visit, axe, "/app-account")
    log_out(page)
    log_in(visit, "anna")
    page.wait_for_url("**/login/second**")
    found += look(visit, axe, "/app-second")
    page.get_by_label("Code of six digits").fill(code)
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url("**/cases")
    log_out(page)
    found += look(visit, axe, "/login-with-provider")
    assert found == []
    assert visit.strayed == []


def test_without_script_passkeys_stay_away(chromium: Browser, desk: Desk) -> None:  # noqa: F811
    """The page works by password alone, and no button does nothing."""
    visit = Visit(chromium, desk.url, java_script_enabled=False)
    page = log_in(visit, "olli")
    page.wait_for_url("**/cases")
    assert page.goto(f"{desk.url}/account/second")
    assert page.get_by_role("button", name="Make a passkey").count() == 0
    visit.context.clear_cookies()
    page.goto(f"{desk.url}/login")
    assert page.get_by_role("button", name="Log in with a passkey").count() == 0


def _grow_old(store: Store) -> None:
    """The logins were verified long ago: the clock of these tests is the real one."""
    with store.writing() as session:
        for row in session.exec(select(SessionRow)):
            row.verified_at = row.created_at.replace(year=row.created_at.year - 1)
            session.add(row)
