"""The register as a file that leaves the program. That somebody had it made is in the audit trail."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from mailguard.core.settings import Settings
from mailguard.incidents.breaches.paper import Kept, write_register
from mailguard.incidents.breaches.register import Breach, list_breaches, read_breach
from mailguard.incidents.breaches.rows import write_csv
from mailguard.incidents.breaches.running import watch
from mailguard.store.store import Store


class ExportForm(StrEnum):
    """What it is written as."""

    CSV = "csv"
    PDF = "pdf"


def export_register(
    store: Store,
    form: ExportForm,
    *,
    settings: Settings,
    by: str,
    since: datetime | None = None,
    mask: Callable[[str], str] | None = None,
) -> bytes:
    """Every breach opened since then (None: all), oldest first, with an entry `breach export` in the audit trail.

    `mask` makes addresses unreadable for those who may not see them. CSV is UTF-8.
    """
    now = store.clock()
    with store.reading() as session:
        found = list_breaches(session, limit=None)
        wanted = [one for one in reversed(found) if since is None or one.opened_at >= since]
        kept = [
            Kept(watch(_masked(one, mask), settings.incidents, now), read_breach(session, one.id)[1]) for one in wanted
        ]
    if form is ExportForm.CSV:
        octets = write_csv([one.watched for one in kept]).encode("utf-8", "replace")
    else:
        octets = write_register(kept, settings, now)
    details = {"format": form.value, "since": since.isoformat() if since else None, "breaches": len(kept)}
    with store.writing() as session:
        store.audit.append(session, "breach export", actor=by, at=now, details=details)
    return octets


def _masked(breach: Breach, mask: Callable[[str], str] | None) -> Breach:
    if mask is None:
        return breach
    return replace(breach, facts=replace(breach.facts, addresses=tuple(map(mask, breach.facts.addresses))))
