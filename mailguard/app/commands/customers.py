"""`mailguard customers`: the register that recipients are compared with."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from sqlalchemy import Engine

from mailguard.app.console import ConfigOption, Exit, err, out, settings_of, told
from mailguard.core.errors import InputError
from mailguard.customers.audit import audit_register
from mailguard.customers.disputes import dispute as put_dispute
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
        err.print(f"{file}: line {bad.line}: {bad.problem}", markup=False, soft_wrap=True)
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
    out.print(table, markup=False)


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


@app.command("audit")
def audit(config: ConfigOption = None) -> None:
    """List the namesake cases waiting to happen: shared, look-alike and never-confirmed addresses."""
    with told():
        store = open_store(settings_of(config).store)
        risks = audit_register(store.engine)
        store.close()
    table = Table("risk", "customer", "address", "why", box=None, pad_edge=False)
    for risk in risks:
        table.add_row(risk.kind, risk.customer_id, risk.address, risk.text)
    out.print(table)


@app.command("dispute")
def dispute(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="The address whose reader says: this is not me.")],
    customer: Annotated[
        str | None, typer.Option(metavar="ID", help="The customer whose mail came there; without it: any customer's.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Put a dispute on record: from now on every message about a customer to that address is held."""
    with told():
        store = open_store(settings_of(config).store)
        now = store.clock()
        with store.writing() as session:
            put_dispute(session, address, customer, "command line", now)
            details = {"address": address, "customer": customer}
            store.audit.append(session, "dispute", actor="command line", at=now, details=details)
        store.close()
    out.print(f"{address} is disputed", markup=False)
