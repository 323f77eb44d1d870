"""Whether the guard's memory is flat: after the first thousand messages, and after many thousands more."""

from typing import Any

from tests.bench.letters import BenchLetter
from tests.bench.load import send
from tests.bench.processes import usage_of
from tests.bench.systems import System

_LOOKS = 10


def measure_memory(system: System, letter: BenchLetter, thousands: int) -> dict[str, Any]:
    """Megabytes after the first thousand and, ten times on the way, up to the last one; its growth in per cent."""
    looks: list[dict[str, float]] = []
    for thousand in range(1, thousands + 1):
        send(system, letter, 1000)
        if thousand == 1 or thousand == thousands or thousand % max(1, thousands // _LOOKS) == 0:
            used = [usage_of(pid) for pid in system.pids]
            looks.append(
                {
                    "messages": thousand * 1000,
                    "largest_mb": max(each.largest_mb for each in used),
                    "together_mb": sum(each.together_mb for each in used),
                }
            )
    first, last = looks[0], looks[-1]
    return {"looks": looks, "growth_percent": (last["largest_mb"] / first["largest_mb"] - 1) * 100}
