"""Tampering with the audit chain, at random: every one is found."""

from random import Random

import pytest

from mailguard.store.audit.anchor import misfits, read_anchor
from mailguard.store.store import Store
from tests.store.audit.tamperings import TAMPERINGS, Undone, content, disarm

ENTRIES = 12
RUNS = {"sqlite": 400, "postgresql": 100}


def fill(store: Store) -> None:
    """A chain with all kinds of fields."""
    with store.writing() as session:
        for number in range(ENTRIES):
            details = {"number": number, "name": "Jääskeläinen\u202e", "list": [1, 0.5, None, {"b": 1, "a": 2}]}
            case_id = f"MG-{number}" if number % 3 else None
            act, actor = ("view", "hold", "login")[number % 3], ("anna", "guard")[number % 2]
            store.audit.append(session, act, actor=actor, at=store.clock(), case_id=case_id, details=details)


def unfound(store: Store, runs: int, seed: int) -> list[str]:
    """Tamper so many times with the same chain, and give what neither `verify` nor the anchor at its end shows."""
    random = Random(seed)
    with store.reading() as session:
        anchors = [read_anchor(session, store.clock())]
        whole = content(session)
    missed, done = [], 0
    while done < runs:
        tampering = random.choice(TAMPERINGS)
        try:
            with store.writing() as session:
                tampering(session, random, ENTRIES)
                if content(session) != whole:
                    done += 1
                    _, bad = store.audit.verify(session)
                    if bad is None and not misfits(session, anchors):
                        missed.append(f"{done}: {tampering.__name__}")
                raise Undone
        except Undone:
            pass
    return missed


@pytest.mark.parametrize("seed", [20261122])
def test_every_tampering_is_found(any_store: Store, seed: int) -> None:
    """Fields, rows, numbers, the head and the end, changed at random: `verify` or the anchor shows each one."""
    fill(any_store)
    disarm(any_store)
    assert unfound(any_store, RUNS[any_store.engine.dialect.name], seed) == []
