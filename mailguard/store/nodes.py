"""The guards that serve on one store, as each says of itself (table `nodes`)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import col, delete, select

from mailguard.store.store import Store
from mailguard.store.tables.nodes import NodeRow

EVERY = timedelta(seconds=20)
"""Between two signs of life."""
_SILENT = timedelta(seconds=70)
"""Three signs of life that did not come, and then some."""
_FORGOTTEN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Node:
    """One guard."""

    name: str
    version: str
    rules_digest: str
    rules_problem: str
    """Why its rules are not what stands in its files; empty when they are."""
    started_at: datetime
    age: timedelta
    """Since its last sign of life."""

    @property
    def is_alive(self) -> bool:
        """Whether it has given a sign of life lately."""
        return self.age < _SILENT


def beat(store: Store, name: str, version: str, rules_digest: str, rules_problem: str, started_at: datetime) -> None:
    """A sign of life. Nodes that were silent for a day are forgotten. Raises StoreError."""
    now = store.clock()
    row = NodeRow(
        name=name,
        version=version,
        rules_digest=rules_digest,
        rules_problem=rules_problem,
        started_at=started_at,
        seen_at=now,
    )
    with store.writing() as session:
        session.merge(row)
        session.exec(delete(NodeRow).where(col(NodeRow.seen_at) < now - _FORGOTTEN))


def leave(store: Store, name: str) -> None:
    """A node that stops in order is not missed. Raises StoreError."""
    with store.writing() as session:
        session.exec(delete(NodeRow).where(col(NodeRow.name) == name))


def list_nodes(store: Store) -> list[Node]:
    """Every node that was seen within a day, by name. Raises StoreError."""
    now = store.clock()
    with store.reading() as session:
        rows = session.exec(select(NodeRow).order_by(col(NodeRow.name))).all()
    return [
        Node(row.name, row.version, row.rules_digest, row.rules_problem, row.started_at, now - row.seen_at)
        for row in rows
    ]


def odd_nodes(nodes: Iterable[Node]) -> dict[str, str]:
    """What is not well, by the node's name: silent, with broken rules, or unlike the newest of those that are alive.

    Nodes with different rules hold different letters; with different versions they may, which is right for as long as
    they are exchanged one by one.
    """
    nodes = list(nodes)
    alive = [node for node in nodes if node.is_alive]
    newest = max(alive, key=lambda node: node.started_at, default=None)
    told = {}
    for node in nodes:
        troubles = [] if node.is_alive else ["silent"]
        if newest is not None and node.is_alive:
            if node.version != newest.version:
                troubles.append("version differs")
            if node.rules_digest != newest.rules_digest:
                troubles.append("rules differ")
        if node.rules_problem:
            troubles.append(f"rules broken, the last good ones are in force: {node.rules_problem}")
        if troubles:
            told[node.name] = "; ".join(troubles)
    return told
