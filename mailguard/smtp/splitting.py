"""Pass a message on to some of its recipients, in a mail transaction of their own (`policy.partial`).

The one that mirrored the client's names everybody, those for whom the message is held too, and SMTP knows no way to
take a recipient back out of it.
"""

from mailguard.core.answer import Answer
from mailguard.core.envelope import Envelope
from mailguard.core.errors import NextHopError
from mailguard.smtp.ports import Begin, HopTransaction


class RecipientLost(NextHopError):
    """The next hop took a recipient while the client asked, and refuses it now."""

    enhanced_code = "4.5.0"
    smtp_text = "the next hop does not take all recipients any more, please try again later"


async def pass_on(begin: Begin, envelope: Envelope, raw: bytes) -> Answer:
    """The next hop's answer to the first step that it refuses, else to the final dot: to all recipients or to nobody.

    A recipient that is refused for good only now is the client's to hear of at RCPT, when it tries again; a 5yz here
    would stand for all of them. Raises RecipientLost then, and what the steps raise.
    """
    hop = begin()
    try:
        return await _converse(hop, envelope, raw)
    finally:
        await hop.close()


async def _converse(hop: HopTransaction, envelope: Envelope, raw: bytes) -> Answer:
    answer = await hop.mail(envelope, len(raw))
    if not answer.ok:
        return answer
    wishes = dict(envelope.recipient_dsn)
    for address in envelope.recipients:
        answer = await hop.rcpt(address, wishes.get(address, ""))
        if answer.permanent:
            raise RecipientLost(f"RCPT: {answer}")
        if not answer.ok:
            return answer
    return await hop.data(raw)
