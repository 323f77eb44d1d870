"""What programs do that stand between a letter and its reader: open every link, look at it, send every form."""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser as HTMLParser
from sqlmodel import col, select

from mailguard.core.settings import Settings
from mailguard.desk.application import make_desk
from mailguard.incidents.reports.intake import Submission, take_submission
from mailguard.incidents.reports.report import Channel
from mailguard.notices.claim import claim, mark_sent
from mailguard.notices.compose import compose
from mailguard.notices.composing import compose_letter
from mailguard.notices.facts import read_facts
from mailguard.store.store import Store
from mailguard.store.tables.audit import AuditRow
from mailguard.store.tables.outbox import NoticeRow
from tests.conftest import TurnableClock
from tests.desk.conftest import URL, Browser
from tests.desk.held import hold_namesake, hold_unrelated
from tests.desk.strangers.test_confirming import put_question
from tests.notices.outbox import parsed
from tests.support.snapshot import snapshot

LANGUAGES = ("en", "fi", "sv", "pl", "nl", "de")
OF_CASES = (
    "held",
    "question",
    "answer",
    "returned",
    "rejected",
    "released",
    "expired",
    "withdrawn",
    "undeliverable",
    "reminder",
    "escalation",
    "dealt_with",
    "break_glass",
    "to_review",
    "after_review",
)
FILLINGS = ("", "1", "test", "robot@scanner.example", "<a>")
MEANT = frozenset({"login_networks"})
"""Tries to log in are counted by their network: that is what slows guessing down. They stand in the audit trail too."""
STRANGERS_PAGE = "/report-a-letter"
"""What is sent here by itself, with an address that can be written to, is a report: anybody may make one. It is taken
in and changes nothing else until its address has answered; so the crawler leaves it out with an address filled in."""

_LINK = re.compile(r"https?://[^\s<>\"']+")


def test_no_robot_changes_anything(store: Store, users: None, tmp_path: Path, clock: TurnableClock) -> None:
    """Each link of each letter in six languages, each public page, each form, empty and filled: no row is another."""
    settings = [
        Settings(
            desk={"public_url": URL},
            notices={"from_address": "guard@operator.example", "language": language},
            incidents={"public_page": True},
        )
        for language in LANGUAGES
    ]
    cases = (hold_namesake(store, approvals=2), hold_unrelated(store))
    put_question(store, tmp_path)
    said = Submission("reader@mail.example", "Not mine.", Channel.PAGE, "en", "order 7731", network="192.0.2.1")
    take_submission(store, settings[0], said)
    links = {link for each in settings for case_id in cases for link in _of_case(store, case_id, each)}
    links |= set(_of_outbox(store, settings))
    paths = {urlsplit(link).path for link in links}
    assert {f"/cases/{cases[0]}", f"/mine/{cases[0]}"} <= paths
    assert {"/confirm", "/report-a-letter"} <= {path.rpartition("/")[0] for path in paths}
    robot = Browser(make_desk(store, settings[0], now=store.clock), base_url=URL)
    before = snapshot(store, MEANT)
    pages, forms = _crawl(robot, [*sorted(links), "/", "/login", STRANGERS_PAGE, "/login/second", "/login/again"])
    after = snapshot(store, MEANT)
    changed = {table for table in before if before[table] != after[table]}
    assert changed <= {"audit", "audit_head"}
    with store.reading() as session:
        acts = session.exec(select(AuditRow.act).where(col(AuditRow.seq) > len(before["audit"]))).all()
    assert set(acts) <= {"login failed"}
    assert pages > len(paths)
    assert forms > 100


def _of_case(store: Store, case_id: str, settings: Settings) -> Iterator[str]:
    with store.reading() as session:
        facts = read_facts(session, case_id)
    assert facts is not None
    for kind, to in product(OF_CASES, (facts.sender, "sofia@operator.example")):
        row = NoticeRow(id=1, kind=kind, to=to, case_id=case_id, details={}, created_at=store.clock())
        yield from _links(compose(row, facts, settings))


def _of_outbox(store: Store, settings: list[Settings]) -> Iterator[str]:
    """Of all that waits there: a question to an address, a reader's code, the house's own."""
    while (claimed := claim(store, store.clock() + timedelta(minutes=1))) is not None:
        for each in settings:
            yield from _links(compose_letter(claimed, each))
        mark_sent(store, claimed.notice, "250 ok", store.clock())


def _links(raw: bytes) -> Iterator[str]:
    letter = parsed(raw)
    for kind in ("plain", "html"):
        part = letter.get_body((kind,))
        assert part is not None
        content = str(part.get_content())
        yield from _LINK.findall(content)
        yield from (node.attributes.get("href") or "" for node in HTMLParser(content).css("[href]"))


def _crawl(robot: Browser, waiting: list[str]) -> tuple[int, int]:
    seen: set[str] = set()
    sent: set[tuple[str, tuple[tuple[str, str], ...]]] = set()
    while waiting:
        address = urljoin(URL + "/", waiting.pop()).partition("#")[0]
        if address in seen or not address.startswith(URL + "/"):
            continue
        seen.add(address)
        for method in ("HEAD", "GET", "OPTIONS", "PROPFIND", "POST"):
            page = robot.request(method, address)
            assert page.status_code < 500, address
            tree = HTMLParser(page.text)
            waiting += [node.attributes.get("href") or "" for node in tree.css("a, link")]
            waiting += [node.attributes.get("src") or "" for node in tree.css("img, script, iframe")]
            waiting.append(str(page.url))
            for target, data in _forms(tree, str(page.url)):
                filled = tuple(sorted(data.items()))
                if (target, filled) in sent or not target.startswith(URL + "/"):
                    continue
                sent.add((target, filled))
                answer = robot.post(target, data=data)
                assert answer.status_code < 500, target
                waiting.append(str(answer.url))
    return len(seen), len(sent)


def _forms(tree: HTMLParser, page: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Each form with each of its buttons and each filling; hidden fields as they are, and filled too."""
    for form in tree.css("form"):
        target = urljoin(page, form.attributes.get("action") or page)
        fields = form.css("input, textarea, select")
        for button, filling, hidden in product(form.css("button, input[type=submit]"), FILLINGS, (True, False)):
            data = {}
            for field in fields:
                keeps = hidden and field.attributes.get("type") == "hidden"
                data[field.attributes.get("name") or ""] = (field.attributes.get("value") or "") if keeps else filling
            data[button.attributes.get("name") or ""] = button.attributes.get("value") or ""
            if urlsplit(target).path == STRANGERS_PAGE and "@" in filling:
                continue
            yield target, data
