"""A breach as plain values, for JSON."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from mailguard.incidents.breaches.breach import BreachFacts, write_facts
from mailguard.incidents.breaches.clocks import Clock
from mailguard.incidents.breaches.register import BreachEntry
from mailguard.incidents.breaches.running import Watched


def describe_summary(one: Watched) -> dict[str, Any]:
    """A breach as a line of a list. Times are ISO 8601, UTC."""
    return {
        "id": one.breach.id,
        "state": one.breach.state.value,
        "origin": one.breach.origin.value,
        "title": one.breach.facts.title,
        "opened_at": one.breach.opened_at.isoformat(),
        "next_clock": describe_clock(one.next) if one.next else None,
    }


def describe_breach(one: Watched, entries: Sequence[BreachEntry], lacking: Sequence[str]) -> dict[str, Any]:
    """Everything of a breach; every fact has its key, null or empty where it is not known."""
    breach = one.breach
    return describe_summary(one) | {
        "version": breach.version,
        "opened_by": breach.opened_by,
        "case": breach.case_id,
        "report": breach.report_id,
        "closing_by": breach.closing_by,
        "closing_at": breach.closing_at.isoformat() if breach.closing_at else None,
        "closed_by": breach.closed_by,
        "closed_at": breach.closed_at.isoformat() if breach.closed_at else None,
        "facts": describe_facts(breach.facts),
        "clocks": [describe_clock(clock) for clock in one.clocks],
        "lacking": list(lacking),
        "entries": [describe_entry(entry) for entry in entries],
    }


def describe_facts(facts: BreachFacts) -> dict[str, Any]:
    """Every fact under its name."""
    known = write_facts(facts)
    empty: dict[str, Any] = {name: [] if isinstance(getattr(facts, name), tuple) else None for name in _names(facts)}
    return empty | known


def describe_clock(clock: Clock) -> dict[str, Any]:
    """A clock."""
    starts, due, met = (at.isoformat() if at else None for at in (clock.starts_at, clock.due_at, clock.met_at))
    return {
        "name": clock.name,
        "law": clock.law,
        "state": clock.state.value,
        "starts_at": starts,
        "due_at": due,
        "met_at": met,
    }


def describe_entry(entry: BreachEntry) -> dict[str, Any]:
    """An act."""
    changes = {name: {"was": was, "became": became} for name, (was, became) in entry.changes.items()}
    return {"at": entry.at.isoformat(), "by": entry.by, "act": entry.act, "changes": changes, "note": entry.note}


def _names(facts: BreachFacts) -> list[str]:
    return [field.name for field in fields(facts)]
