"""The mailbox where wrong readers write: mail to it passes unheld, and what it says is written down as a report.

The company's mail server sends it on to our front door on its way to the mailbox. People quote the letter that they
got, so judged like other mail it would be held in front of those who must read it today.
"""

import asyncio

import structlog

from mailguard.core.envelope import Envelope
from mailguard.core.errors import StoreError
from mailguard.core.relation import Relation, RelationKind
from mailguard.core.settings import Settings
from mailguard.core.verdict import Judgement, RecipientVerdict, Verdict
from mailguard.incidents.reports.intake import Submission, Taken, take_submission
from mailguard.incidents.reports.mail import is_for_mailbox, read_submission
from mailguard.message.budget import Budget
from mailguard.message.read import read_letter
from mailguard.smtp.ports import Outcome
from mailguard.store.store import Store

_BUDGET = Budget(expanded=256 * 1024, seconds=0.5)
"""Four thousand characters are kept of what a mail says; nothing is unpacked for that for long."""
_MOST = 100
"""Reports that wait for the database; what comes then is in the mailbox all the same."""
_PAUSE = 1.0

_log = structlog.get_logger("mailguard.reports")


class ReportMailbox:
    """Recognises such mail in one process and gathers what it says; `run` writes it down. Trouble stays in here."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store, self._settings = store, settings
        self._waiting: list[Submission] = []
        self._lost = 0

    def is_for(self, envelope: Envelope) -> bool:
        """Whether a message goes to the mailbox and to nobody else."""
        return is_for_mailbox(envelope, self._settings)

    def judge(self, envelope: Envelope, raw: bytes) -> Judgement:
        """It passes, whatever is in it. For any thread."""
        own = tuple(
            RecipientVerdict(address, Verdict.PASS, Relation(address, RelationKind.INTERNAL))
            for address in envelope.recipients
        )
        return Judgement(Verdict.PASS, own, letter=read_letter(raw, _BUDGET))

    def add(self, outcome: Outcome) -> None:
        """Take what a message says, once the next hop has it; only from the event loop. Never raises."""
        if not outcome.answer.ok or not self.is_for(outcome.envelope):
            return
        if len(self._waiting) >= _MOST:
            self._lost += 1
            return
        try:
            letter = outcome.judgement.letter if outcome.judgement else None
            said = read_submission(outcome.envelope, letter, self._settings) if letter else None
        except Exception as error:
            # A header that nobody has thought of must not cost the sender their answer.
            _log.error("report not read", message=outcome.message_id, error=type(error).__name__)
            return
        if said is not None:
            self._waiting.append(said)

    async def run(self) -> None:
        """Write down what has come in, every second, until cancelled."""
        while True:
            await asyncio.sleep(_PAUSE)
            await self.flush()

    async def flush(self) -> None:
        """Write now. Trouble with the database is waited out."""
        while self._waiting:
            try:
                taken = await asyncio.to_thread(take_submission, self._store, self._settings, self._waiting[0])
                self._lost += taken is Taken.LATER
            except StoreError as error:
                _log.warning("reports wait", reports=len(self._waiting), problem=str(error))
                return
            except Exception as error:
                # A report that can never be written must not keep all later ones.
                _log.error("report given up", error=type(error).__name__)
            del self._waiting[0]
        if self._lost:
            _log.error("mail to the reports' mailbox not written down: too much of it", mails=self._lost)
            self._lost = 0
