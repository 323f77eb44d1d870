"""`mailguard customers audit`: the namesake cases waiting to happen."""

import csv
import sys
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

import typer
from rich.table import Table

from mailguard.app.console import ConfigOption, out, progress_bar, settings_of, told
from mailguard.core.errors import RegisterError
from mailguard.core.spreadsheet import safe_cell
from mailguard.customers.audit_runs import KeptRisk, begin_run, carry_out, kept_risks
from mailguard.customers.auditing.risk import RiskKind
from mailguard.namesake.vocabulary import Vocabulary
from mailguard.store.store import Store, open_store

_PAGE = 1000
_LONGEST_CELL = 1000


class AuditFormat(StrEnum):
    """How the audit is printed."""

    TABLE = "table"
    CSV = "csv"


def audit(
    format: Annotated[AuditFormat, typer.Option(help="A table, or CSV with a header row.")] = AuditFormat.TABLE,  # noqa: A002
    kind: Annotated[RiskKind | None, typer.Option(help="Risks of this kind only.")] = None,
    config: ConfigOption = None,
) -> None:
    """List the namesake cases waiting to happen: shared, look-alike, misspelt and never-confirmed addresses.

    The result is kept, and the desk shows it.
    """
    with told(), open_store(settings_of(config).store) as store:
        run_id = _run(store)
        risks = _read(store, run_id, kind)
        _print_csv(risks) if format is AuditFormat.CSV else _print_table(risks)


def _run(store: Store) -> int:
    run_id = begin_run(store.engine, "command line", store.clock())
    if run_id is None:
        raise RegisterError("an audit of the register is under way already; the desk shows how far it is")
    with store.writing() as session:
        store.audit.append(session, "register audit", actor="command line", at=store.clock())
    with progress_bar("reading the register") as progress:
        carry_out(store.engine, run_id, Vocabulary(), store.clock, progress)
    return run_id


def _read(store: Store, run_id: int, kind: RiskKind | None) -> Iterator[KeptRisk]:
    after = 0
    while page := kept_risks(store.engine, run_id, kind=kind, after=after, limit=_PAGE):
        yield from page
        after = page[-1].id


def _print_csv(risks: Iterator[KeptRisk]) -> None:
    writer = csv.writer(sys.stdout)
    writer.writerow(["risk", "customer", "address", "taken for", "why"])
    for risk in (kept.risk for kept in risks):
        cells = (risk.kind.value, risk.customer_id, risk.address, risk.other, risk.text)
        writer.writerow([safe_cell(cell, _LONGEST_CELL) for cell in cells])


def _print_table(risks: Iterator[KeptRisk]) -> None:
    table = Table("risk", "customer", "address", "taken for", "why", box=None, pad_edge=False)
    for risk in (kept.risk for kept in risks):
        table.add_row(risk.kind, risk.customer_id, risk.address, risk.other, risk.text)
    if table.row_count:
        out.print(table)
    else:
        out.print("nothing found: no shared, misspelt or guessable address is on record")
