"""Tags tell that two held letters carry the same secret, and nothing else; they are in the rows and on no page."""

import json
from pathlib import Path

import pytest
from sqlalchemy import text

from mailguard.app.wiring import open_guard
from mailguard.cases.deciding.decide import decide
from mailguard.cases.describe import describe_judgement
from mailguard.cases.describe_case import describe_case
from mailguard.cases.judge import Judge
from mailguard.cases.reading import read_case
from mailguard.cases.retention import destroy_bodies
from mailguard.cases.rules import Rules
from mailguard.core.decision import Action, Decision
from mailguard.core.envelope import Envelope
from mailguard.core.finding import Finding
from mailguard.core.person import Person
from mailguard.core.settings import Settings, StoreSettings
from mailguard.customers.register import Register
from mailguard.detect.detector import Detector
from mailguard.namesake.patterns import IdentifierPatterns
from mailguard.policy.policy import Policy
from mailguard.store.keys.rotation import rotate
from mailguard.store.keys.sealing import KEPT, Purpose
from mailguard.store.store import Store
from tests.conftest import TurnableClock
from tests.support.holding import hold
from tests.support.letters import CUSTOMER, SENDER, write_letter

RULES = [Path(__file__).parents[2] / "rules"]
ENVELOPE = Envelope(SENDER, (CUSTOMER,))


@pytest.fixture(scope="module")
def rules() -> Rules:
    """The shipped ones."""
    return Rules(Detector.load(RULES, prove=False), IdentifierPatterns.load(RULES), Policy.load(RULES))


def _judge(store: Store, rules: Rules, *, keyed: bool = True) -> Judge:
    return Judge(
        rules=rules,
        register=Register(store.engine),
        internal_domains=["operator.example"],
        tag_key=(lambda: store.sealer.derive(Purpose.FINDING)) if keyed else None,
    )


def _find(judge: Judge, body: str) -> Finding:
    (finding,) = judge.judge(ENVELOPE, write_letter(body)).findings
    return finding


def _hold(store: Store, rules: Rules, body: str) -> str:
    raw = write_letter(body)
    return hold(store, ENVELOPE, raw, _judge(store, rules).judge(ENVELOPE, raw))


def _stored(store: Store, case_id: str) -> list[dict[str, object]]:
    with store.reading() as session:
        found = session.connection().scalar(text("SELECT judgement FROM cases WHERE id = :id"), {"id": case_id})
    findings: list[dict[str, object]] = (json.loads(found) if isinstance(found, str) else found)["findings"]
    return findings


def test_same_secret_same_tag(store: Store, rules: Rules) -> None:
    """The tag follows the value, not its grouping, place or rule, and does not tell it."""
    judge = _judge(store, rules)
    first, second = _find(judge, "Your PIN is 48261937."), _find(judge, "Hei, PIN-koodi on 4826 1937")
    third = _find(judge, "Your PIN is 48261938.")
    assert first.tag == second.tag != third.tag
    assert "48261937" not in first.tag


def test_no_key_no_tag(store: Store, rules: Rules) -> None:
    """An unkeyed digest of a PIN could be undone by trying all of them, so there is none."""
    assert _find(_judge(store, rules, keyed=False), "Your PIN is 4826.").tag == ""


def test_the_key_comes_out_of_the_key_file(tmp_path: Path) -> None:
    """A guard's own judge tags, with a key for this purpose alone, the same after a restart, another after rotation."""
    settings = Settings(store=StoreSettings(**_in(tmp_path)))
    tags = []
    for step in ("first", "again", "rotated"):
        with open_guard(settings, prove=False) as guard:
            if step == "rotated":
                rotate(guard.store, "anna", lambda done, total: None, node="test")
            tags.append(_find(guard.judge, "Your PIN is 4826.").tag)
            keys = [guard.store.sealer.derive(purpose) for purpose in Purpose]
            assert len(set(keys)) == len(keys)
    first, again, rotated = tags
    assert first == again != rotated


def _in(folder: Path) -> dict[str, str]:
    return {"database_url": f"sqlite:///{folder}/guard.db", "key_file": str(folder / "guard.key")}


def test_tags_end_with_their_key() -> None:
    """What was tagged under a key that has left the key file can be tried by nobody: it is not among those kept."""
    assert Purpose.FINDING not in KEPT


def test_tags_stand_in_rows_and_are_shown_to_nobody(any_store: Store, rules: Rules) -> None:
    """Two cases with one secret have one tag; what API, desk and `check` say has none."""
    one, other = (_hold(any_store, rules, body) for body in ("Your PIN is 4826.", "PIN: 4826"))
    ((first,), (second,)) = _stored(any_store, one), _stored(any_store, other)
    assert first["tag"] == second["tag"]
    case = read_case(any_store, one)
    raw = write_letter("Your PIN is 4826.")
    shown = (case, describe_case(case), describe_judgement(_judge(any_store, rules).judge(ENVELOPE, raw)))
    assert str(first["tag"]) not in repr(shown[:2])
    assert "tag" not in shown[2]["findings"][0]
    assert case.findings[0]["masked"] == first["masked"]


def test_tags_go_with_the_key_of_the_letter(
    any_store: Store, rules: Rules, supervisor: Person, clock: TurnableClock
) -> None:
    """Whoever has the key file could try all PINs on a tag: after the letter's time nothing is left to try them on."""
    case_id = _hold(any_store, rules, "Your PIN is 4826.")
    decide(any_store, case_id, Decision(Action.REJECT, "wrong address"), supervisor)
    before = _stored(any_store, case_id)
    clock.turn(days=91)
    assert destroy_bodies(any_store, 90) == 1
    after = _stored(any_store, case_id)
    assert [finding | {"tag": ""} for finding in after] == [finding | {"tag": ""} for finding in before]
    assert "tag" in before[0]
    assert "tag" not in after[0]
