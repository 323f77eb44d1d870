"""`mailguard customers`: the register that recipients are compared with."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from sqlalchemy import Engine

from mailguard.app.commands.customers_audit import audit
from mailguard.app.commands.customers_confirm import bounced, confirm
from mailguard.app.commands.customers_pairs import forget, pairs
from mailguard.app.console import ConfigOption, Exit, err, out, settings_of, told
from mailguard.core.address import is_plain
from mailguard.core.errors import InputError
from mailguard.customers.disputes import dispute as put_dispute
from mailguard.customers.disputes import disputes
from mailguard.customers.disputes import revoke as revoke_dispute
from mailguard.customers.importing import ImportResult, import_customers
from mailguard.customers.register import Register
from mailguard.store.store import open_store

app = typer.Typer(no_args_is_help=True, help="The customer register that recipients are compared with.")

_SHOWN_BAD_ROWS = 20


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, UTF-8, with a header row.")],
    config: ConfigOption = None,
) -> None:
    """Import a customer file. All good rows come in together; bad rows are told by line.

    Columns: customer_id, first_name, last_name, former_names, emails, phone, birth_date (YYYY-MM-DD), street, postcode,
    city, country, username, tags, email_confirmed (yes or no), and national_id if you like. Needed are customer_id,
    first_name, last_name and emails; the more of the others there are, the more letters are recognised. Several values
    in one cell are parted by ; and other headings are mapped by register.columns in the configuration.

    Exit 0: all rows imported. 3: some rows were bad. 2: the file is broken, and nothing was changed.
    """
    with told():
        settings = settings_of(config)
        store = open_store(settings.store)
        try:
            result = _import(store.engine, file, settings.register_.columns)
            with store.writing() as session:
                numbers = {"new": result.imported, "changed": result.updated, "bad": len(result.bad_rows)}
                store.audit.append(session, "import", actor="command line", at=store.clock(), details=numbers)
        finally:
            store.close()
    for bad in result.bad_rows[:_SHOWN_BAD_ROWS]:
        err.print(f"{file}: line {bad.line}: {bad.problem}", soft_wrap=True)
    if len(result.bad_rows) > _SHOWN_BAD_ROWS:
        err.print(f"{file}: and {len(result.bad_rows) - _SHOWN_BAD_ROWS} more bad rows")
    bad_rows = len(result.bad_rows)
    out.print(f"{result.imported} new, {result.updated} changed, {result.unchanged} unchanged, {bad_rows} bad rows")
    raise typer.Exit(Exit.SOME if result.bad_rows else Exit.DONE)


def _import(engine: Engine, file: Path, columns: dict[str, str]) -> ImportResult:
    bar = Progress(
        TextColumn("importing"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn(), console=err, transient=True
    )
    with bar:
        task = bar.add_task("import", total=None)

        def show(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        return import_customers(engine, file, columns, show)


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
