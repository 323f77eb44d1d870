"""What was loaded at the start is not looked through again while mail comes in; what was freed goes back."""

import subprocess
import sys

_SCRIPT = """
import gc
from mailguard.app.memory import keep_new, settle_down
from mailguard.app.wiring import load_rules
from mailguard.core.settings import RegisterSettings, Settings, StoreSettings

settings = Settings(store=StoreSettings(), register=RegisterSettings())
rules = load_rules(settings, prove=False)
settle_down()
print(len(gc.get_objects()))
others = load_rules(settings, prove=False)
keep_new()
print(len(gc.get_objects()))
ring = []
ring.append(ring)
del ring
print(gc.collect() > 0)
"""


def test_rules_are_not_looked_through_again() -> None:
    """Next to nothing is left for a full look, at the start and after new rules; new rings are found all the same."""
    done = subprocess.run([sys.executable, "-c", _SCRIPT], capture_output=True, text=True, timeout=120, check=True)
    first, second, found = done.stdout.split()
    assert int(first) < 2_000
    assert int(second) < 2_000
    assert found == "True"


_FREED = """
import os
from pathlib import Path
from mailguard.app.memory import give_back_memory

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

small = [bytearray(1000) for _ in range(100_000)]
last = bytearray(1000)
full = resident()
del small
give_back_memory()
print(full - resident())
"""


def test_freed_memory_goes_back_although_something_lies_behind_it() -> None:
    """Of a hundred megabytes freed before the last small block nearly all are the system's again."""
    done = subprocess.run([sys.executable, "-c", _FREED], capture_output=True, text=True, timeout=120, check=True)
    assert int(done.stdout) > 80_000_000


_EXCHANGED = """
import gc
from mailguard.app.wiring import load_rules
from mailguard.core.settings import Settings

rules = load_rules(Settings(), prove=False)
gc.collect()
gc.disable()
del rules
print(gc.collect())
"""


def test_rules_that_are_exchanged_are_freed() -> None:
    """Nothing in a set of rules refers to itself: nobody looks for rings among what was there at the start."""
    done = subprocess.run([sys.executable, "-c", _EXCHANGED], capture_output=True, text=True, timeout=120, check=True)
    assert int(done.stdout) == 0
