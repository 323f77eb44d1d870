"""The decision form's other choices: the address on record instead, usual reasons, a dispute; what it says first."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mailguard.cases.reading import read_case
from mailguard.cases.releasing.claim import claim
from mailguard.core.case import CaseState
from mailguard.customers.disputes import is_disputed
from mailguard.desk.deciding.rejecting import usual_reasons
from mailguard.store.store import Store
from tests.conftest import TurnableClock
from tests.desk.conftest import Browser
from tests.desk.held import COPY, NAMESAKE, hold_namesake
from tests.desk.small_register import bring_in

LogIn = Callable[[str], Browser]
RIGHT = "virtanen.mikko@post.example"


@pytest.fixture
def case_id(store: Store, tmp_path: Path) -> str:
    """The namesake case, with its customer on record."""
    bring_in(store, tmp_path)
    return hold_namesake(store)


def decide(browser: Browser, case_id: str, **fields: object) -> int:
    """An approval at the page, with the attention check answered; gives the status."""
    return browser.submit(f"/cases/{case_id}/decision", action="approve", attention="1001", **fields).status_code


def test_the_diff_is_shown_and_that_leaves(store: Store, logged_in: LogIn, case_id: str, clock: TurnableClock) -> None:
    """The form shows both lines; what leaves goes to the address on record, with exactly that line."""
    sofia = logged_in("sofia")
    page = sofia.get(f"/cases/{case_id}").text
    assert f'value="0:{RIGHT}"' in page
    assert f"<del><bdi>To: Mikko Virtanen &lt;{NAMESAKE}&gt;</bdi></del>" in page
    assert f"<ins><bdi>To: Mikko Virtanen &lt;{RIGHT}&gt;</bdi></ins>" in page
    assert decide(sofia, case_id, instead=f"0:{RIGHT}") == 303
    clock.turn(seconds=10)
    job = claim(store, clock())
    assert job is not None
    assert job.envelope.recipients == (RIGHT,)
    assert f"To: Mikko Virtanen <{RIGHT}>\r\n".encode() in job.raw
    assert NAMESAKE.encode() not in job.raw


def test_one_way_for_one_recipient(store: Store, logged_in: LogIn, case_id: str) -> None:
    """Ticked and replaced, a stranger's address, a recipient that is none: said beside the form, nothing decided."""
    sofia = logged_in("sofia")
    assert decide(sofia, case_id, recipient="0", instead=f"0:{RIGHT}") == 422
    for odd in ("0:eve@evil.example", f"7:{RIGHT}", RIGHT, f"x:{RIGHT}", "0:", f"-1:{RIGHT}"):
        assert decide(sofia, case_id, instead=odd) == 422
    assert decide(sofia, case_id, everyone="yes", instead=f"0:{RIGHT}") == 422
    assert read_case(store, case_id).summary.state is CaseState.HELD


def test_over_the_api(store: Store, logged_in: LogIn, token: Callable[[str], dict[str, str]], case_id: str) -> None:
    """The contract's decision takes recipients with their addresses on record, and the case tells of it."""
    browser, path, header = logged_in("sofia"), f"/api/v1/cases/{case_id}", token("sofia")
    browser.cookies.clear()
    body: dict[str, object] = {"action": "approve", "reason": "his own", "recipients": [COPY]}
    wrong = body | {"send_to_record": {NAMESAKE: "eve@evil.example"}}
    assert browser.post(f"{path}/decision", json=wrong, headers=header).status_code == 422
    body |= {"send_to_record": {NAMESAKE: RIGHT}}
    assert browser.post(f"{path}/decision", json=body, headers=header).json()["state"] == "approved"
    case = browser.get(path, headers=header).json()
    assert [(r["address"], r["send_to"]) for r in case["recipients"]] == [(NAMESAKE, RIGHT), (COPY, None)]


def test_what_happens_is_told_before(store: Store, logged_in: LogIn, case_id: str) -> None:
    """Who gets it, who is told, what is remembered, when it leaves, what can be undone: for each action."""
    page = logged_in("sofia").get(f"/cases/{case_id}").text
    for heading in ("Who gets it", "Who is told", "What is remembered", "What can be undone"):
        assert page.count(heading) == 2
    assert "10 seconds after your approval." in page
    assert "For 10 seconds the rejection can be taken back" in page
    assert "What happens then" not in logged_in("aino").get(f"/cases/{case_id}").text


def test_a_usual_reason(store: Store, logged_in: LogIn, case_id: str) -> None:
    """Its text is the reason, with what was added; without either nothing is decided."""
    sofia = logged_in("sofia")
    fields = {"action": "reject", "template": "", "reason": " "}
    assert sofia.submit(f"/cases/{case_id}/decision", **fields).status_code == 422
    fields |= {"template": "namesake", "reason": "Ask Ben."}
    assert sofia.submit(f"/cases/{case_id}/decision", **fields).status_code == 303
    reason = read_case(store, case_id).decision_reason
    assert reason == f"{usual_reasons('en')['namesake']}\n\nAsk Ben."


def test_usual_reasons_in_every_language() -> None:
    """The letters' six languages have the same ones, and each fits beside the person's own words."""
    codes = set(usual_reasons("en"))
    for language in ("en", "fi", "sv", "pl", "nl", "de"):
        texts = usual_reasons(language)
        assert set(texts) == codes
        assert all(20 < len(text) <= 290 for text in texts.values())
        assert language == "en" or texts != usual_reasons("en")


def test_a_disputed_recipient(store: Store, logged_in: LogIn, case_id: str) -> None:
    """A second person puts it on record with a reason; later letters are held, this one stays as it is."""
    sofia = logged_in("sofia")
    assert sofia.submit(f"/cases/{case_id}/dispute", recipient="0", reason=" ").status_code == 422
    assert sofia.submit(f"/cases/{case_id}/dispute", recipient="1", reason="no").status_code == 422
    for name, status in (("anna", 403), ("olli", 403), ("aino", 403), ("sofia", 303)):
        answer = logged_in(name).submit(f"/cases/{case_id}/dispute", recipient="0", reason="he called us")
        assert answer.status_code == status
    with store.reading() as session:
        assert is_disputed(session, NAMESAKE, "1001")
    case = read_case(store, case_id)
    assert case.summary.state is CaseState.HELD
    assert case.history[-1].details["reason"] == "he called us"
    assert sofia.submit(f"/cases/{case_id}/dispute", recipient="0", reason="again").status_code == 422


def test_disputed_over_the_api(
    store: Store, logged_in: LogIn, token: Callable[[str], dict[str, str]], case_id: str
) -> None:
    """The same for a script."""
    browser, header = logged_in("sofia"), token("sofia")
    browser.cookies.clear()
    path = f"/api/v1/cases/{case_id}/dispute"
    for address, status in (("nobody@x.example", 422), (NAMESAKE, 200), (NAMESAKE, 422)):
        body = {"recipient": address, "reason": "he called us"}
        assert browser.post(path, json=body, headers=header).status_code == status
