"""Login by a real provider on loopback: who gets in, as whom, with which rights; and who does not."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlmodel import col, select

from mailguard.core.person import Role
from mailguard.core.settings import DeskSettings, OidcSettings, ReportSettings, Settings
from mailguard.desk.application import make_desk
from mailguard.desk.login.claims import NO_TEAM
from mailguard.store import people
from mailguard.store.people.federated import bind_subject
from mailguard.store.store import Store
from mailguard.store.tables.audit import AuditRow
from mailguard.store.tables.logins import SessionRow
from mailguard.store.tables.people import UserRow
from tests.conftest import TurnableClock
from tests.desk.conftest import PASSPHRASE, URL, Browser, token_of
from tests.desk.held import hold_namesake
from tests.desk.login.test_second_factor import acts, person
from tests.support.oidc import OidcProvider, start_oidc

PIA = {"preferred_username": "pia", "email": "pia@operator.example", "email_verified": True, "groups": ["reviewers"]}


@pytest.fixture(scope="module")
def provider() -> Iterator[OidcProvider]:
    """One provider for all tests; each puts its own people into it."""
    with start_oidc() as running:
        yield running


@pytest.fixture
def clock() -> TurnableClock:
    """Stands at the real time: the provider's tokens bear that."""
    standing = TurnableClock()
    standing.now = datetime.now(UTC)
    return standing


Desk = Callable[..., Browser]


@pytest.fixture
def desk(store: Store, users: None, provider: OidcProvider, tmp_path: Path) -> Desk:
    """A browser at a desk with that provider, and other settings of it where a test wants them."""
    secret = tmp_path / "client.secret"
    secret.write_text("a secret with % and : in it\n")

    def make(**changes: object) -> Browser:
        table = {
            "issuer": provider.issuer,
            "client_id": "mailguard",
            "client_secret_file": secret,
            "roles": {"reviewers": Role.SUPERVISOR, "it": Role.OPS, "admins": Role.ADMIN},
            "aliases_claim": "aliases",
            "label": "Operator login",
            "request_seconds": 30,
        }
        oidc = OidcSettings(**(table | changes))
        settings = Settings(
            desk=DeskSettings(public_url=URL, oidc=oidc), report=ReportSettings(teams={"Shops": ["shop.example"]})
        )
        return Browser(make_desk(store, settings, now=store.clock), base_url=URL)

    return make


def set_off(browser: Browser, query: str = "") -> str:
    """Follow the button to the provider; gives the address there."""
    answer: httpx.Response = browser.get(f"/login/oidc{query}", follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def come_back(browser: Browser, back: str) -> httpx.Response:
    """The browser opens what the provider sent it to."""
    url = urlsplit(back)
    assert f"{url.scheme}://{url.netloc}" == URL
    answer: httpx.Response = browser.get(f"{url.path}?{url.query}", follow_redirects=False)
    return answer


def log_in(browser: Browser, provider: OidcProvider, subject: str, query: str = "") -> httpx.Response:
    """All of it."""
    return come_back(browser, provider.log_in(set_off(browser, query), subject))


def row_of(store: Store, name: str) -> UserRow:
    """A user as the database has them."""
    with store.reading() as session:
        return session.exec(select(UserRow).where(UserRow.name == name)).one()


def whys(store: Store) -> list[str]:
    """Why logins failed."""
    with store.reading() as session:
        query = select(AuditRow).where(AuditRow.act == "login failed").order_by(col(AuditRow.seq))
        return [row.details.get("why", "") for row in session.exec(query)]


def test_somebody_of_a_mapped_group_gets_in(desk: Desk, provider: OidcProvider, store: Store) -> None:
    """A new user with role, address and aliases of the claims, a session of our own, and the page that was wanted."""
    provider.put_user("s-1", **PIA, aliases=["SMTP:sales@operator.example", "no address"])
    browser = desk()
    page = browser.get("/login?next=/register")
    assert "Log in with Operator login" in page.text
    answer = log_in(browser, provider, "s-1", "?next=/register")
    assert (answer.status_code, answer.headers["location"]) == (303, "/register")
    pia = person(store, "pia")
    assert pia.role is Role.SUPERVISOR
    assert set(pia.addresses) == {"pia@operator.example", "sales@operator.example"}
    assert row_of(store, "pia").oidc_subject == f"{provider.issuer} s-1"
    assert browser.get("/cases", follow_redirects=False).status_code == 200
    assert "Single sign-on" in browser.get("/account").text
    assert acts(store)[-2:] == ["user added", "login"]


def test_what_goes_to_the_provider(desk: Desk) -> None:
    """Code flow with PKCE; state, nonce and verifier are new each time, and the verifier stays here, sealed."""
    browser = desk()
    first, second = (parse_qs(urlsplit(set_off(browser)).query) for _ in range(2))
    assert first["response_type"] == ["code"]
    assert first["code_challenge_method"] == ["S256"]
    assert first["redirect_uri"] == [f"{URL}/login/oidc/back"]
    for name in ("state", "nonce", "code_challenge"):
        assert first[name] != second[name]
    kept = browser.cookies["mailguard-oidc"]
    assert second["state"][0] not in kept
    assert second["nonce"][0] not in kept


def test_a_login_is_the_browsers_that_began_it(desk: Desk, provider: OidcProvider) -> None:
    """A link with somebody else's code logs nobody in as somebody else (login CSRF)."""
    provider.put_user("s-1", **PIA)
    attacker, victim = desk(), desk()
    back = provider.log_in(set_off(attacker), "s-1")
    set_off(victim)
    answer = come_back(victim, back)
    assert answer.status_code == 400
    assert "begun in another window" in answer.text
    assert "mailguard" not in victim.cookies


def test_an_answer_counts_once(desk: Desk, provider: OidcProvider) -> None:
    """Whoever has both the address out of a log and the cookie cannot use them again."""
    provider.put_user("s-1", **PIA)
    browser = desk()
    way = set_off(browser)
    kept = browser.cookies["mailguard-oidc"]
    back = provider.log_in(way, "s-1")
    assert come_back(browser, back).status_code == 303
    browser.cookies.clear()
    browser.cookies.set("mailguard-oidc", kept)
    assert come_back(browser, back).status_code == 400


def test_a_way_that_took_too_long_is_stale(desk: Desk, provider: OidcProvider, clock: TurnableClock) -> None:
    """After a quarter of an hour one begins again."""
    provider.put_user("s-1", **PIA)
    browser = desk()
    back = provider.log_in(set_off(browser), "s-1")
    clock.turn(minutes=16)
    assert come_back(browser, back).status_code == 400


def test_the_cookie_of_a_session_stays_at_home_on_the_way_back(desk: Desk, provider: OidcProvider) -> None:
    """A browser that comes from the provider's site is asked to come once more, from ours; nothing is spent."""
    provider.put_user("s-1", **PIA)
    browser = desk()
    url = urlsplit(provider.log_in(set_off(browser), "s-1"))
    path = f"{url.path}?{url.query}"
    first = browser.get(path, headers={"Sec-Fetch-Site": "cross-site"}, follow_redirects=False)
    assert (first.status_code, first.headers["refresh"]) == (200, "0")
    second = browser.get(path, headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=False)
    assert second.status_code == 303


def test_refused_there_is_refused_here(desk: Desk, provider: OidcProvider, store: Store) -> None:
    """Who says no at the provider sees our login page; what the provider wrote is not repeated."""
    browser = desk()
    back = provider.log_in(set_off(browser), None)
    answer = come_back(browser, f"{back}&error_description=%3Cscript%3Ealert(1)%3C/script%3E")
    assert answer.status_code in (400, 403)
    assert "alert(1)" not in answer.text
    assert "mailguard" not in browser.cookies


def test_nobody_of_no_group(desk: Desk, provider: OidcProvider, store: Store) -> None:
    """Refused where the configuration says so; else let in to see their own mail."""
    provider.put_user("s-2", **(PIA | {"preferred_username": "niko", "email": "niko@operator.example", "groups": []}))
    answer = log_in(desk(), provider, "s-2")
    assert answer.status_code == 403
    assert "in no group" in answer.text
    assert "niko" not in [one.name for one in people.people(store)]
    assert log_in(desk(others="sender"), provider, "s-2").headers["location"] == "/mine"
    assert person(store, "niko").role is Role.SENDER


def test_the_highest_group_counts(desk: Desk, provider: OidcProvider, store: Store) -> None:
    """Of several roles an admin's; groups may stand deep in the claims, or be one text."""
    provider.put_user("s-3", **(PIA | {"groups": ["it", "admins", "reviewers"]}))
    log_in(desk(), provider, "s-3")
    assert person(store, "pia").role is Role.ADMIN
    deep = PIA | {"preferred_username": "dora", "email": "dora@operator.example", "realm_access": {"roles": "it"}}
    provider.put_user("s-4", **deep)
    log_in(desk(groups_claim="realm_access.roles"), provider, "s-4")
    assert person(store, "dora").role is Role.OPS


def test_a_lost_group_is_a_lost_role(
    desk: Desk, provider: OidcProvider, store: Store, token: Callable[[str], dict[str, str]]
) -> None:
    """At the next login the rights are gone, and so are open logins and tokens."""
    provider.put_user("s-1", **(PIA | {"groups": ["admins"]}))
    earlier, browser = desk(), desk()
    log_in(earlier, provider, "s-1")
    header = token("pia")
    provider.put_user("s-1", **(PIA | {"groups": ["reviewers"]}))
    log_in(browser, provider, "s-1")
    assert person(store, "pia").role is Role.SUPERVISOR
    provider.put_user("s-1", **(PIA | {"groups": []}))
    assert log_in(desk(), provider, "s-1").status_code == 403
    assert person(store, "pia").role is Role.SENDER
    assert earlier.get("/cases", follow_redirects=False).status_code == 303
    assert earlier.get("/api/v1/cases", headers=header).status_code == 401


def test_a_disabled_user_stays_out(desk: Desk, provider: OidcProvider, store: Store) -> None:
    """Whatever the provider says; and not by a new subject with the old address either."""
    provider.put_user("s-1", **PIA)
    log_in(desk(), provider, "s-1")
    people.disable_user(store, "pia")
    assert log_in(desk(), provider, "s-1").status_code == 403
    provider.put_user("s-9", **(PIA | {"preferred_username": "pia2"}))
    assert log_in(desk(), provider, "s-9").status_code == 403
    assert whys(store) == ["disabled", "address_taken"]


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"preferred_username": "adam"}, "name_taken"),
        ({"email": "adam@operator.example"}, "address_taken"),
        ({"email": "Adam+x@OPERATOR.example"}, "address_taken"),
    ],
)
def test_nobody_becomes_another_by_name_or_address(
    desk: Desk, provider: OidcProvider, store: Store, claims: dict[str, object], why: str
) -> None:
    """A stranger with the name or address of our admin is not our admin, and is told nothing of them."""
    provider.put_user("s-5", **(PIA | claims))
    answer = log_in(desk(), provider, "s-5")
    assert answer.status_code == 403
    assert whys(store) == [why]
    assert row_of(store, "adam").oidc_subject is None


def test_a_changed_address_takes_over_nobody(desk: Desk, provider: OidcProvider, store: Store) -> None:
    """Somebody known who turns up with an admin's address is refused, and stays who they were."""
    provider.put_user("s-1", **PIA)
    log_in(desk(), provider, "s-1")
    provider.put_user("s-1", **(PIA | {"email": "adam@operator.example"}))
    assert log_in(desk(), provider, "s-1").status_code == 403
    assert person(store, "pia").email == "pia@operator.example"


def test_addresses_are_added_and_never_lost(desk: Desk, provider: OidcProvider, store: Store) -> None:
    """A new verified address joins the identity; the old one stays: mail sent from it is still one's own."""
    provider.put_user("s-1", **PIA)
    log_in(desk(), provider, "s-1")
    provider.put_user("s-1", **(PIA | {"email": "pia.new@operator.example"}))
    log_in(desk(), provider, "s-1")
    pia = person(store, "pia")
    assert pia.email == "pia.new@operator.example"
    assert "pia@operator.example" in pia.addresses


@pytest.mark.parametrize("verified", [False, None, "false", 1])
def test_an_address_that_is_not_verified_is_nobodys(
    desk: Desk, provider: OidcProvider, store: Store, verified: object
) -> None:
    """A new user without a verified address is refused; one who is known keeps what they had; a setting vouches."""
    doubtful: dict[str, object] = {"preferred_username": "pia", "email": "boss@operator.example"}
    doubtful |= {"groups": ["reviewers"]} | ({} if verified is None else {"email_verified": verified})
    provider.put_user("s-6", **doubtful)
    assert log_in(desk(), provider, "s-6").status_code == 403
    assert whys(store) == ["no_address"]
    provider.put_user("s-6", **PIA)
    log_in(desk(), provider, "s-6")
    provider.put_user("s-6", **doubtful)
    assert log_in(desk(), provider, "s-6").status_code == 303
    assert set(person(store, "pia").addresses) == {"pia@operator.example"}
    assert log_in(desk(email_is_verified=True), provider, "s-6").status_code == 303
    assert "boss@operator.example" in person(store, "pia").addresses


def test_groups_lead_to_teams(desk: Desk, provider: OidcProvider, store: Store) -> None:
    """In a team's group one sees that team; in none, no team's mail rather than everybody's; "*" is everybody's."""
    browser = desk(teams={"shop people": "Shops", "house": "*"})
    for groups, teams in (
        (["reviewers", "shop people"], {"Shops"}),
        (["reviewers"], {NO_TEAM}),
        (["reviewers", "house", "shop people"], set()),
    ):
        provider.put_user("s-1", **(PIA | {"groups": groups}))
        assert log_in(browser, provider, "s-1").status_code == 303
        assert person(store, "pia").teams == teams
        browser.cookies.clear()


def test_an_admin_binds_a_user_of_ours(desk: Desk, provider: OidcProvider, store: Store) -> None:
    """Only so does somebody who was here before come in by the provider; they keep their name."""
    provider.put_user("s-7", **(PIA | {"preferred_username": "s.supervisor", "email": "sofia@operator.example"}))
    assert log_in(desk(), provider, "s-7").status_code == 403
    bind_subject(store, "sofia", f"{provider.issuer} s-7")
    browser = desk()
    assert log_in(browser, provider, "s-7").status_code == 303
    assert "sofia" in browser.get("/cases").text
    bind_subject(store, "sofia", None)
    assert browser.get("/cases", follow_redirects=False).status_code == 303


def test_local_logins_can_be_closed(desk: Desk, provider: OidcProvider) -> None:
    """With local_login = false no password opens the desk, and the page asks for none."""
    browser = desk(local_login=False)
    page = browser.get("/login")
    assert "password" not in page.text.lower()
    token = browser.cookies["mailguard-login"]
    fields = {"name": "sofia", "password": PASSPHRASE, "csrf": token}
    assert browser.post("/login", data=fields).status_code == 403
    assert browser.post("/login/passkey", data={"csrf": token}).status_code == 403
    open_desk = desk()
    assert open_desk.log_in("sofia").status_code == 303


def test_step_up_asks_the_provider_anew(desk: Desk, provider: OidcProvider, store: Store, clock: TurnableClock) -> None:
    """It must say that it was anew, and of the same person; then the decision goes on."""
    case_id = hold_namesake(store, rule="bundle.account")
    provider.put_user("s-1", **PIA)
    provider.put_user("s-2", **(PIA | {"preferred_username": "niko", "email": "niko@operator.example"}))
    browser = desk()
    log_in(browser, provider, "s-1")
    clock.now = datetime.now(UTC)
    clock.turn(seconds=1)
    with store.writing() as session:
        for row in session.exec(select(SessionRow)):
            row.verified_at = None
            session.add(row)
    form = {"action": "reject", "reason": "Ask the customer for the address first.", "recipient": ["0"]}
    assert browser.submit(f"/cases/{case_id}/decision", **form).headers["location"] == "/login/again"
    page = browser.get("/login/again").text
    assert "Show it to Operator login" in page
    assert 'type="password"' not in page
    way = set_off(browser, "?again=1")
    asked = parse_qs(urlsplit(way).query)
    assert (asked["prompt"], asked["max_age"]) == (["login"], ["0"])

    now = int(clock.now.timestamp())
    provider.put_user("s-1", **PIA, auth_time=None)
    assert come_back(browser, provider.log_in(way, "s-1")).status_code == 403
    provider.put_user("s-1", **PIA, auth_time=now - 3600)
    assert log_in(browser, provider, "s-1", "?again=1").status_code == 403
    provider.put_user("s-2", **(PIA | {"preferred_username": "niko", "email": "n@operator.example"}), auth_time=now)
    assert log_in(browser, provider, "s-2", "?again=1").status_code == 403
    provider.put_user("s-1", **PIA, auth_time=now)
    before = browser.cookies["mailguard"]
    assert log_in(browser, provider, "s-1", "?again=1").headers["location"] == "/login/onward"
    assert browser.cookies["mailguard"] != before
    assert "Ask the customer" in browser.get("/login/onward").text
    assert whys(store) == ["not_anew", "not_anew", "other_subject"]


def test_the_way_out_leads_by_the_provider(desk: Desk, provider: OidcProvider) -> None:
    """Our session ends, and the browser goes on to end the provider's, which leads back to our login."""
    provider.put_user("s-1", **PIA)
    browser = desk()
    log_in(browser, provider, "s-1")
    kept = browser.cookies["mailguard"]
    answer = browser.submit("/logout")
    address = answer.headers["refresh"].partition("url=")[2]
    assert address.startswith(f"{provider.issuer}/oauth2/end_session?")
    assert parse_qs(urlsplit(address).query)["post_logout_redirect_uri"] == [f"{URL}/login"]
    browser.cookies.set("mailguard", kept, domain="desk.example")
    assert browser.get("/cases", follow_redirects=False).status_code == 303


def test_a_provider_that_is_gone_is_said_to_be(desk: Desk) -> None:
    """The page says so, passwords still work, and the answer comes soon."""
    browser = desk(issuer="http://127.0.0.1:9", request_seconds=1)
    answer = browser.get("/login/oidc", follow_redirects=False)
    assert answer.status_code == 502
    assert "does not answer" in answer.text
    assert browser.log_in("sofia").status_code == 303


def test_without_a_provider_there_is_no_such_page(browser: Browser) -> None:
    """Nor a button."""
    assert browser.get("/login/oidc").status_code == 404
    assert browser.get("/login/oidc/back").status_code == 404
    assert "/login/oidc" not in browser.get("/login").text
    assert token_of(browser.get("/login"))
