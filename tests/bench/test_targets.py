"""The rows of the benchmark's targets, out of figures as a run gives them."""

from typing import Any

from tests.bench.systems import AMAVISD, GUARD, GUARDED_POSTFIX, RELAY, RSPAMD
from tests.bench.targets import SIZES, targets_of


def _figures(rate: float, cpu_ms: float = 0.4, p99: float = 20.0) -> dict[str, Any]:
    sizes: dict[str, Any] = {size: {"per_second": rate, "cpu_ms": cpu_ms} for size in SIZES}
    return sizes | {"latency": {"p50": 10.0, "p99": p99}, "largest_mb": 120.0}


def test_every_target_is_told_of_every_peer() -> None:
    """With all peers there: ratios, CPU, what a Postfix keeps, added latency, memory, its growth, and the crowd."""
    systems = {
        RELAY: _figures(1000),
        RSPAMD: _figures(700),
        AMAVISD: _figures(300),
        GUARD: _figures(4500) | {
            "memory": {"looks": [{"messages": 1000}, {"messages": 20_000}], "growth_percent": 1.5},
            "beside_crowd": {"idle": 2000, "slow": 50, "p99": 12.0},
        },
        GUARDED_POSTFIX: _figures(800, p99=30.0),
    }  # fmt: skip
    told = {target.name: (round(target.measured, 2), target.reached) for target in targets_of(systems)}
    assert told == {
        "throughput, times Postfix relay, 2 kB": (4.5, True),
        "throughput, times Postfix relay, 43 kB": (4.5, True),
        "throughput, times Postfix relay, 1 MB": (4.5, True),
        "throughput, times Postfix + rspamd, 50 rules, 2 kB": (6.43, True),
        "throughput, times amavisd, no checks, 2 kB": (15.0, True),
        "CPU ms a message, 2 kB": (0.4, True),
        "CPU ms a message, 43 kB": (0.4, True),
        "CPU ms a message, 1 MB": (0.4, True),
        "share of its throughput that a Postfix behind keeps, 2 kB": (0.8, False),
        "share of its throughput that a Postfix behind keeps, 43 kB": (0.8, True),
        "share of its throughput that a Postfix behind keeps, 1 MB": (0.8, True),
        "ms added to a Postfix beside nine busy sessions, p50": (0.0, True),
        "ms added to a Postfix beside nine busy sessions, p99": (10.0, False),
        "MB of the largest process": (120.0, True),
        "growth in % from 1,000 to 20,000 messages": (1.5, True),
        "p99 ms of whole sessions beside 2,000 idle and 50 slow connections": (12.0, True),
    }


def test_peers_that_are_not_installed_have_no_rows() -> None:
    """Nothing is said of what took no part."""
    names = [target.name for target in targets_of({GUARD: _figures(4500)})]
    assert names == [*(f"CPU ms a message, {size}" for size in SIZES), "MB of the largest process"]
