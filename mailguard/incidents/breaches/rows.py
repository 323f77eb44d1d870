"""The register as rows for a spreadsheet: one a breach, every field, each clock with when it was due and met."""

import csv
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime
from io import StringIO
from typing import Any

from mailguard.core.spreadsheet import safe_cell
from mailguard.incidents.breaches.breach import BreachFacts
from mailguard.incidents.breaches.running import Watched

_ABOUT = (
    "id", "state", "origin", "case", "opened_at", "opened_by", "version", "closing_by", "closing_at", "closed_by",
    "closed_at",
)  # fmt: skip
_FACTS = tuple(field.name for field in fields(BreachFacts))
_LONGEST = 32_000
"""A cell of Excel holds 32,767 characters."""


def write_csv(register: Sequence[Watched]) -> str:
    """RFC 4180 with a header, in the order given. No cell begins a formula. Times are ISO 8601, UTC."""
    clocks = tuple(dict.fromkeys(clock.name for one in register for clock in one.clocks))
    text = StringIO()
    writer = csv.writer(text)
    named = (f"clock {name}: {part}" for name in clocks for part in ("state", "due_at", "met_at"))
    writer.writerow(safe_cell(cell) for cell in (*_ABOUT, *_FACTS, *named))
    for one in register:
        writer.writerow(safe_cell(_cell(value), _LONGEST) for value in _row(one, clocks))
    return text.getvalue()


def _row(one: Watched, clocks: Sequence[str]) -> tuple[Any, ...]:
    breach = one.breach
    about = (
        breach.id,
        breach.state.value,
        breach.origin.value,
        breach.case_id,
        breach.opened_at,
        breach.opened_by,
        breach.version,
        breach.closing_by,
        breach.closing_at,
        breach.closed_by,
        breach.closed_at,
    )
    facts = (getattr(breach.facts, name) for name in _FACTS)
    running = {clock.name: (clock.state.value, clock.due_at, clock.met_at) for clock in one.clocks}
    return (*about, *facts, *(value for name in clocks for value in running.get(name, (None, None, None))))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    return "; ".join(value) if isinstance(value, tuple) else str(value)
