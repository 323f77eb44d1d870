"""The page of teams' patterns."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from mailguard.core.settings import DeskSettings, Settings
from mailguard.desk.application import make_desk
from mailguard.policy.wording import Wording
from mailguard.report.coaching import Coach
from mailguard.store.store import Store
from mailguard.store.tables.audit import AuditRow
from tests.desk.conftest import URL, Browser, add_people
from tests.support.case_rows import add_case, decide_case

RULES = Path(__file__).parents[3] / "rules"
NAMES = ("anna", "bert", "cleo")
WHY = "She is to be trained in person, agreed with the works council."


@pytest.fixture
def browser(store: Store) -> Browser:
    """Three people of one team had a letter rejected last week."""
    add_people(store)
    for name in NAMES:
        case_id = add_case(store, store.clock() - timedelta(days=4), sender=f"{name}@orders.example")
        decide_case(store, case_id, "reject", timedelta(hours=1))
    settings = Settings(desk=DeskSettings(public_url=URL))
    coach = Coach(store, settings, Wording.load([RULES], "en"))
    return Browser(make_desk(store, settings, now=store.clock, coaching=coach), base_url=URL)


def opened(store: Store) -> list[AuditRow]:
    """The entries of opened names."""
    with store.reading() as session:
        return list(session.exec(select(AuditRow).where(AuditRow.act == "name opened")))


def names_in(page: str) -> list[str]:
    """Which of the people's addresses are to be read there."""
    text = re.sub("<[^>]*>", "", page)
    return [name for name in NAMES if f"{name}@orders.example" in text]


def test_ops_see_the_pattern_and_open_a_name_with_a_reason(browser: Browser, store: Store) -> None:
    """Team, lesson and pseudonyms, no name; with a reason one is shown, and the entry has reason and pseudonym only."""
    browser.log_in("olli")
    page = browser.get("/coaching").text
    assert "orders.example" in page
    assert "Two customers may bear one name" in page
    assert names_in(page) == []
    pseudonym = page.split("<option>")[1].split("<")[0]
    refused = browser.submit("/coaching/open", pseudonym=pseudonym, reason="because", weeks=4)
    assert refused.status_code == 422
    assert opened(store) == []
    shown = browser.submit("/coaching/open", pseudonym=pseudonym, reason=WHY, weeks=4)
    assert len(names_in(shown.text)) == 1
    (entry,) = opened(store)
    assert (entry.actor, entry.details) == ("olli", {"pseudonym": pseudonym, "reason": WHY})
    assert browser.submit("/coaching/open", pseudonym="P-2222222", reason=WHY, weeks=4).status_code == 404
    assert len(opened(store)) == 1


@pytest.mark.parametrize("name", ["aino", "sofia"])
def test_auditors_and_supervisors_have_no_such_page(browser: Browser, store: Store, name: str) -> None:
    """Neither the patterns nor a name, and no way to it."""
    browser.log_in(name)
    assert browser.get("/coaching").status_code == 403
    assert browser.submit("/coaching/open", pseudonym="P-2222222", reason=WHY, weeks=4).status_code == 403
    assert 'href="/coaching"' not in browser.get("/cases").text
    assert opened(store) == []
