"""Letters to ops about rules that cannot be loaded."""

from typing import get_args

import pytest
from sqlmodel import select

from mailguard.core.settings import Settings
from mailguard.core.settings.types import Language
from mailguard.notices.troubles.letter import compose_trouble
from mailguard.notices.troubles.rules import RULES_TROUBLE, RULES_WELL, tell_rules
from mailguard.store.nodes import beat
from mailguard.store.store import Store
from mailguard.store.tables.outbox import NoticeRow
from tests.conftest import TurnableClock
from tests.notices.outbox import parsed
from tests.notices.test_compose import body

OPS = ["ops@operator.example", "otto@operator.example"]
PROBLEM = "/etc/mailguard/rules/own.yaml: own.code.pattern: missing )"


def _beat(store: Store, name: str, problem: str = "") -> None:
    beat(store, name, "1.0", "aaaa", problem, store.clock())


def test_one_letter_when_it_breaks_and_one_when_it_is_mended(any_store: Store, clock: TurnableClock) -> None:
    """Once for all nodes, however many of them have the broken file and however often they look."""
    _beat(any_store, "one:8025")
    assert tell_rules(any_store, OPS) is None
    _beat(any_store, "one:8025", PROBLEM)
    assert tell_rules(any_store, []) is None
    assert tell_rules(any_store, OPS) == RULES_TROUBLE
    _beat(any_store, "two:8025", PROBLEM)
    assert tell_rules(any_store, OPS) is None
    _beat(any_store, "one:8025")
    assert tell_rules(any_store, OPS) is None
    _beat(any_store, "two:8025")
    assert tell_rules(any_store, OPS) == RULES_WELL
    assert tell_rules(any_store, OPS) is None
    with any_store.reading() as session:
        letters = session.exec(select(NoticeRow.kind, NoticeRow.to)).all()
    assert letters == [(kind, to) for kind in (RULES_TROUBLE, RULES_WELL) for to in OPS]


@pytest.mark.parametrize("language", get_args(Language))
def test_the_letter_names_node_and_file(store: Store, clock: TurnableClock, language: str) -> None:
    """In every language, with the problem on one line."""
    _beat(store, "one:8025", f"{PROBLEM}\r\nBcc: all@operator.example")
    tell_rules(store, OPS[:1])
    with store.reading() as session:
        notice = session.exec(select(NoticeRow)).one()
    letter = parsed(compose_trouble(notice, Settings(notices={"language": language})))
    text = body(letter, "plain")
    assert "one:8025" in text
    assert "own.yaml" in " ".join(text.split())
    assert "{" not in text
    assert letter["Bcc"] is None
