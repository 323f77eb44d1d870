"""The outbox emptied into a real mail server on loopback, and its letters as a mail program reads them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

from sqlmodel import col, select

from mailguard.core.answer import Answer
from mailguard.core.envelope import Envelope
from mailguard.core.settings import NextHopSettings, Settings
from mailguard.notices.send import NoticeWorker
from mailguard.relay.deliver import deliver
from mailguard.relay.next_hop import NextHop
from mailguard.store.store import Store
from mailguard.store.tables.outbox import NoticeRow
from tests.support.sink import Sink


@asynccontextmanager
async def mail_server(store: Store, settings: Settings) -> AsyncIterator[tuple[NoticeWorker, Sink]]:
    """A worker, and the server that it sends to."""
    async with Sink() as sink:
        hop = NextHop(NextHopSettings(host="127.0.0.1", port=sink.port), "guard.operator.example")

        async def send(envelope: Envelope, letter: bytes) -> Mapping[str, Answer]:
            return await deliver(hop, envelope, letter)

        try:
            yield NoticeWorker(store, send, settings, store.clock), sink
        finally:
            await hop.close()


def letters_of(sink: Sink) -> list[EmailMessage]:
    """What has arrived, in its order."""
    return [parsed(message.body) for message in sink.messages]


def parsed(raw: bytes) -> EmailMessage:
    """A letter as a mail program reads it."""
    letter = message_from_bytes(raw, policy=SMTP)
    assert isinstance(letter, EmailMessage)
    return letter


def text_of(letter: EmailMessage, subtype: str = "plain") -> str:
    """One alternative's text, each run of blanks one blank."""
    part = letter.get_body((subtype,))
    assert part is not None
    return " ".join(str(part.get_content()).split())


def written(store: Store, *kinds: str) -> list[tuple[str, str]]:
    """Kind and recipient of every letter in the outbox, or of those of some kinds."""
    with store.reading() as session:
        rows = session.exec(select(NoticeRow).order_by(col(NoticeRow.kind), col(NoticeRow.to), col(NoticeRow.id)))
        return [(row.kind, row.to) for row in rows if not kinds or row.kind in kinds]
