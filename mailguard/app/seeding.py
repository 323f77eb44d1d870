"""Made-up cases at moments that no reviewer can foresee."""

import structlog

from mailguard.app.wiring import load_rules
from mailguard.cases.seeding.moments import seeding_moments
from mailguard.cases.seeding.seed import count_seeded, seed
from mailguard.core.settings import Settings
from mailguard.store.keys.sealing import Purpose
from mailguard.store.store import Store

_log = structlog.get_logger("mailguard.seeding")


def seed_due(store: Store, settings: Settings) -> str | None:
    """Hold the next made-up case of the week where its moment has come; gives its id. One at a time.

    Every node reckons the same moments and counts what is there, so a node that was down makes up for it. The rules are
    loaded anew each time, a few times a week, rather than kept for it. Raises StoreError, RulesError.
    """
    wanted = settings.cases.seeded_per_week
    if not wanted:
        return None
    now = store.clock()
    begin, moments = seeding_moments(wanted, now, settings.calendar, store.sealer.derive(Purpose.SEEDING))
    done = count_seeded(store, begin)
    if done >= sum(moment <= now for moment in moments):
        return None
    languages = settings.cases.seeded_languages or [settings.notices.language]
    case_id = seed(store, settings, load_rules(settings, prove=False), languages[done % len(languages)])
    _log.info("made-up case held", number=done + 1, of=wanted)
    return case_id
