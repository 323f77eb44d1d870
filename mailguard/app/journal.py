"""The journal's lines on their way from the front door to the store: gathered in memory, written every second.

A kill loses the last second's lines, never a message. To wait for the disk at each clean message would cost more than
the message itself, and what must be kept without any gap, what was held, is in the cases.
"""

import asyncio
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog

from mailguard.app.tally import fate_of
from mailguard.cases.masking import mask_text
from mailguard.core.clock import Clock
from mailguard.core.errors import StoreError
from mailguard.core.verdict import Judgement
from mailguard.incidents.tracing.journal import SUBJECT_KEY, JournalLine, JournalRecipient, tag_subject, write_lines
from mailguard.smtp.ports import Outcome
from mailguard.store.store import Store

_PAUSE = 1.0
_MOST = 50_000
"""Lines that wait for a database that is away (some 40 MB); what comes then is counted as lost and said in the log."""
_AT_ONCE = 1000

_log = structlog.get_logger("mailguard.journal")


def line_of(outcome: Outcome, at: datetime, key: bytes) -> JournalLine:
    """What the journal keeps of an outcome; `key` is the subjects'."""
    envelope, judgement = outcome.envelope, outcome.judgement
    recipients = tuple([JournalRecipient(address) for address in envelope.recipients])
    line = JournalLine(
        id=outcome.message_id,
        at=at,
        reverse_path=envelope.reverse_path,
        recipients=recipients if judgement is None else _judged(recipients, judgement),
        fate=fate_of(outcome),
        answer=str(outcome.answer),
        size=outcome.size,
        client=envelope.client.address,
        login=envelope.client.login or "",
        case_id=outcome.case_id,
        **({} if judgement is None else _concluded(judgement, key)),
    )
    return add_passed(line, outcome.passed)


def add_passed(line: JournalLine, passed: Collection[str]) -> JournalLine:
    """The line with those marked who have it, whatever became of the message for the others."""
    if not passed:
        return line
    return replace(line, recipients=tuple(replace(one, passed=one.address in passed) for one in line.recipients))


def add_judgement(line: JournalLine, judgement: Judgement, key: bytes) -> JournalLine:
    """The line with what was concluded about the message."""
    return replace(line, recipients=_judged(line.recipients, judgement), **_concluded(judgement, key))


def _judged(recipients: tuple[JournalRecipient, ...], judgement: Judgement) -> tuple[JournalRecipient, ...]:
    judged = tuple([JournalRecipient(one.address, one.relation.kind.value) for one in judgement.recipients])
    # Of a message that is tried again, those who have it are not judged again.
    known = {one.address for one in judged}
    return judged + tuple([one for one in recipients if one.address not in known])


def _concluded(judgement: Judgement, key: bytes) -> dict[str, Any]:
    letter = judgement.letter
    return {
        "reasons": tuple(dict.fromkeys([reason.code.value for reason in judgement.reasons])),
        "kinds": tuple(sorted({finding.kind.value for finding in judgement.findings})),
        "customers": tuple([identified.customer.customer_id for identified in judgement.customers]),
        # Masked: the field is its writer's, and a password may stand in it as well as anywhere.
        "message_id": mask_text(letter.message_id, "header.message-id", judgement.findings) if letter else "",
        "subject_tag": tag_subject(letter.subject, key) if letter else "",
        "features": judgement.features,
    }


class JournalWriter:
    """Gathers lines in one process; `run` writes them."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._key = store.sealer.derive(SUBJECT_KEY)
        self._lines: list[JournalLine] = []
        self._lost = 0

    def add(self, outcome: Outcome) -> None:
        """Take one message's line; only from the event loop."""
        if len(self._lines) >= _MOST:
            self._lost += 1
            return
        self._lines.append(line_of(outcome, self._clock(), self._key))

    async def run(self) -> None:
        """Write what has come in, every second, until cancelled. Trouble with the database is waited out."""
        while True:
            await asyncio.sleep(_PAUSE)
            await self.flush()

    async def flush(self) -> None:
        """Write now. What cannot be written is kept for the next time."""
        while self._lines:
            batch = self._lines[:_AT_ONCE]
            try:
                await asyncio.to_thread(write_lines, self._store, batch)
            except StoreError as error:
                _log.warning("journal waits", lines=len(self._lines), problem=str(error))
                return
            except Exception as error:
                # A line that can never be written must not keep all later ones.
                _log.error("journal lines given up", lines=len(batch), error=type(error).__name__)
            # Only now, and only this many: others have come in behind them meanwhile.
            del self._lines[: len(batch)]
        if self._lost:
            _log.error("journal lines lost", lines=self._lost)
            self._lost = 0
