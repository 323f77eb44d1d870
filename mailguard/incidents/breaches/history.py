"""A breach as somebody has read it, out of the entries that were written since."""

from collections.abc import Sequence

from mailguard.core.errors import BadDecision
from mailguard.incidents.breaches.breach import BreachFacts, read_facts, write_facts
from mailguard.incidents.breaches.register import Breach, BreachEntry


def facts_at(breach: Breach, entries: Sequence[BreachEntry], version: int) -> BreachFacts:
    """The facts at an earlier version. Raises BadDecision for one that never was."""
    written = write_facts(breach.facts)
    for entry in reversed(entries_since(breach, entries, version)):
        for name, (old, _) in entry.changes.items():
            written[name] = old
    return read_facts(written)


def entries_since(breach: Breach, entries: Sequence[BreachEntry], version: int) -> Sequence[BreachEntry]:
    """What was done after that version: each entry is one version. Raises BadDecision for one that never was."""
    if not 1 <= version <= breach.version:
        raise BadDecision(f"breach {breach.id} has no version {version}")
    return entries[version:]
