"""`mailguard users delegate` and `delegations`: who decides in whose place, and on which days."""

from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from mailguard.app.console import ConfigOption, out, read_day, settings_of, told
from mailguard.cases.deciding.delegations import delegate as make_delegation
from mailguard.cases.deciding.delegations import end_delegation, list_delegations
from mailguard.core.errors import InputError
from mailguard.store.store import Store, open_store


def delegate(
    giver: Annotated[str, typer.Argument(metavar="A", help="Login name of the supervisor or admin who is away.")],
    to: Annotated[str, typer.Option("--to", metavar="B", help="Login name of the deputy: any role but auditor.")],
    first: Annotated[
        str | None,
        typer.Option("--from", metavar="DAY", help="First day, 2026-12-21; without it today."),
    ] = None,
    last: Annotated[str | None, typer.Option("--until", metavar="DAY", help="Last day, included.")] = None,
    reason: Annotated[str, typer.Option(help="Why; it is kept in the audit trail.")] = "",
    revoke: Annotated[bool, typer.Option("--revoke", help="End what A has given to B instead, at once.")] = False,
    config: ConfigOption = None,
) -> None:
    """Have B decide in the place of A from day to day (days of `[calendar] time_zone`), under both names."""
    with told():
        settings = settings_of(config)
        with open_store(settings.store) as store:
            if revoke:
                said = f"{_end(store, giver, to)} delegations of {giver} to {to} ended"
            elif last is None:
                raise InputError("--until is missing: say which day is the last")
            else:
                zone = settings.calendar.time_zone
                said = _make(store, giver, to, read_day(first) if first else None, read_day(last), reason, zone)
    out.print(said, soft_wrap=True)


def delegations(
    everything: Annotated[bool, typer.Option("--all", help="Those that have ended, too.")] = False,
    config: ConfigOption = None,
) -> None:
    """List the delegations that stand or are to come, newest first."""
    with told(), open_store(settings_of(config).store) as store:
        found, now = list_delegations(store, ended=everything), store.clock()
    if not found:
        out.print("nobody decides for anybody else")
        return
    table = Table("number", "from", "to", "first day", "last day", "state", "reason", "by", box=None, pad_edge=False)
    for one in found:
        days = one.first_day.isoformat(), one.last_day.isoformat()
        state = one.state(now).replace("_", " ")
        table.add_row(str(one.id), one.giver.name, one.deputy.name, *days, state, one.reason, one.made_by)
    out.print(table)


def _make(store: Store, giver: str, deputy: str, first: date | None, last: date, reason: str, zone: str) -> str:
    today = store.clock().astimezone(ZoneInfo(zone)).date()
    made = make_delegation(store, giver, deputy, first or today, last, reason, zone=zone)
    return f"{deputy} decides for {giver} from {made.first_day} to {made.last_day} (delegation {made.id})"


def _end(store: Store, giver: str, deputy: str) -> int:
    standing = [d for d in list_delegations(store, ended=False) if (d.giver.name, d.deputy.name) == (giver, deputy)]
    for one in standing:
        end_delegation(store, one.id)
    return len(standing)
