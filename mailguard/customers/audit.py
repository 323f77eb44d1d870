"""The register audit: namesake cases waiting to happen, found before any mail is sent. Rows for a table."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import Connection, Engine, func, select

from mailguard.customers.asking import translated
from mailguard.customers.auditing.domains import count_domains, misspelt_domains, odd_addresses, public_domains
from mailguard.customers.auditing.namesakes import Namesakes
from mailguard.customers.auditing.risk import Advance, Likeness, Progress, Risk
from mailguard.customers.auditing.shared import shared_addresses
from mailguard.customers.tables.register import EMAILS

_DOMAINS, _NAMES, _LOOKALIKES = 1, 6, 3
"""How much dearer one search is than another, for an honest progress bar."""
_TELL_EVERY = 100
"""How often `progress` is called in all, about."""


def audit_register(
    engine: Engine, likeness: Likeness, progress: Progress = lambda done, total: None, *, today: date | None = None
) -> Iterator[Risk]:
    """Read the whole register and tell its risks, kind by kind. Raises RegisterError.

    A million customers: half a minute of CPU and .6 GB on SQLite, so a running guard leaves it to another process.
    """
    with translated(engine), engine.connect() as connection:
        yield from _audit(connection, likeness, progress, today or date.today())


def _audit(connection: Connection, likeness: Likeness, progress: Progress, today: date) -> Iterator[Risk]:
    addresses = max(1, connection.scalar(select(func.count()).select_from(EMAILS)) or 0)
    steps = _Steps((_DOMAINS + _NAMES + _LOOKALIKES) * addresses, progress)
    yield from shared_addresses(connection)
    counted = count_domains(connection)
    public = public_domains(counted, likeness.providers)
    yield from odd_addresses(connection, counted, misspelt_domains(counted, public), steps.of(_DOMAINS))
    namesakes = Namesakes(connection, public, likeness, today)
    yield from namesakes.guessed(steps.of(_NAMES))
    yield from namesakes.look_alikes(steps.of(_LOOKALIKES * addresses // max(1, namesakes.suspects)))
    progress(steps.total, steps.total)


class _Steps:
    """Counts what the searches have done, and tells it now and then."""

    def __init__(self, total: int, progress: Progress) -> None:
        self.total = total
        self._progress = progress
        self._done = self._told = 0
        progress(0, total)

    def of(self, weight: int) -> Advance:
        """What a search calls, each of whose steps counts for so many."""

        def advance(steps: int) -> None:
            self._done += steps * weight
            if (self._done - self._told) * _TELL_EVERY > self.total:
                self._told = self._done
                self._progress(min(self._done, self.total), self.total)

        return advance
