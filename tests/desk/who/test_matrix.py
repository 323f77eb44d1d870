"""Role x teams x deputy x state x verb x whose mail it is, at the pages and over the API.

There are 21,000 combinations, which take minutes: `MAILGUARD_MATRIX=whole` runs them all. Without it, every person
tries every verb on everybody's mail in a state in which it does something, at the pages or over the API in turn, and
one in sixty of the rest.
"""

import os
import shutil
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from mailguard.core.settings import StoreSettings
from mailguard.store.store import open_store
from tests.conftest import TurnableClock
from tests.desk.who.expected import ANSWERS, MAILS, PEOPLE, STATES, Mail, Outcome, Who, expect
from tests.desk.who.rounds import API, PAGES, Rounds

LOOKS = ("view", "reveal")
"""What leaves the case as it is."""
AT_PAGES: dict[tuple[str, Outcome], Outcome] = {("undo", "late"): "done", ("break", "improper"): "refused"}
"""Where a page answers otherwise: it leads back and says that it is too late; it does not offer the glass at all."""
WHOLE = os.environ.get("MAILGUARD_MATRIX") == "whole"


def combinations(verb: str, page: bool) -> Iterator[tuple[Who, str, Mail]]:
    """Those of one verb that are run."""
    decisive = list(ANSWERS[verb]) or list(STATES)
    for number, (who, mail) in enumerate(product(PEOPLE, MAILS)):
        for state in STATES:
            in_turn = number % 2 == page and state == decisive[number // 2 % len(decisive)]
            if WHOLE or in_turn or (7 * number + STATES.index(state)) % 60 == page:
                yield who, state, mail


@pytest.fixture(scope="module")
def rounds(tmp_path_factory: pytest.TempPathFactory, empty_file: Path) -> Iterator[Rounds]:
    """Everybody, and a case of every kind."""
    folder = tmp_path_factory.mktemp("matrix")
    shutil.copy(empty_file, folder / "guard.db")
    settings = StoreSettings(database_url=f"sqlite:///{folder}/guard.db", key_file=folder / "guard.key")
    store = open_store(settings, TurnableClock())
    made = Rounds(store)
    yield made
    made.close()
    store.close()


@pytest.mark.parametrize("verb", ANSWERS)
@pytest.mark.parametrize("page", [False, True], ids=["api", "page"])
def test_matrix(rounds: Rounds, verb: str, page: bool) -> None:
    """Everybody gets what the table of this test says, and what is refused changes no case."""
    if verb not in (PAGES if page else API):
        pytest.skip("the API has no such thing")
    odd: list[tuple[str, str, str, Outcome, Outcome]] = []
    before = rounds.states()
    for who, state, mail in combinations(verb, page):
        expected = expect(who, verb, state, mail)
        outcome = rounds.call(who, verb, state, mail, page=page)
        if page:
            expected = AT_PAGES.get((verb, expected), expected)
        if outcome != expected:
            odd.append((who.name, state, mail, expected, outcome))
        if outcome == "done" and verb not in LOOKS:
            rounds.put_back()
    assert odd == []
    assert rounds.states() == before
