"""Hand a whole message to the next hop and keep every recipient's answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from mailguard.core.answer import Answer
from mailguard.core.envelope import Envelope
from mailguard.core.errors import AnswerLost, NextHopError
from mailguard.relay.next_hop import NextHop
from mailguard.relay.transaction import Transaction

BeforeData = Callable[[], Awaitable[None]]
"""Awaited when the recipients are accepted and the message has not left yet; what it raises ends the transaction."""


@dataclass(slots=True)
class Handover:
    """What came of handing one message over."""

    answers: dict[str, Answer] = field(default_factory=dict)
    """Of each recipient that had one: of RCPT where that was refused, else of the final dot."""
    lost: NextHopError | None = None
    """Why it ended early; AnswerLost means that the message may have been taken."""
    data_begun: bool = False
    """The recipients were accepted, and DATA came next."""
    data_answered: bool = False
    """The next hop has said what it did with the message."""

    @property
    def in_doubt(self) -> bool:
        """Whether a copy may be there that nobody has told us of: of this attempt, or still of an earlier one."""
        return not self.data_answered and (isinstance(self.lost, AnswerLost) or not self.data_begun)


async def deliver(next_hop: NextHop, envelope: Envelope, raw: bytes) -> dict[str, Answer]:
    """One answer for each recipient of the envelope: of RCPT where that was refused, else of the final dot.

    Raises NextHopError when the next hop is lost before any recipient had its answer. When it is lost later, the
    answers already given are kept and the others get a 451, so that a refusal is never forgotten by a retry.
    """
    handover = await hand_over(next_hop, envelope, raw)
    if handover.lost is None:
        return handover.answers
    if not handover.answers:
        raise handover.lost
    return complete(handover, envelope)


def complete(handover: Handover, envelope: Envelope) -> dict[str, Answer]:
    """The answers, with a 451 for each recipient that had none."""
    later = Answer.parse((handover.lost or NextHopError()).smtp_answer)
    return dict.fromkeys(envelope.recipients, later) | handover.answers


async def hand_over(
    next_hop: NextHop, envelope: Envelope, raw: bytes, before_data: BeforeData | None = None
) -> Handover:
    """The same without raising NextHopError, for who must know whether the message may have been taken."""
    handover = Handover()
    async with next_hop.begin() as transaction:
        try:
            await _converse(transaction, envelope, raw, handover, before_data)
        except NextHopError as lost:
            handover.lost = lost
    return handover


async def _converse(
    transaction: Transaction, envelope: Envelope, raw: bytes, handover: Handover, before_data: BeforeData | None
) -> None:
    answers = handover.answers
    answer = await transaction.mail(envelope, len(raw))
    if not answer.ok:
        answers |= dict.fromkeys(envelope.recipients, answer)
        return
    accepted: list[str] = []
    dsn = dict(envelope.recipient_dsn)
    for address in dict.fromkeys(envelope.recipients):
        answer = await transaction.rcpt(address, dsn.get(address, ""))
        if answer.ok:
            accepted.append(address)
        else:
            answers[address] = answer
    if accepted:
        if before_data is not None:
            await before_data()
        handover.data_begun = True
        answer = await transaction.data(raw)
        handover.data_answered = True
        answers |= dict.fromkeys(accepted, answer)
