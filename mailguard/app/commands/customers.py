"""`mailguard customers`: the register that recipients are compared with."""

from typing import Annotated

import typer
from rich.table import Table

from mailguard.app.commands.customers_audit import audit
from mailguard.app.commands.customers_confirm import bounced, confirm
from mailguard.app.commands.customers_disputes import dispute, disputes
from mailguard.app.commands.customers_import import import_file
from mailguard.app.commands.customers_pairs import forget, pairs
from mailguard.app.commands.customers_sources import list_sources, sync_sources
from mailguard.app.console import ConfigOption, out, settings_of, told
from mailguard.core.errors import InputError
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
        with open_store(settings_of(config).store) as store:
            customer = Register(store.engine).by_id(customer_id)
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
    with told(), open_store(settings_of(config).store) as store:
        counted = Register(store.engine).stats()
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
app.command("dispute")(dispute)
app.command("disputes")(disputes)
