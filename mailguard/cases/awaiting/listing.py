"""Messages that wait to be read, for somebody who asks where one is. None is opened for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from mailguard.cases.awaiting.envelope import unpack_envelope
from mailguard.core.envelope import Envelope
from mailguard.store.tables.awaiting import AwaitingRow

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Unread:
    """A message that the client has been answered for, and that is neither passed on nor a case yet."""

    case_id: str
    """What its case is called if it becomes one, as the answer said."""
    envelope: Envelope
    received_at: datetime
    size: int
    message_id: str
    """The field `Message-ID`, with secrets masked."""
    customers: tuple[str, ...]
    """Whom the text that was read at the door is about."""
    remaining: tuple[str, ...]
    refused: tuple[str, ...]
    tries: int
    """How often it was put off: register, judge or next hop were not there, or did not take it."""
    problem: str
    """Why, the last time; empty while nothing has gone wrong."""
    due_at: datetime
    """Not before then is it tried (again)."""

    def has_reached(self, recipient: str) -> bool:
        """Whether that one has it: the next hop has taken it for some, and others are tried again."""
        return recipient not in self.remaining and recipient not in self.refused

    @property
    def has_gone(self) -> bool:
        """Whether anybody has it."""
        return any(self.has_reached(address) for address in self.envelope.recipients)


def each_unread(session: Session) -> Iterator[Unread]:
    """All of them, newest first."""
    columns = select(  # type: ignore[call-overload]
        AwaitingRow.case_id,
        AwaitingRow.envelope,
        AwaitingRow.received_at,
        AwaitingRow.size,
        AwaitingRow.known,
        AwaitingRow.remaining,
        AwaitingRow.refused,
        AwaitingRow.tries,
        AwaitingRow.last_answer,
        AwaitingRow.due_at,
    ).order_by(col(AwaitingRow.received_at).desc(), col(AwaitingRow.case_id))
    for row in session.execute(columns.execution_options(yield_per=_AT_ONCE)):
        yield Unread(
            case_id=row.case_id,
            envelope=unpack_envelope(row.envelope),
            received_at=row.received_at,
            size=row.size,
            message_id=row.known["message_id"],
            customers=tuple(row.known["customers"]),
            remaining=tuple(row.remaining),
            refused=tuple(row.refused),
            tries=row.tries,
            problem=row.last_answer or "",
            due_at=row.due_at,
        )
