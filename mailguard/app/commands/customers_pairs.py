"""`mailguard customers pairs` and `forget`: what is remembered of addresses."""

import json
from typing import Annotated, Any

import typer
from rich.table import Table

from mailguard.app.console import ConfigOption, Format, FormatOption, out, settings_of, told
from mailguard.cases.addresses.remembering import forget_pair
from mailguard.customers.pairs import Pair, list_pairs
from mailguard.store.store import open_store


def pairs(
    query: Annotated[str, typer.Option("--query", "-q", help="Part of an address, customer id or case id.")] = "",
    format_: FormatOption = Format.TEXT,
    config: ConfigOption = None,
) -> None:
    """List what reviewers' decisions are remembered of: approved pairs of address and customer, and rejected ones."""
    with told(), open_store(settings_of(config).store) as store, store.reading() as session:
        found = list_pairs(session, store.clock().date(), query=query, limit=None)
    if format_ is Format.JSON:
        typer.echo(json.dumps({"pairs": [_described(pair) for pair in found]}))
    elif not found:
        out.print("nothing is remembered")
    else:
        _print_table(found)


def forget(
    pair_id: Annotated[int, typer.Argument(metavar="PAIR_ID", help="The number that `customers pairs` shows.")],
    config: ConfigOption = None,
) -> None:
    """Take a remembered decision back; one that it had replaced counts again. It is written into the audit trail."""
    with told(), open_store(settings_of(config).store) as store:
        pair = forget_pair(store, pair_id, "command line")
    out.print(f"pair {pair.id} is forgotten: {pair.address} for customer {pair.customer_id}", soft_wrap=True)


def _print_table(found: list[Pair]) -> None:
    table = Table("id", "address", "customer", "decision", "reasons", "case", "by", box=None, pad_edge=False)
    for pair in found:
        decision = "rejected" if not pair.approved else f"approved until {pair.until}" if pair.until else "approved"
        reasons = ", ".join(pair.reasons)
        table.add_row(str(pair.id), pair.address, pair.customer_id, decision, reasons, pair.case_id or "", pair.by)
    out.print(table)


def _described(pair: Pair) -> dict[str, Any]:
    return {
        "id": pair.id,
        "address": pair.address,
        "customer": pair.customer_id,
        "approved": pair.approved,
        "reasons": list(pair.reasons),
        "until": pair.until.isoformat() if pair.until else None,
        "case": pair.case_id,
        "by": pair.by,
        "at": pair.at.isoformat(),
    }
