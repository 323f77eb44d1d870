"""The register audit in a process of its own: half a minute of CPU and half a GB are nothing for a guard at work."""

import os
from contextlib import suppress
from multiprocessing import get_context

from mailguard.core.errors import MailguardError
from mailguard.core.settings import StoreSettings
from mailguard.customers.audit_runs import begin_run, carry_out
from mailguard.desk.desk import Desk
from mailguard.namesake.vocabulary import Vocabulary
from mailguard.store.store import open_store

_NICENESS = 10
"""Mail goes first."""


def start_audit(desk: Desk, by: str) -> bool:
    """Begin a run, and write into the audit trail who asked for it; False while another one is under way."""
    run_id = begin_run(desk.store.engine, by, desk.now())
    if run_id is None:
        return False
    with desk.store.writing() as session:
        desk.store.audit.append(session, "register audit", actor=by, at=desk.now())
    # Not forked: the guard has threads. As a daemon it ends with the guard, and the run is told as dead.
    get_context("spawn").Process(target=run_audit, args=(desk.settings.store, run_id), daemon=True).start()
    return True


def run_audit(settings: StoreSettings, run_id: int) -> None:
    """What the process does. How it went stands in the run's row."""
    os.nice(_NICENESS)
    with suppress(MailguardError):
        # With the store's clock: other nodes reckon by its signs of life whether the run is alive.
        store = open_store(settings)
        try:
            carry_out(store.engine, run_id, Vocabulary(), store.clock)
        finally:
            store.close()
