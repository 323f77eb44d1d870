"""This guard's sign of life for all others on the store, and what it tells of them to Prometheus."""

import asyncio
import socket
from collections.abc import Iterable, Sequence
from contextlib import suppress

import structlog
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from mailguard import __version__
from mailguard.app.rules_watch import RulesWatch
from mailguard.core.errors import MailguardError, StoreError
from mailguard.core.settings import NodeSettings
from mailguard.notices.troubles.rules import tell_rules
from mailguard.store.nodes import EVERY, beat, leave, list_nodes
from mailguard.store.store import Store

_log = structlog.get_logger("mailguard.node")


def node_name(settings: NodeSettings, desk_port: int) -> str:
    """The configured name or the machine's, and the desk's port: two guards of one machine are two nodes."""
    return f"{settings.name or socket.gethostname()}:{desk_port}"


class Heartbeat:
    """Tells the store every 20 seconds that this guard is alive, and which rules it judges by."""

    def __init__(self, store: Store, name: str, rules: RulesWatch, tell: Sequence[str]) -> None:
        """`tell` are the addresses of ops."""
        self._store, self._name, self._rules, self._tell = store, name, rules, tell
        self._started_at = store.clock()

    async def run(self) -> None:
        """Beat until cancelled, at once when something about the rules has changed."""
        while True:
            told = self._state()
            try:
                await asyncio.to_thread(self._beat, told)
            except MailguardError as error:
                _log.warning("no sign of life", problem=str(error))
            except Exception as error:
                # Whatever it is, the next beat is a new try: a guard that serves must not look dead to the others.
                _log.error("no sign of life", error=type(error).__name__)
            for _ in range(int(EVERY.total_seconds())):
                await asyncio.sleep(1)
                if self._state() != told:
                    break

    def _beat(self, state: tuple[str, str]) -> None:
        beat(self._store, self._name, __version__, *state, self._started_at)
        tell_rules(self._store, self._tell)

    def leave(self) -> None:
        """The guard stops in order."""
        with suppress(StoreError):
            leave(self._store, self._name)

    def _state(self) -> tuple[str, str]:
        return self._rules.in_force.digest, self._rules.problem


class NodeFigures(Collector):
    """How many nodes are alive, and whether this one's rules are broken."""

    def __init__(self, store: Store, rules: RulesWatch) -> None:
        self._store, self._rules = store, rules

    def describe(self) -> Iterable[Metric]:
        """Registering must not ask the store."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Without a database only what this node knows by itself."""
        broken = GaugeMetricFamily("mailguard_rules_broken", "1: broken, and the last good ones are in force")
        broken.add_metric([], bool(self._rules.problem))
        yield broken
        with suppress(StoreError):
            alive = [node for node in list_nodes(self._store) if node.is_alive]
            nodes = GaugeMetricFamily("mailguard_nodes", "Guards alive on this store")
            nodes.add_metric([], len(alive))
            yield nodes
            sets = GaugeMetricFamily("mailguard_rule_sets", "Different sets of rules among them; 1 is well")
            sets.add_metric([], len({node.rules_digest for node in alive}))
            yield sets
