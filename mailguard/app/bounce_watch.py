"""Hears what the next hop says of each recipient of passing mail, and notes addresses on record that are no mailbox."""

import asyncio
from contextlib import suppress

from mailguard.cases.addresses.bounces import note_refusal
from mailguard.core.answer import Answer
from mailguard.core.errors import MailguardError
from mailguard.customers.bounces import says_no_mailbox
from mailguard.smtp.ports import Begin, HopTransaction
from mailguard.store.store import Store

_MOST_AT_ONCE = 8
"""A client that tries out addresses keeps no more threads busy; what is not noted now is heard again."""


class BounceWatch:
    """Notes beside the dialogue, which never waits for it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._notes: set[asyncio.Task[None]] = set()

    def over(self, begin: Begin) -> Begin:
        """The same transactions, listened to."""
        return lambda: _Watched(begin(), self)

    def hear(self, address: str, answer: Answer) -> None:
        """Take the answer to one RCPT."""
        if says_no_mailbox(answer) and len(self._notes) < _MOST_AT_ONCE:
            task = asyncio.create_task(self._note(address, answer))
            self._notes.add(task)
            task.add_done_callback(self._notes.discard)

    async def close(self) -> None:
        """Wait for what is being noted."""
        await asyncio.gather(*self._notes)

    async def _note(self, address: str, answer: Answer) -> None:
        with suppress(MailguardError):
            await asyncio.to_thread(note_refusal, self._store, address, answer)


class _Watched:
    def __init__(self, hop: HopTransaction, watch: BounceWatch) -> None:
        self._hop, self._watch = hop, watch
        self.mail, self.data, self.close = hop.mail, hop.data, hop.close

    @property
    def open(self) -> bool:
        return self._hop.open

    async def rcpt(self, address: str, dsn: str = "") -> Answer:
        answer = await self._hop.rcpt(address, dsn)
        self._watch.hear(address, answer)
        return answer
