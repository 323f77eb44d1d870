"""The register's pages: figures, audit, remembered pairs, disputes, confirmations, and who may take back what."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import delete
from sqlmodel import select

from mailguard.core.errors import RegisterError
from mailguard.core.settings import DeskSettings, RegisterSettings, Settings, StoreSettings
from mailguard.customers.audit_runs import begin_run, last_finished
from mailguard.customers.tables.audits import RISKS
from mailguard.customers.tables.memory import DisputeRow, PairRow
from mailguard.desk.application import make_desk
from mailguard.store.store import Store
from mailguard.store.tables.audit import AuditRow
from tests.conftest import TurnableClock
from tests.desk.case.test_pages import HOSTILE
from tests.desk.conftest import URL, Browser, token_of
from tests.desk.held import NAMESAKE, hold_namesake
from tests.desk.own_scripts import without_own
from tests.desk.small_register import audit, bring_in, is_revoked, put_dispute, put_pair, put_question
from tests.support.snapshot import snapshot
from tests.support.waiting import eventually

LogIn = Callable[[str], Browser]
PATHS = ["/register", "/register/audit", "/register/pairs", "/register/disputes", "/register/confirmations"]
ROLES = ["sofia", "adam", "olli", "aino"]


def acts(store: Store) -> list[tuple[str, str]]:
    """Acts of the audit trail and who did them."""
    with store.reading() as session:
        return [(row.act, row.actor) for row in session.exec(select(AuditRow).order_by(AuditRow.seq))]  # type: ignore[arg-type]


@pytest.fixture
def register(store: Store, tmp_path: Path) -> Store:
    """A register with a risk of each kind, audited, and something remembered of every sort."""
    bring_in(store, tmp_path)
    audit(store)
    put_pair(store, "m.virtanen@work.example", "1001", case_id=hold_namesake(store))
    put_dispute(store, NAMESAKE, "1001")
    put_question(store, "mikko.virtanen@gmail.com", "2045", yes=True)
    return store


@pytest.mark.parametrize("name", ROLES)
@pytest.mark.parametrize("path", PATHS)
def test_every_role_reads(register: Store, logged_in: LogIn, path: str, name: str) -> None:
    """Supervisors, admins, ops and auditors read every page; nobody else does."""
    assert logged_in(name).get(path).status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_nobody_else_reads(register: Store, browser: Browser, path: str) -> None:
    """Without a login each page leads to the login, and back afterwards."""
    answer = browser.get(path, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/login?next={path}")


def test_figures(register: Store, logged_in: LogIn) -> None:
    """Customers, addresses confirmed or not, disputed and shared, and the state of the sources."""
    page = logged_in("olli").get("/register").text
    figures = {
        re.sub("<[^>]+>", "", label): value for label, value in re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page)
    }
    assert figures["customers"] == "8"
    assert figures["addresses on record"] == "8"
    assert figures["confirmed by the source"] == "7"
    assert figures["never confirmed"] == "2"
    assert figures["on several records"] == "1"
    assert figures["disputed"] == "1"
    assert "customer file, by hand" in page


def test_sources_and_the_banner(store: Store, users: None) -> None:
    """A source that never came through is told on its page, and every page says that the register is too old."""
    register = RegisterSettings(stale_hours=24)
    settings = Settings(desk=DeskSettings(public_url=URL), register=register)
    browser = Browser(make_desk(store, settings, now=store.clock), base_url=URL)
    browser.log_in("olli")
    page = browser.get("/register").text
    assert "Too old" in page
    assert "1 d 0 h" in page
    for path in ("/cases", "/register/pairs", "/reports"):
        assert 'class="alert stale"' in browser.get(path).text


def test_audit_is_filtered_and_searched(register: Store, logged_in: LogIn) -> None:
    """Five kinds with their numbers; a kind or a search shows those alone; what is none shows all."""
    browser = logged_in("olli")
    page = browser.get("/register/audit").text
    for shown in ("ina@gmial.com".replace("@", "<wbr>@"), "gmail.com", "3001", "1 at gmial.com", "jan<wbr>@host.local"):
        assert shown in page
    assert page.count('scope="row"') == 5
    only = browser.get("/register/audit?kind=typo_domain").text
    assert only.count('scope="row"') == 1
    assert "3001" in only
    found = browser.get("/register/audit?q=3004").text
    assert found.count('scope="row"') == 1
    assert browser.get("/register/audit?kind=<script>").text.count('scope="row"') == 5
    assert "Nothing found" in browser.get("/register/audit?q=%25").text


def test_audit_before_the_first_run(store: Store, logged_in: LogIn) -> None:
    """A register that was never audited says so."""
    assert "has not been audited yet" in logged_in("aino").get("/register/audit").text


def test_audit_is_paged(store: Store, tmp_path: Path, logged_in: LogIn) -> None:
    """Fifty a page; the links lead through all findings, none twice."""
    bring_in(store, tmp_path, *(f"{n},Name{n},Odd,x{n}@host.local,yes,,,," for n in range(120)))
    audit(store)
    browser = logged_in("adam")
    path, seen = "/register/audit?kind=undeliverable", []
    while path:
        page = browser.get(path).text
        seen += re.findall(r"x(\d+)<wbr>@host", page)
        link = re.search(r'href="(\?[^"]*)" rel="next"', page)
        path = "/register/audit" + link[1].replace("&amp;", "&") if link else ""
    assert sorted(map(int, seen)) == list(range(120))


def test_audit_runs_beside_the_guard(tmp_path: Path, store_settings: StoreSettings, store: Store, users: None) -> None:
    """The button starts a process of its own, the page tells how far it is, and then what it found."""
    bring_in(store, tmp_path)
    settings = Settings(desk=DeskSettings(public_url=URL), store=store_settings)
    browser = Browser(make_desk(store, settings, now=store.clock), base_url=URL)
    browser.log_in("olli")
    answer = browser.submit("/register/audit")
    assert answer.headers["location"] == "/register/audit?watch=1"
    eventually(lambda: last_finished(store.engine, store.clock()))
    assert browser.get("/register/audit").text.count('scope="row"') == 5
    assert ("register audit", "olli") in acts(store)


def test_one_audit_at_a_time(register: Store, logged_in: LogIn) -> None:
    """While a run is under way the page shows its progress and no button, and a second start is told so."""
    begin_run(register.engine, "adam", register.clock())
    browser = logged_in("sofia")
    page = browser.get("/register/audit?watch=1")
    assert "An audit is under way" in page.text
    assert page.headers["refresh"] == "4"
    assert "Run it again" not in page.text
    assert "refresh" not in browser.get("/register/audit").headers
    browser.submit("/register/audit")
    assert "under way already" in browser.get("/register/audit").text


def test_csv(register: Store, logged_in: LogIn) -> None:
    """The file has every finding of the filter, no cell begins a formula, and the download is in the audit trail."""
    browser = logged_in("olli")
    answer = browser.submit("/register/audit/csv", kind="shared_address")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="mailguard-register-audit-2026-11-16.csv"'
    lines = answer.text.splitlines()
    assert lines[0] == "risk,customer,address,taken for,why"
    assert len(lines) == 2
    assert "'=cmd@lund.example" in lines[1]
    assert ("register audit downloaded", "olli") in acts(register)
    assert browser.get("/register/audit/csv").status_code == 405


def test_who_sees_whole_addresses(register: Store, logged_in: LogIn) -> None:
    """Who acts on a page sees its addresses; the others see enough to tell two apart."""
    whole = {
        (name, path): "<wbr>@" in logged_in(name).get(path).text.split("</nav>")[-1]
        for name in ROLES
        for path in PATHS[1:]
    }
    deciding = {"sofia", "adam"}
    assert {key for key, shown in whole.items() if shown} == {
        (name, path)
        for name in ROLES
        for path in PATHS[1:]
        if name in deciding or (name == "olli" and path == "/register/audit")
    }
    auditor = logged_in("aino")
    assert "mikko.v1rtanen@gmail.com" not in auditor.submit("/register/audit/csv").text
    assert "m•••n@gmail.com" in auditor.submit("/register/audit/csv").text


def test_pairs_are_listed_and_searched(register: Store, logged_in: LogIn) -> None:
    """Address, customer, reasons, until when, by whom and for which case; only what counts today."""
    put_pair(register, "gone@work.example", "1001")
    with register.writing() as session:
        row = session.get(PairRow, 2)
        assert row is not None
        row.until = register.clock().date().replace(day=1)
        session.add(row)
    put_pair(register, "no@work.example", "2044", approved=False)
    browser = logged_in("sofia")
    page = browser.get("/register/pairs").text
    assert re.search(r"m\.virtanen<wbr>@work\.example", page)
    for shown in ("31 Dec 2027", "Address not on record", "adam", "MG-", "Held always", "until taken back"):
        assert shown in page
    assert "gone" not in page
    assert browser.get("/register/pairs?q=2044").text.count('scope="row"') == 1


def test_a_later_decision_replaces_the_earlier(register: Store, logged_in: LogIn) -> None:
    """Of an approval and a later rejection the rejection is listed; taken back, the approval counts again."""
    put_pair(register, "M.Virtanen@work.example", "1001", approved=False)
    browser = logged_in("sofia")
    page = browser.get("/register/pairs").text
    assert page.count('scope="row"') == 1
    assert "Held always" in page
    browser.submit("/register/pairs/2/revoke", reason="a mistake")
    assert "31 Dec 2027" in browser.get("/register/pairs").text


@pytest.mark.parametrize("verb", ["pairs", "disputes", "audit", "csv"])
@pytest.mark.parametrize("name", [*ROLES, "anna"])
def test_who_may_do_what(
    register: Store, logged_in: LogIn, name: str, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deciding roles take back, ops too run the audit, everybody downloads what they may read."""
    monkeypatch.setattr("mailguard.desk.register.audit.start_audit", lambda desk, by: True)
    path = {"audit": "/register/audit", "csv": "/register/audit/csv"}.get(verb, f"/register/{verb}/1/revoke")
    before = snapshot(register)
    answer = logged_in(name).submit(path, reason="no longer true")
    allowed = {"pairs": 3, "disputes": 3, "audit": 4, "csv": 5}[verb]
    if name in ["sofia", "adam", "anna", "olli", "aino"][:allowed]:
        assert answer.status_code == (200 if verb == "csv" else 303)
        return
    assert answer.status_code == 403
    after = snapshot(register)
    assert [after[table] for table in ("remembered_pairs", "disputes")] == [
        before[table] for table in ("remembered_pairs", "disputes")
    ]
    if verb in {"pairs", "disputes"}:
        assert "Take back" not in logged_in(name).get(f"/register/{verb}").text


def test_taking_back_is_audited(register: Store, logged_in: LogIn) -> None:
    """The entry has the person's name and reason, and stands in the history of the case; the pair is gone from the
    list, and a second try is told that it is.
    """
    browser = logged_in("sofia")
    answer = browser.submit("/register/pairs/1/revoke", reason="the customer has moved")
    assert (answer.status_code, answer.headers["location"]) == (303, "/register/pairs")
    assert "Taken back." in browser.get("/register/pairs").text
    assert is_revoked(register, PairRow, 1)
    with register.reading() as session:
        entry = session.exec(select(AuditRow).where(AuditRow.act == "pair revoked")).one()
    assert (entry.actor, entry.details["reason"]) == ("sofia", "the customer has moved")
    assert entry.case_id is not None
    assert browser.submit("/register/pairs/1/revoke", reason="again").status_code == 404


def test_a_dispute_is_taken_back(register: Store, logged_in: LogIn) -> None:
    """With every other one of that address and customer, and of no other customer."""
    put_dispute(register, NAMESAKE.upper(), "1001")
    put_dispute(register, NAMESAKE, "2044")
    browser = logged_in("adam")
    assert browser.submit("/register/disputes/1/revoke", reason="it was the neighbour").status_code == 303
    assert [is_revoked(register, DisputeRow, number) for number in (1, 2, 3)] == [True, True, False]
    assert ("dispute revoked", "adam") in acts(register)
    assert browser.submit("/register/disputes/1/revoke", reason="again").status_code == 404


def test_the_sender_does_not_take_back_a_rejection(register: Store, logged_in: LogIn) -> None:
    """anna, a supervisor, may not undo what a second person decided on her own letter; sofia may."""
    put_pair(register, NAMESAKE, "1001", approved=False, case_id=hold_namesake(register), by="sofia")
    assert logged_in("anna").submit("/register/pairs/2/revoke", reason="it is right").status_code == 403
    assert not is_revoked(register, PairRow, 2)
    assert logged_in("sofia").submit("/register/pairs/2/revoke", reason="it is right").status_code == 303


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
@pytest.mark.parametrize("what", ["pairs", "disputes"])
def test_taking_back_needs_a_reason(register: Store, logged_in: LogIn, what: str, reason: str) -> None:
    """Without a reason, or with a novel, nothing is taken back, and the page says so."""
    answer = logged_in("sofia").submit(f"/register/{what}/1/revoke", reason=reason)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert not is_revoked(register, PairRow, 1)
    assert not is_revoked(register, DisputeRow, 1)


@pytest.mark.parametrize("number", ["0", "-1", "x", "99999999999999999999", "%00"])
def test_nothing_of_that_number(register: Store, logged_in: LogIn, number: str) -> None:
    """A number that is none is refused and is no error of ours."""
    answer = logged_in("sofia").submit(f"/register/pairs/{number}/revoke", reason="x")
    assert answer.status_code in {404, 422}


def test_forms_without_token_do_nothing(register: Store, logged_in: LogIn) -> None:
    """No token, or another site's page: 403, and nothing is different afterwards."""
    browser = logged_in("sofia")
    own = token_of(browser.get("/register/pairs"))
    before = snapshot(register)
    for path in ("/register/pairs/1/revoke", "/register/disputes/1/revoke", "/register/audit", "/register/audit/csv"):
        assert browser.post(path, data={"reason": "x"}).status_code == 403
        foreign = {"Sec-Fetch-Site": "cross-site"}
        assert browser.post(path, data={"reason": "x", "csrf": own}, headers=foreign).status_code == 403
    assert snapshot(register) == before


@pytest.mark.parametrize("name", [None, "sofia"])
def test_looking_changes_nothing(register: Store, logged_in: LogIn, browser: Browser, name: str | None) -> None:
    """GET and HEAD on every page and act of the register change no row."""
    visitor = logged_in(name) if name else browser
    before = snapshot(register)
    posts = ["/register/pairs/1/revoke", "/register/disputes/1/revoke", "/register/audit/csv"]
    for path in [*PATHS, *posts, "/register/audit?watch=1"]:
        for method in ("GET", "HEAD"):
            answer = visitor.request(method, path, params={"reason": "x", "csrf": "y"})
            assert answer.status_code < 500
    assert snapshot(register) == before


def test_confirmations_are_listed(register: Store, logged_in: LogIn) -> None:
    """What was asked, by whom, and what came of it."""
    put_question(register, NAMESAKE, "2044")
    put_question(register, "ina@gmial.com", "3001", yes=False)
    browser = logged_in("sofia")
    page = browser.get("/register/confirmations").text
    for shown in ("Confirmed", "Asked", "Not me", "good until", "sofia"):
        assert shown in page
    assert browser.get("/register/confirmations?q=gmial").text.count('scope="row"') == 1


@pytest.mark.parametrize("what", ["pairs", "disputes", "confirmations"])
def test_lists_are_paged(store: Store, logged_in: LogIn, what: str) -> None:
    """Fifty a page, newest first; the links lead through all of them, none twice."""
    for number in range(103):
        if what == "pairs":
            put_pair(store, f"x{number}@post.example", f"c{number}")
        elif what == "disputes":
            put_dispute(store, f"x{number}@post.example", f"c{number}")
        else:
            put_question(store, f"x{number}@post.example", f"c{number}")
    browser = logged_in("sofia")
    path, seen = f"/register/{what}", []
    while path:
        page = browser.get(path).text
        seen += [int(n) for n in re.findall(r'scope="row".*?x(\d+)<wbr>', page)]
        link = re.search(r'href="(\?[^"]*)" rel="next"', page)
        path = f"/register/{what}" + link[1].replace("&amp;", "&") if link else ""
    assert seen == list(range(102, -1, -1))


@pytest.mark.parametrize("hostile", [text for text in HOSTILE if len(text) < 600])
def test_hostile_register_is_harmless(register: Store, logged_in: LogIn, hostile: str) -> None:
    """Markup and direction marks in addresses, ids, reasons and findings add no element and turn nothing round."""
    address = f"{hostile}@x.example"
    with register.writing() as session:
        session.execute(delete(RISKS))
        run = last_finished(register.engine, register.clock())
        assert run is not None
        values = {"audit_id": run.id, "kind": "lookalike_address", "customer_id": hostile, "address": address}
        session.execute(RISKS.insert().values(values | {"other": address, "text": hostile}))
    put_pair(register, address, hostile, by=hostile)
    put_dispute(register, address, hostile)
    put_question(register, address, hostile)
    browser = logged_in("sofia")
    for path in PATHS:
        answer = browser.get(path)
        assert answer.status_code == 200
        tags = {tag.lower() for tag in re.findall(r"<([a-zA-Z]+)", without_own(answer.text))}
        assert not tags & {"script", "svg", "iframe", "object", "style", "base"}
        assert not re.search(r"<[^>]* on\w+\s*=", answer.text)
        assert not set(answer.text) & set("\u202e\u2066\u2069\u200f\u061c\x1b\x07\x00\x7f\x85\u3164")


def test_store_trouble_is_a_page(app: FastAPI, logged_in: LogIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the register does not answer, the page says that nothing was changed."""
    browser = logged_in("sofia")

    def fail(*_: object, **__: object) -> None:
        raise RegisterError("customer register: OperationalError")

    monkeypatch.setattr("mailguard.desk.register.overview.last_finished", fail)
    answer = browser.get("/register")
    assert answer.status_code == 503
    assert "Nothing was changed" in answer.text


def test_figures_are_kept_a_while(register: Store, logged_in: LogIn, tmp_path: Path, clock: TurnableClock) -> None:
    """A page does not count a million customers each time: the figures say when they were counted."""
    browser = logged_in("sofia")
    assert "<dd>8</dd>" in browser.get("/register").text
    bring_in(register, tmp_path, "9001,New,Comer,new@post.example,yes,,,,")
    assert "<dd>9</dd>" not in browser.get("/register").text
    clock.turn(minutes=6)
    assert "<dd>9</dd>" in browser.get("/register").text
