"""Hand a whole message to the next hop and keep every recipient's answer."""

from mailguard.core.answer import Answer
from mailguard.core.envelope import Envelope
from mailguard.core.errors import NextHopError
from mailguard.relay.next_hop import NextHop
from mailguard.relay.transaction import Transaction


async def deliver(next_hop: NextHop, envelope: Envelope, raw: bytes) -> dict[str, Answer]:
    """One answer for each recipient of the envelope: of RCPT where that was refused, else of the final dot.

    Raises NextHopError when the next hop is lost before any recipient had its answer. When it is lost later, the
    answers already given are kept and the others get a 451, so that a refusal is never forgotten by a retry.
    """
    answers: dict[str, Answer] = {}
    async with next_hop.begin() as transaction:
        try:
            await _converse(transaction, envelope, raw, answers)
        except NextHopError as lost:
            if not answers:
                raise
            later = Answer.parse(lost.smtp_answer)
            answers |= {address: later for address in envelope.recipients if address not in answers}
    return answers


async def _converse(transaction: Transaction, envelope: Envelope, raw: bytes, answers: dict[str, Answer]) -> None:
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
        answer = await transaction.data(raw)
        answers |= dict.fromkeys(accepted, answer)
