"""Attacks on "send it to the address on record": who sees it, what is sent for it, and what changed meanwhile."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mailguard.cases.reading import read_case
from mailguard.cases.releasing.claim import claim
from mailguard.core.case import CaseState
from mailguard.core.person import Role
from mailguard.core.teams import Teams
from mailguard.store import people
from mailguard.store.store import Store
from tests.conftest import TurnableClock
from tests.desk.conftest import Browser
from tests.desk.held import NAMESAKE, hold_namesake
from tests.desk.small_register import bring_in, put_dispute, put_pair

LogIn = Callable[[str], Browser]
Token = Callable[[str], dict[str, str]]
RIGHT, SECOND = "virtanen.mikko@post.example", "mikko@home.example"
TEAMS = Teams({"Shops": ["operator.example"], "Partners": ["partner.example"]}, ())


@pytest.fixture
def case_id(store: Store, tmp_path: Path) -> str:
    """The namesake case of one team, with its customer on record."""
    bring_in(store, tmp_path)
    return hold_namesake(store, teams=TEAMS)


def test_whoever_does_not_decide_sees_no_address(store: Store, logged_in: LogIn, token: Token, case_id: str) -> None:
    """Auditor, ops, the sender (a supervisor), and a reviewer of another team: at no page, and not over the API."""
    teams = frozenset({"Partners"})
    people.add_user(store, "adam", email="adam@operator.example", role=Role.ADMIN, password=None, teams=teams)
    for name in ("aino", "olli", "anna", "adam"):
        browser, header = logged_in(name), token(name)
        pages = [
            browser.get(path).text for path in (f"/cases/{case_id}", f"/mine/{case_id}", f"/api/v1/cases/{case_id}")
        ]
        body = {"action": "approve", "reason": "his own", "send_to_record": {NAMESAKE: RIGHT}}
        right, wrong = (
            browser.post(f"/api/v1/cases/{case_id}/decision", json=body | {"send_to_record": way}, headers=header)
            for way in ({NAMESAKE: RIGHT}, {NAMESAKE: "eve@evil.example"})
        )
        assert right.status_code in (403, 404)
        assert (right.status_code, right.text) == (wrong.status_code, wrong.text), "tells if it is his"
        for page in pages:
            assert RIGHT not in page
            assert SECOND not in page
    assert read_case(store, case_id).summary.state is CaseState.HELD


MEANWHILE: dict[str, Callable[[Store, Path], object]] = {
    "disputed": lambda store, _: put_dispute(store, RIGHT, "1001"),
    "disputed for everybody": lambda store, _: put_dispute(store, RIGHT, None),
    "found wrong": lambda store, _: put_pair(store, RIGHT, "1001", approved=False),
    "changed": lambda store, folder: bring_in(
        store, folder, "1001,Mikko,Virtanen,other@home.example,yes,1961-04-02,Kuja 1,02100,Espoo"
    ),
    "not confirmed any more": lambda store, folder: bring_in(
        store, folder, f"1001,Mikko,Virtanen,{RIGHT},no,1961-04-02,Kuja 1,02100,Espoo"
    ),
}


@pytest.mark.parametrize("change", MEANWHILE)
@pytest.mark.parametrize("decided", [False, True])
def test_what_changed_since_the_page_was_shown(
    store: Store, logged_in: LogIn, clock: TurnableClock, case_id: str, tmp_path: Path, change: str, decided: bool
) -> None:
    """Before the decision it is refused, in the undo window nothing leaves: neither there nor to the wrong reader."""
    sofia = logged_in("sofia")
    assert f'value="0:{RIGHT}"' in sofia.get(f"/cases/{case_id}").text
    form = {"action": "approve", "attention": "1001", "instead": f"0:{RIGHT}"}
    if decided:
        assert sofia.submit(f"/cases/{case_id}/decision", **form).status_code == 303
    MEANWHILE[change](store, tmp_path)
    if not decided:
        assert sofia.submit(f"/cases/{case_id}/decision", **form).status_code == 422
        assert read_case(store, case_id).summary.state is CaseState.HELD
    clock.turn(minutes=1)
    assert claim(store, clock()) is None
    assert all(recipient.delivered_at is None for recipient in read_case(store, case_id).recipients)


@pytest.mark.parametrize(
    "instead",
    [
        [f"0:{RIGHT}", f"0:{SECOND}"],
        [f"0:{RIGHT}", f"0:{RIGHT}"],
        [f"00:{RIGHT}", f"0:{SECOND}"],
        [f"0:{RIGHT},eve@evil.example"],
        [f"0:{RIGHT}\r\nBcc: eve@evil.example"],
        [f"0:virtanen.mikko+eve@{RIGHT.partition('@')[2]}"],
        [f"0:<{RIGHT}>"],
    ],
)
def test_odd_choices(store: Store, logged_in: LogIn, clock: TurnableClock, case_id: str, instead: list[str]) -> None:
    """Two for one, one with something behind it, one spelt otherwise: nothing but what was offered."""
    form = {"action": "approve", "attention": "1001", "instead": instead}
    answer = logged_in("sofia").submit(f"/cases/{case_id}/decision", **form)
    assert answer.status_code == 422
    assert read_case(store, case_id).summary.state is CaseState.HELD
    clock.turn(minutes=1)
    assert claim(store, clock()) is None
