"""`mailguard nodes`: the guards that share this store."""

import json
from dataclasses import asdict
from datetime import timedelta

import typer
from rich.table import Table
from rich.text import Text

from mailguard.app.console import ConfigOption, Exit, Format, FormatOption, out, settings_of, told
from mailguard.store.nodes import Node, list_nodes, odd_nodes
from mailguard.store.store import open_store


def nodes(format_: FormatOption = Format.TEXT, config: ConfigOption = None) -> None:
    """List the guards on this store: version, rules, last sign of life, and what is odd. Exit 1 when something is.

    Nodes that were silent for a day are forgotten.
    """
    with told(), open_store(settings_of(config).store) as store:
        known = list_nodes(store)
    odd = odd_nodes(known)
    if format_ is Format.JSON:
        typer.echo(json.dumps({"nodes": [_described(node, odd) for node in known]}, ensure_ascii=False))
    elif known:
        out.print(_table(known, odd))
    else:
        out.print("no guard serves on this store")
    raise typer.Exit(Exit.FAILED if odd else Exit.DONE)


def _described(node: Node, odd: dict[str, str]) -> dict[str, object]:
    described = asdict(node) | {"alive": node.is_alive, "odd": odd.get(node.name, "")}
    described["started_at"] = node.started_at.isoformat()
    described["age"] = round(node.age / timedelta(seconds=1), 1)
    return described


def _table(known: list[Node], odd: dict[str, str]) -> Table:
    table = Table("node", "version", "rules", "started", "seen", "", box=None, pad_edge=False)
    for node in known:
        table.add_row(
            Text(node.name),
            node.version,
            node.rules_digest,
            f"{node.started_at:%Y-%m-%d %H:%M}Z",
            f"{node.age / timedelta(seconds=1):.0f} s ago",
            Text(odd.get(node.name, ""), style="red"),
        )
    return table
