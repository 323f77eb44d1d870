"""What the front door needs of the rest of the house; `app/` fits the real parts in."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from mailguard.core.answer import Answer
from mailguard.core.envelope import Envelope
from mailguard.core.verdict import Judgement


class HopTransaction(Protocol):
    """One mail transaction with the next hop. Every method but `close` may raise NextHopError."""

    @property
    def open(self) -> bool:
        """Whether the next hop still knows of it, so that `close` has to wait for an answer."""

    async def mail(self, envelope: Envelope, size: int | None = None) -> Answer:
        """MAIL FROM; `size` in octets where the client declared one."""

    async def rcpt(self, address: str, dsn: str = "") -> Answer:
        """RCPT TO; `dsn` are its parameters of RFC 3461, as they came."""

    async def data(self, raw: bytes) -> Answer:
        """DATA and the message."""

    async def close(self) -> None:
        """Undo what is open and let go. Never raises."""


class SetAside(Protocol):
    """A message that is on the disk for the recipients whom it is held for, before the others get it."""

    @property
    def case_id(self) -> str:
        """What the case will be called."""

    async def keep(self, answer: Answer) -> None:
        """The next hop has taken it for the others: it becomes a case. Raises StoreError."""

    async def undo(self, details: dict[str, Any], *, in_doubt: bool) -> None:
        """The next hop has not, for a reason told by `details`; `in_doubt`: perhaps it has. Raises StoreError."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one message whose DATA was read to its end."""

    message_id: str
    """Our id of it, the one in its `Received:` line."""
    envelope: Envelope
    size: int
    """Octets as judged."""
    answer: Answer
    """What the client was told."""
    judgement: Judgement | None = None
    """None when the message was refused before it was judged, or judging failed."""
    case_id: str | None = None
    """Set when it was held."""
    next_hop: Answer | None = None
    """The next hop's answer to the final dot."""
    milliseconds: dict[str, float] = field(default_factory=dict)
    """Time by stage: `read`, `judge`, and `next_hop` or `hold`, or both."""
    passed: tuple[str, ...] = ()
    """Recipients who got it at once while it was to be held for others (`policy.partial`)."""
    may_come_twice: bool = False
    """The client was told to try again, and the next hop has the message already, or may have it."""


Begin = Callable[[], HopTransaction]
Offered = Callable[[], Awaitable[Mapping[str, str]]]
"""What the next hop's EHLO names (in small letters), with its parameters. Raises NextHopError."""
Judge = Callable[[Envelope, bytes], Awaitable[Judgement]]
Hold = Callable[[Envelope, bytes, Judgement], Awaitable[str]]
"""Gives the case id once everything is on the disk; raises StoreError when it is not."""
HoldPart = Callable[[Envelope, bytes, Judgement], Awaitable[SetAside]]
"""Sets a message aside for those whom it is held for. Raises StoreError: then nothing may be passed on."""
CheckPassword = Callable[[str, str, str], Awaitable[str | None]]
"""Name, password and the client's IP address in; the login out under which it is known, None when they are wrong."""
Observe = Callable[[Outcome], None]
