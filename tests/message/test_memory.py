"""What stays of a letter that was read: the letter."""

import gc

import pytest

from mailguard.message.read import read_letter
from tests.message.test_evasions import EVASIONS
from tests.message.test_ordinary import ORDINARY

LETTERS = {**EVASIONS, **{name: raw for name, (raw, _) in ORDINARY.items()}}


@pytest.mark.parametrize("name", LETTERS)
def test_nothing_waits_for_the_collector(name: str) -> None:
    """Garbage is looked for seldom: objects that hold each other would keep the texts of hundreds of letters."""
    read_letter(LETTERS[name])  # what is made once, at the first letter of a kind, may be
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        read_letter(LETTERS[name])
        gc.collect()
        # Other threads of a whole test run may leave garbage of their own meanwhile.
        assert [each for each in gc.garbage if type(each).__module__.startswith("mailguard.")] == []
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
