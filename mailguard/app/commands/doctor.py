"""`mailguard doctor`."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.engine import make_url

from mailguard.app.console import ConfigOption, Exit, out, settings_of, told
from mailguard.app.wiring import load_rules
from mailguard.core.errors import MailguardError
from mailguard.core.settings import Settings
from mailguard.customers.freshness import freshness
from mailguard.customers.register import Register
from mailguard.relay.probe import probe_next_hop
from mailguard.store.store import open_store

_LEAST_FREE = 500 * 1024 * 1024


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
    """Probe configuration, rules, disk, store, register and next hop. Exit 1 when something is not well."""
    with told():
        settings = settings_of(config)
        symptoms = list(_examine(settings, probe_to))
    for symptom in symptoms:
        out.print("ok  " if symptom.well else "BAD ", style="green" if symptom.well else "red", end="")
        out.print(f" {symptom.what}: {symptom.says}", soft_wrap=True)
    raise typer.Exit(Exit.DONE if all(symptom.well for symptom in symptoms) else Exit.FAILED)


def _examine(settings: Settings, probe_to: str | None) -> Iterator[Symptom]:
    yield _try("rules", lambda: _rules(settings))
    yield _try("store and register", lambda: _store(settings))
    yield from _register(settings)
    yield _disk(settings)
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


def _store(settings: Settings) -> str:
    store = open_store(settings.store)
    try:
        with store.writing() as session:
            entries, bad = store.audit.verify(session)
        if bad is not None:
            raise MailguardError(f"audit entry {bad.seq} {bad.problem}")
        stats = Register(store.engine).stats()
    finally:
        store.close()
    return f"writable, {entries} audit entries, {stats.customers} customers with {stats.addresses} addresses"


def _register(settings: Settings) -> Iterator[Symptom]:
    store = open_store(settings.store)
    try:
        known = freshness(store.engine, settings.register_, store.clock)
    except MailguardError as error:
        yield Symptom("register", False, str(error))
        return
    finally:
        store.close()
    for source in known.sources:
        if not source.name and source.age_hours is None and not source.stale:
            continue  # no source and no limit: how many customers there are is told above
        age = "never synced" if source.age_hours is None else f"synced {source.age_hours:.0f} h ago"
        if not source.name:
            age = age.replace("synced", "imported")
        told = f"{source.name or 'customer file'}: {age}{', stale' if source.stale else ''}"
        said = f"; the last sync failed: {source.problem}" if source.problem else ""
        yield Symptom("register", not (source.stale or source.problem), f"{told}{said}")


def _disk(settings: Settings) -> Symptom:
    url = make_url(settings.store.database_url)
    place = Path(url.database or ".") if url.get_backend_name() == "sqlite" else settings.store.key_file
    folder = next((p for p in (place.absolute(), *place.absolute().parents) if p.is_dir()), Path("/"))
    free = shutil.disk_usage(folder).free
    return Symptom("disk", free >= _LEAST_FREE, f"{free // 2**20} MB free at {folder}")
