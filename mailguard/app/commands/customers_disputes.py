"""`mailguard customers dispute` and `disputes`: addresses whose reader has said that this is not them."""

from typing import Annotated

import typer
from rich.table import Table

from mailguard.app.commands.on_record import known_id
from mailguard.app.console import ConfigOption, out, settings_of, told
from mailguard.core.address import is_plain
from mailguard.core.errors import InputError
from mailguard.customers.disputes import dispute as put_dispute
from mailguard.customers.disputes import list_disputes
from mailguard.customers.disputes import revoke as revoke_dispute
from mailguard.store.store import Store, open_store

_BY = "command line"


def dispute(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="The address whose reader says: this is not me.")],
    customer: Annotated[
        str | None, typer.Option(metavar="ID", help="The customer whose mail came there; without it: any customer's.")
    ] = None,
    revoke: Annotated[bool, typer.Option("--revoke", help="Take a dispute back instead.")] = False,
    config: ConfigOption = None,
) -> None:
    """Put a dispute on record: from now on every message about a customer to that address is held."""
    with told(), open_store(settings_of(config).store) as store:
        if not is_plain(address):
            raise InputError(f"{address!r} is no plain mail address")
        number = known_id(store, customer) if customer is not None else None
        _take_back(store, address, number) if revoke else _put(store, address, number)
    out.print(f"{address} is disputed" if not revoke else f"the dispute of {address} is taken back", soft_wrap=True)


def disputes(config: ConfigOption = None) -> None:
    """List the disputes that stand, newest first."""
    with told(), open_store(settings_of(config).store) as store, store.reading() as session:
        standing = list_disputes(session, limit=None)
    table = Table("address", "customer", "by", "since", box=None, pad_edge=False)
    for row in standing:
        table.add_row(row.address, row.customer_id or "any", row.by, f"{row.at:%Y-%m-%d %H:%M}")
    out.print(table)


def _put(store: Store, address: str, customer: str | None) -> None:
    now = store.clock()
    with store.writing() as session:
        put_dispute(session, address, customer, _BY, now)
        details = {"address": address, "customer": customer}
        store.audit.append(session, "dispute", actor=_BY, at=now, details=details)


def _take_back(store: Store, address: str, customer: str | None) -> None:
    now = store.clock()
    with store.writing() as session:
        if not revoke_dispute(session, address, customer, _BY, now):
            raise InputError(f"no dispute of {address} stands for {customer or 'any customer'}")
        details = {"address": address, "customer": customer}
        store.audit.append(session, "dispute revoked", actor=_BY, at=now, details=details)
