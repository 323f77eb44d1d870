"""What a breach still lacks before it may be closed: facts, decisions, and clocks that have not come to their end."""

from datetime import datetime

from mailguard.core.marking import N_
from mailguard.core.settings import IncidentSettings
from mailguard.incidents.breaches.breach import BreachFacts
from mailguard.incidents.breaches.clocks import clocks_of

CLOCK_RUNS = N_("what ends the clock %(clock)s")
_ASKED_BY_FACTS = frozenset({"notified_authority_at", "notified_people_at"})


def what_lacks(facts: BreachFacts, settings: IncidentSettings, now: datetime) -> tuple[str, ...]:
    """Each a sentence; empty when nothing is lacking. After closing nobody looks at a clock any more."""
    running = (clock for clock in clocks_of(facts, settings, now) if clock.runs and clock.ends not in _ASKED_BY_FACTS)
    return (*facts.lacking(), *(f"{CLOCK_RUNS % {'clock': repr(clock.name)}} ({clock.ends})" for clock in running))
