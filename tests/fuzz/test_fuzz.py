"""A short run of the fuzzer, always on the same inputs; `make fuzz` runs it for as long as one likes."""

import random

import pytest

from tests.fuzz.targets import TARGETS, mutate


@pytest.mark.parametrize(("name", "rounds"), [("letter", 400), ("text", 400), ("pack", 25)])
def test_nothing_breaks(name: str, rounds: int) -> None:
    """Mutated letters are read, texts normalised, rule packs loaded or refused in words."""
    seeds, check = TARGETS[name]
    chance = random.Random(name)
    for _ in range(rounds):
        check(mutate(chance.choice(seeds), chance))
