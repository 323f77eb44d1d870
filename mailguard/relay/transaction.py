"""One mail transaction with the next hop, mirrored command by command (RFC 5321, section 3.3)."""

from collections.abc import Awaitable, Callable, Iterable
from types import TracebackType
from typing import Self

from mailguard.core.address import is_plain
from mailguard.core.answer import Answer
from mailguard.core.envelope import Client, Envelope
from mailguard.core.errors import NextHopError, OddAddress
from mailguard.relay.forwarding import forwarding, overriding
from mailguard.relay.link import Link

_NO_SMTPUTF8 = Answer(553, ("5.6.7 the next hop does not take internationalised addresses (SMTPUTF8)",))
"""RFC 6531, section 3.2: without the extension at the next hop there is no way to hand such a message on."""


class Transaction:
    """MAIL, RCPT, DATA with a connection that is borrowed at MAIL and given back at `close()`.

    Not used from two tasks at once. Every method raises NextHopError when the next hop is unreachable, lost or stalled;
    the transaction is then over.
    """

    def __init__(
        self,
        take: Callable[[], Link | None],
        connect: Callable[[], Awaitable[Link]],
        give_back: Callable[[Link], None],
        *,
        xclient: bool = False,
    ) -> None:
        """`xclient`: have the next hop see our client in our place, where it offers that."""
        self._take, self._connect, self._give_back = take, connect, give_back
        self._xclient = xclient
        self._link: Link | None = None
        self._begun = False
        """The next hop has a transaction open, which a kept connection must not carry over."""

    @property
    def open(self) -> bool:
        """Whether the next hop still knows of it, so that `close` has to wait for an answer."""
        return self._begun

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def mail(self, envelope: Envelope, size: int | None = None) -> Answer:
        """MAIL FROM with the parameters that the next hop offers; `size` in octets (RFC 1870).

        Without 8BITMIME at the next hop an 8-bit body is sent as it stands: to recode it would break what was judged
        and every signature (promise 5), and servers that cut the eighth bit are gone.
        """
        if self._link is not None and self._link.open:
            return await self._mail(self._link, envelope, size)
        kept = self._take()
        if kept is not None and not kept.may_serve(envelope.client):
            kept.leave()
            kept = None
        if kept is not None:
            try:
                answer = await self._mail(kept, envelope, size)
                if not answer.closes:
                    return answer
            except NextHopError:
                pass
            # The next hop had given up the kept connection; nothing of this message was said on it that counts.
            self._end()
        return await self._mail(await self._connect(), envelope, size)

    async def rcpt(self, address: str, dsn: str = "") -> Answer:
        """RCPT TO, with its parameters of RFC 3461 where the next hop offers that.

        Raises OddAddress for what `core.address.is_plain` does not know.
        """
        link = self._current()
        line = b"RCPT TO:<" + _octets(address) + b">"
        if dsn and link.offers("dsn"):
            line += b" " + dsn.encode("ascii")
        if not address.isascii() and not link.offers("smtputf8"):
            return _NO_SMTPUTF8
        return (await self._ask(link, line))[0]

    async def data(self, raw: bytes) -> Answer:
        """DATA and the message, dot-stuffed and otherwise octet for octet. Raises AnswerLost after the final dot."""
        link = self._current()
        try:
            answer = await link.send(raw)
        except BaseException:
            self._end()
            raise
        # Whatever the answer, a message that got as far as the dot has ended the transaction at the next hop; one that
        # was refused at DATA has perhaps not, and RSET does no harm.
        self._begun = not answer.ok
        return answer

    async def close(self) -> None:
        """Give the connection back, reset where needed, or up. Never raises for trouble of the next hop."""
        link, self._link = self._link, None
        if link is None:
            return
        if self._begun and link.worth_keeping:
            try:
                self._begun = not (await link.ask(b"RSET")).ok
            except NextHopError:
                return
        if link.worth_keeping and not self._begun:
            self._give_back(link)
        else:
            # QUIT makes the next hop forget the transaction as well as RSET does.
            link.leave()

    async def _mail(self, link: Link, envelope: Envelope, size: int | None) -> Answer:
        self._link = link
        if self._xclient:
            await self._speak_for(link, envelope.client)
        line = b"MAIL FROM:<" + (_octets(envelope.reverse_path) if envelope.reverse_path else b"") + b">"
        if (envelope.smtputf8 or not envelope.reverse_path.isascii()) and not link.offers("smtputf8"):
            return _NO_SMTPUTF8
        if size is not None and link.offers("size"):
            line += b" SIZE=%d" % size
        if envelope.body_8bit and link.offers("8bitmime"):
            line += b" BODY=8BITMIME"
        if envelope.smtputf8:
            line += b" SMTPUTF8"
        if envelope.dsn and link.offers("dsn"):
            line += b" " + envelope.dsn.encode("ascii")
        answers = await self._ask(link, *self._introduction(link, envelope.client), line)
        # Whatever the others are: who the client was is good to know at the next hop, and no condition for mail.
        answer = answers[-1]
        self._begun = answer.ok
        return answer

    async def _speak_for(self, link: Link, client: Client) -> None:
        # First of all: the EHLO behind it says anew what is offered.
        line = overriding(client, link.parameters("xclient")) if client.address else b""
        if line and link.speaks_for is None:
            try:
                await link.speak_for(client, line)
            except BaseException:
                self._end()
                raise

    def _introduction(self, link: Link, client: Client) -> Iterable[bytes]:
        return forwarding(client, link.parameters("xforward")) if link.speaks_for is None else ()

    async def _ask(self, link: Link, *commands: bytes) -> list[Answer]:
        try:
            return await link.ask_each(commands)
        except BaseException:
            self._end()
            raise

    def _current(self) -> Link:
        if self._link is None or not self._link.open:
            self._end()
            raise NextHopError("the connection is gone")
        return self._link

    def _end(self) -> None:
        if self._link is not None:
            self._link.drop()
        self._link, self._begun = None, False


def _octets(address: str) -> bytes:
    # Checked again here, at the last place before the wire: what is plain is written as it is and read as it is.
    if not is_plain(address):
        raise OddAddress("not a plain address")
    return address.encode("utf-8")
