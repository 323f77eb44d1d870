"""Hold one message at once, in a commit of its own; the guard itself holds what waits together (`holding.writer`)."""

from mailguard.cases.deadlines.terms import Terms
from mailguard.cases.holding.hold import write_holds
from mailguard.cases.holding.prepare import prepare_hold
from mailguard.core.envelope import Envelope
from mailguard.core.teams import NO_TEAMS, Teams
from mailguard.core.verdict import Judgement
from mailguard.store.store import Store


def hold(
    store: Store,
    envelope: Envelope,
    raw: bytes,
    judgement: Judgement,
    terms: Terms | None = None,
    teams: Teams = NO_TEAMS,
) -> str:
    """Seal and write one message; its case id, once everything is on the disk. Raises StoreError."""
    prepared = prepare_hold(store, envelope, raw, judgement, terms, teams)
    write_holds(store, [prepared])
    return prepared.case_id
