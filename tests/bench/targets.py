"""What the guard is to reach beside its peers, and whether it has: each a row of wanted and measured."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.bench.systems import AMAVISD, GUARD, GUARDED_POSTFIX, RELAY, RSPAMD

SIZES = ("2 kB", "43 kB", "1 MB")


@dataclass(frozen=True, slots=True)
class Target:
    """One of them."""

    name: str
    wanted: float
    measured: float
    at_most: bool = False
    """The smaller the better."""

    @property
    def reached(self) -> bool:
        """Whether it is."""
        return self.measured <= self.wanted if self.at_most else self.measured >= self.wanted


def targets_of(systems: Mapping[str, Any]) -> list[Target]:
    """Those that can be told of the systems that took part."""
    return list(_targets(systems))


def _targets(systems: Mapping[str, Any]) -> Iterator[Target]:
    guard = systems[GUARD]
    if relay := systems.get(RELAY):
        for size, wanted in zip(SIZES, (4.0, 2.0, 1.3), strict=True):
            yield Target(f"throughput, times {RELAY}, {size}", wanted, _ratio(guard, relay, size))
    for name, wanted in ((RSPAMD, 6.0), (AMAVISD, 15.0)):
        if peer := systems.get(name):
            yield Target(f"throughput, times {name}, 2 kB", wanted, _ratio(guard, peer, "2 kB"))
    for size, wanted in zip(SIZES, (0.5, 1.5, 8.0), strict=True):
        yield Target(f"CPU ms a message, {size}", wanted, guard[size]["cpu_ms"], at_most=True)
    if relay and (guarded := systems.get(GUARDED_POSTFIX)):
        for size, wanted in zip(SIZES, (0.85, 0.70, 0.75), strict=True):
            kept = _ratio(guarded, relay, size)
            yield Target(f"share of its throughput that a Postfix behind keeps, {size}", wanted, kept)
        for point, wanted in (("p50", 2.0), ("p99", 8.0)):
            added = guarded["latency"][point] - relay["latency"][point]
            yield Target(f"ms added to a Postfix beside nine busy sessions, {point}", wanted, added, at_most=True)
    yield Target("MB of the largest process", 150.0, guard["largest_mb"], at_most=True)
    if memory := guard.get("memory"):
        last = memory["looks"][-1]["messages"]
        growth = memory["growth_percent"]
        yield Target(f"growth in % from 1,000 to {last:,} messages", 5.0, growth, at_most=True)
    if crowd := guard.get("beside_crowd"):
        beside = f"{crowd['idle']:,} idle and {crowd['slow']} slow connections"
        yield Target(f"p99 ms of whole sessions beside {beside}", 250.0, crowd["p99"], at_most=True)


def _ratio(one: Mapping[str, Any], other: Mapping[str, Any], size: str) -> float:
    return float(one[size]["per_second"] / other[size]["per_second"])
