"""`mailguard doctor`."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from mailguard.app.console import ConfigOption, Exit, out, settings_of, told
from mailguard.app.named_files import check_named_files
from mailguard.app.wiring import load_rules, open_recognizer
from mailguard.core.clock import utc_now
from mailguard.core.errors import MailguardError
from mailguard.core.settings import Settings
from mailguard.customers.freshness import freshness
from mailguard.customers.register import Register
from mailguard.relay.probe import probe_next_hop
from mailguard.store.database.disk import MEBIBYTE, Disk
from mailguard.store.nodes import list_nodes, odd_nodes
from mailguard.store.store import open_store

_MOST_ASTRAY = 30.0
"""Seconds."""
_LEAST_FREE = 500 * MEBIBYTE
"""Logs and temporary files need room too, wherever the store is."""


@dataclass(frozen=True, slots=True)
class Symptom:
    """One thing that was looked at."""

    what: str
    well: bool
    says: str


def doctor(
    probe_to: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Where a hop that breaks the line-ending rules would deliver a probe; else notices.from_address.",
        ),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Probe configuration, rules, disk, store, register, nodes and next hop. Exit 1 when something is not well."""
    with told():
        settings = settings_of(config)
        symptoms = list(_examine(settings, probe_to))
    for symptom in symptoms:
        out.print("ok  " if symptom.well else "BAD ", style="green" if symptom.well else "red", end="")
        out.print(f" {symptom.what}: {symptom.says}", soft_wrap=True)
    raise typer.Exit(Exit.DONE if all(symptom.well for symptom in symptoms) else Exit.FAILED)


def _examine(settings: Settings, probe_to: str | None) -> Iterator[Symptom]:
    yield _try("rules", lambda: _rules(settings))
    store = _try("store and register", lambda: _store(settings))
    yield store
    if store.well:
        yield from _register(settings)
        yield from _nodes(settings)
    yield _disk(settings)
    if settings.message.ocr != "off":
        yield _try("pictures", lambda: _pictures(settings))
    yield _try("files", lambda: f"{check_named_files(settings)} that the configuration names, all can be read")
    if not settings.register_.internal_domains:
        yield Symptom("configuration", False, "register.internal_domains is empty: nobody counts as a colleague")
    to = probe_to or settings.notices.from_address
    try:
        for line in asyncio.run(probe_next_hop(settings.next_hop, settings.smtp.hostname, to)):
            yield Symptom("next hop", line.well, line.text)
    except MailguardError as error:
        yield Symptom("next hop", False, str(error))


def _try(what: str, look: Callable[[], str]) -> Symptom:
    try:
        return Symptom(what, True, look())
    except MailguardError as error:
        return Symptom(what, False, str(error))


def _rules(settings: Settings) -> str:
    rules = load_rules(settings)
    return f"{len(rules.detector.rules)} rules, all examples hold"


def _pictures(settings: Settings) -> str:
    open_recognizer(settings)
    return f"read in {', '.join(settings.message.ocr_languages)}"


def _store(settings: Settings) -> str:
    with open_store(settings.store) as store:
        with store.writing():
            pass  # the lock of a writer was to be had; to walk over the chain with it would hold up mail
        with store.reading() as session:
            entries, bad = store.audit.verify(session)
        if bad is not None:
            raise MailguardError(f"audit entry {bad.seq} {bad.problem}")
        stats = Register(store.engine).stats()
    return f"writable, {entries} audit entries, {stats.customers} customers with {stats.addresses} addresses"


def _register(settings: Settings) -> Iterator[Symptom]:
    with open_store(settings.store) as store:
        try:
            known = freshness(store.engine, settings.register_, store.clock)
        except MailguardError as error:
            yield Symptom("register", False, str(error))
            return
    for source in known.sources:
        if not source.name and source.age_hours is None and not source.stale:
            continue  # no source and no limit: how many customers there are is told above
        age = "never synced" if source.age_hours is None else f"synced {source.age_hours:.0f} h ago"
        if not source.name:
            age = age.replace("synced", "imported")
        told = f"{source.name or 'customer file'}: {age}{', stale' if source.stale else ''}"
        said = f"; the last sync failed: {source.problem}" if source.problem else ""
        yield Symptom("register", not (source.stale or source.problem), f"{told}{said}")


def _nodes(settings: Settings) -> Iterator[Symptom]:
    with open_store(settings.store) as store:
        try:
            known = list_nodes(store)
            astray = abs((utc_now() - store.clock()).total_seconds())
        except MailguardError as error:
            yield Symptom("nodes", False, str(error))
            return
    odd = odd_nodes(known)
    for node in known:
        seen = f"{node.name}, version {node.version}, rules {node.rules_digest}"
        yield Symptom("node", node.name not in odd, f"{seen}: {odd[node.name]}" if node.name in odd else seen)
    if astray > _MOST_ASTRAY:
        # Nothing but Date and Received lines goes by it: the guards take the database's time.
        yield Symptom("clock", False, f"this machine's is {astray:.0f} s off the database's")


def _database_file(settings: Settings) -> Path | None:
    try:
        url = make_url(settings.store.database_url)
    except ArgumentError:
        return None  # told with the store
    return Path(url.database) if url.database and url.drivername.startswith("sqlite") else None


def _disk(settings: Settings) -> Symptom:
    file = _database_file(settings)
    is_ours = file is not None
    place = (file or settings.store.key_file).absolute()
    folder = next((parent for parent in place.parents if parent.is_dir()), Path("/"))
    room = Disk(folder / place.name, settings.store.min_free_mb if is_ours else 0).look()
    assert room is not None  # noqa: S101 - there is a file
    told = f"{room.free // MEBIBYTE} MB free at {folder}"
    if is_ours:
        told += f", mail is held down to {room.reserve // MEBIBYTE} MB (store.min_free_mb)"
    return Symptom("disk", not room.is_tight and room.free >= _LEAST_FREE, told)
