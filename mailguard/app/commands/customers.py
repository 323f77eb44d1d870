"""`mailguard customers`: the register that recipients are compared with."""

from typing import Annotated

import typer
from rich.table import Table

from mailguard.app.commands.customers_audit import audit
from mailguard.app.commands.customers_confirm import bounced, confirm
from mailguard.app.commands.customers_import import import_file
from mailguard.app.commands.customers_pairs import forget, pairs
from mailguard.app.commands.customers_sources import list_sources, sync_sources
from mailguard.app.console import ConfigOption, out, settings_of, told
from mailguard.core.address import is_plain
from mailguard.core.errors import InputError
from mailguard.customers.disputes import dispute as put_dispute
from mailguard.customers.disputes import disputes
from mailguard.customers.disputes import revoke as revoke_dispute
from mailguard.customers.register import Register
from mailguard.store.store import open_store

app = typer.Typer(no_args_is_help=True, help="The customer register that recipients are compared with.")

app.command("import")(import_file)


@app.command("show")
def show(
    customer_id: Annotated[str, typer.Argument(metavar="ID", help="Customer number.")], config: ConfigOption = None
) -> None:
    """Show one customer on record."""
    with told():
        store = open_store(settings_of(config).store)
        customer = Register(store.engine).by_id(customer_id)
        store.close()
        if customer is None:
            raise InputError(f"there is no customer {customer_id} on record")
    table = Table(show_header=False, box=None, pad_edge=False)
    for label, value in (
        ("customer", customer.customer_id),
        ("name", customer.name),
        ("former names", ", ".join(customer.former_names)),
        ("addresses", ", ".join(customer.emails) + ("" if customer.email_confirmed else " (unconfirmed)")),
        ("phone", customer.phone),
        ("born", customer.birth_date.isoformat() if customer.birth_date else ""),
        ("lives", ", ".join(filter(None, (customer.street, f"{customer.postcode} {customer.city}", customer.country)))),
        ("user name", customer.username),
        ("tags", ", ".join(customer.tags)),
    ):
        table.add_row(label, value)
    out.print(table)


@app.command("stats")
def stats(config: ConfigOption = None) -> None:
    """Count customers and addresses: unconfirmed, disputed, shared."""
    with told():
        store = open_store(settings_of(config).store)
        counted = Register(store.engine).stats()
        store.close()
    table = Table(show_header=False, box=None, pad_edge=False)
    for name in counted.__slots__:
        table.add_row(name.replace("_", " "), str(getattr(counted, name)))
    out.print(table)


app.command("audit")(audit)
app.command("confirm")(confirm)
app.command("bounced")(bounced)
app.command("pairs")(pairs)
app.command("forget")(forget)
app.command("sync")(sync_sources)
app.command("sources")(list_sources)


@app.command("dispute")
def dispute(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="The address whose reader says: this is not me.")],
    customer: Annotated[
        str | None, typer.Option(metavar="ID", help="The customer whose mail came there; without it: any customer's.")
    ] = None,
    revoke: Annotated[bool, typer.Option("--revoke", help="Take a dispute back instead.")] = False,
    config: ConfigOption = None,
) -> None:
    """Put a dispute on record: from now on every message about a customer to that address is held."""
    with told():
        store = open_store(settings_of(config).store)
        now = store.clock()
        if not is_plain(address):
            raise InputError(f"{address!r} is no plain mail address")
        if customer is not None and Register(store.engine).by_id(customer) is None:
            raise InputError(f"there is no customer {customer} on record")
        act = "dispute revoked" if revoke else "dispute"
        with store.writing() as session:
            if not revoke:
                put_dispute(session, address, customer, "command line", now)
            elif not revoke_dispute(session, address, customer, "command line", now):
                raise InputError(f"no dispute of {address} stands for {customer or 'any customer'}")
            details = {"address": address, "customer": customer}
            store.audit.append(session, act, actor="command line", at=now, details=details)
        store.close()
    out.print(f"{address} is disputed" if not revoke else f"the dispute of {address} is taken back", soft_wrap=True)


@app.command("disputes")
def list_disputes(config: ConfigOption = None) -> None:
    """List the disputes that stand."""
    with told():
        store = open_store(settings_of(config).store)
        with store.reading() as session:
            standing = disputes(session)
        store.close()
    table = Table("address", "customer", "by", "since", box=None, pad_edge=False)
    for row in standing:
        table.add_row(row.address, row.customer_id or "any", row.by, f"{row.at:%Y-%m-%d %H:%M}")
    out.print(table)
