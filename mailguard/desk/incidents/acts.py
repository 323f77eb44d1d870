"""What people do with a breach, and how it is shown to them; the pages and the HTTP API share it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mailguard.core.errors import NoSuchBreach
from mailguard.core.person import Person
from mailguard.desk.desk import Desk
from mailguard.desk.display import mask_address
from mailguard.desk.incidents.keeping import may_write
from mailguard.incidents.breaches.breach import BreachFacts, BreachState, Origin, change_facts
from mailguard.incidents.breaches.closing import what_lacks
from mailguard.incidents.breaches.register import (
    Breach,
    BreachEntry,
    ask_closing,
    change_breach,
    close_breach,
    open_breach,
    read_breach,
    reopen_breach,
)
from mailguard.incidents.breaches.running import Watched, watch

BREACH_ID = re.compile(r"[0-9]{4}-[0-9]{4,6}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ShownBreach:
    """A breach as a person may see it."""

    watched: Watched
    entries: Sequence[BreachEntry]
    lacking: Sequence[str]
    may_write: bool


def show(desk: Desk, breach_id: str, person: Person) -> ShownBreach:
    """One breach; addresses are masked for those who only read. Raises NoSuchBreach."""
    require_number(breach_id)
    with desk.store.reading() as session:
        breach, entries = read_breach(session, breach_id)
    writes, now, settings = may_write(person), desk.now(), desk.settings.incidents
    lacking = () if breach.state is BreachState.CLOSED else what_lacks(breach.facts, settings, now)
    if not writes:
        masked = tuple(mask_address(address) for address in breach.facts.addresses)
        breach = replace(breach, facts=replace(breach.facts, addresses=masked))
        entries = tuple(_masked(entry) for entry in entries)
    return ShownBreach(watch(breach, settings, now), entries, lacking, writes)


def open_one(desk: Desk, facts: Mapping[str, Any], person: Person, *, origin: Origin, case_id: str | None) -> str:
    """Put it into the register. Raises BadDecision."""
    known = change_facts(BreachFacts(str(facts.get("title") or "")), facts)
    with desk.store.writing() as session:
        return open_breach(session, desk.store, known, origin=origin, by=person.name, at=desk.now(), case_id=case_id)


def change(
    desk: Desk, breach_id: str, changes: Mapping[str, Any], person: Person, *, version: int, note: str
) -> Breach:
    """Change some facts, or write a note. Raises as `incidents.breaches.register.change_breach`."""
    with desk.store.writing() as session:
        return change_breach(
            session, desk.store, breach_id, changes, version=version, by=person.name, at=desk.now(), note=note
        )


def settle(desk: Desk, breach_id: str, act: str, person: Person, *, version: int, note: str = "") -> Breach:
    """Ask for `closing`, `close` what another has asked for, or `reopen`. Raises as `incidents.breaches.register`."""
    read: dict[str, Any] = {"version": version, "by": person.name, "at": desk.now()}
    with desk.store.writing() as session:
        if act == "closing":
            return ask_closing(session, desk.store, breach_id, settings=desk.settings.incidents, **read)
        if act == "close":
            return close_breach(session, desk.store, breach_id, **read)
        return reopen_breach(session, desk.store, breach_id, note=note, **read)


def require_number(breach_id: str) -> None:
    """Raises NoSuchBreach for what cannot be a number, before the database is asked (NUL, half characters)."""
    if not BREACH_ID.fullmatch(breach_id):
        raise NoSuchBreach("there is no such breach in the register")


def _masked(entry: BreachEntry) -> BreachEntry:
    told = {
        name: [[mask_address(one) for one in side] if name == "addresses" and side else side for side in sides]
        for name, sides in entry.changes.items()
    }
    return replace(entry, changes=told)
