"""Made-up test cases under every act that could let a message or a letter out: nothing of one ever leaves."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import select

from mailguard.app.wiring import load_rules
from mailguard.cases.reading import read_case
from mailguard.cases.releasing.claim import claim
from mailguard.cases.seeding.seed import seed
from mailguard.core.case import CaseState
from mailguard.core.settings import Settings
from mailguard.customers.tables.memory import DISPUTES, PAIRS
from mailguard.store.store import Store
from mailguard.store.tables.outbox import NoticeRow
from tests.conftest import TurnableClock
from tests.desk.conftest import Browser
from tests.desk.small_register import bring_in

LogIn = Callable[[str], Browser]
WHY = "He stands here and cannot wait for anybody."
LETTERS_OUT = frozenset({"confirm_address", "question", "rejected", "returned", "released", "withdrawn", "expired"})
"""Kinds of letters to somebody who does not exist, or to whoever has the address that was made up."""


@pytest.fixture
def made_up(store: Store, users: None, tmp_path: Path) -> str:
    """A seeded case, beside a register of real customers."""
    bring_in(store, tmp_path)
    settings = Settings()
    return seed(store, settings, load_rules(settings, prove=False), "en", random.Random(7))


def recipient_of(store: Store, case_id: str) -> str:
    """To whom it would go."""
    return read_case(store, case_id).recipients[0].address


ACTS: dict[str, Callable[[Browser, Store, str], object]] = {
    "approved": lambda b, s, i: b.submit(f"/cases/{i}/decision", action="approve", everyone="yes"),
    "approved for the ticked": lambda b, s, i: b.submit(f"/cases/{i}/decision", action="approve", recipient="0"),
    "sent elsewhere": lambda b, s, i: b.submit(
        f"/cases/{i}/decision", action="approve", instead="0:virtanen.mikko@post.example"
    ),
    "remembered": lambda b, s, i: b.submit(
        f"/cases/{i}/decision", action="approve", everyone="yes", remember="yes", remember_until="2027-01-01"
    ),
    "rejected": lambda b, s, i: b.submit(f"/cases/{i}/decision", action="reject", reason=WHY),
    "returned": lambda b, s, i: b.submit(f"/cases/{i}/return", text=WHY),
    "asked about": lambda b, s, i: b.submit(f"/cases/{i}/ask", recipient="0"),
    "asked the sender": lambda b, s, i: b.submit(f"/cases/{i}/remarks", kind="question", text=WHY),
    "disputed": lambda b, s, i: b.submit(f"/cases/{i}/dispute", recipient="0", reason=WHY),
    "tried again": lambda b, s, i: b.submit(f"/cases/{i}/retry"),
    "rejected in bulk": lambda b, s, i: b.submit("/cases/bulk/reject", case=i, reason=WHY, count="1", sure="yes"),
    "withdrawn": lambda b, s, i: b.submit(f"/cases/{i}/withdraw"),
}


@pytest.mark.parametrize("act", ACTS)
def test_nothing_of_it_leaves(store: Store, logged_in: LogIn, clock: TurnableClock, made_up: str, act: str) -> None:
    """Whatever a page is used for, and whatever is tried after it: no message, no letter, no word in the register."""
    sofia = logged_in("sofia")
    ACTS[act](sofia, store, made_up)
    for after in ("undo", "retry"):
        sofia.submit(f"/cases/{made_up}/{after}")
    clock.turn(minutes=5)
    assert_quiet(store, made_up)


@pytest.mark.parametrize(
    "body",
    [
        {"action": "approve", "reason": WHY},
        {"action": "approve", "reason": WHY, "undo_seconds": 60},
        {"action": "approve", "reason": WHY, "break_glass": True},
        {"action": "approve", "reason": WHY, "remember": True, "remember_until": "2027-01-01"},
        {"action": "approve", "reason": WHY, "on_behalf_of": "adam"},
        {"action": "reject", "reason": WHY, "undo_seconds": 60},
        {"action": "reject", "reason": WHY, "for_correction": True},
    ],
)
@pytest.mark.parametrize("who", ["sofia", "olli"])
def test_nor_by_a_script(
    store: Store,
    browser: Browser,
    token: Callable[[str], dict[str, str]],
    clock: TurnableClock,
    made_up: str,
    who: str,
    body: dict[str, object],
) -> None:
    """Nor by the API, with broken glass too, and what can be tried after it."""
    path, header = f"/api/v1/cases/{made_up}", token(who)
    named = body | {"recipients": [recipient_of(store, made_up)]} if body["action"] == "approve" else body
    answer = browser.post(f"{path}/decision", json=named, headers=header)
    assert answer.status_code in (200, 403, 422)
    assert answer.json().get("state") != "approved"
    for after in ("undo", "retry", "after-review"):
        said = {"was_right": True, "reason": WHY} if after == "after-review" else None
        assert browser.post(f"{path}/{after}", json=said, headers=header).status_code in (403, 409, 422)
    clock.turn(minutes=5)
    assert_quiet(store, made_up)


def test_nor_by_broken_glass_at_the_page(store: Store, logged_in: LogIn, clock: TurnableClock, made_up: str) -> None:
    """Ops at night: no alarm to everybody either, for nothing has left."""
    olli = logged_in("olli")
    answer = olli.submit(f"/cases/{made_up}/break-glass", reason=WHY, recipient="0")
    assert answer.status_code == 303
    clock.turn(minutes=5)
    assert_quiet(store, made_up)
    with store.reading() as session:
        assert "break_glass" not in session.exec(select(NoticeRow.kind)).all()


def assert_quiet(store: Store, case_id: str) -> None:
    """Nothing was approved, is to be sent, was written to anybody outside, or is remembered."""
    assert claim(store, store.clock()) is None
    case = read_case(store, case_id)
    assert case.summary.state in {CaseState.HELD, CaseState.REJECTED, CaseState.WITHDRAWN}
    with store.reading() as session:
        assert not LETTERS_OUT & set(session.exec(select(NoticeRow.kind)).all())
        assert session.execute(PAIRS.select()).all() == []
        assert session.execute(DISPUTES.select()).all() == []
