"""Mail clients that keep a letter until it is taken, as real ones do, and remember what they were told."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from itertools import count

from tests.support.letters import write_letter
from tests.support.waiting import PATIENCE

SENDER, RECIPIENT = "seller@operator.example", "matti.virtanen@post.example"

_numbers = count(1)
_THINKING = 0.25
"""Seconds between a client's letters: a test is about what is lost, not about speed."""


@dataclass
class Crowd:
    """Clients at one port; every second letter carries a PIN."""

    port: int
    most: int = 1000
    """They wait when so many letters were taken: on a busy machine a node takes long to start."""
    clean: set[str] = field(default_factory=set)
    """Marks of letters that were passed on: `250`, and not held."""
    held: set[str] = field(default_factory=set)
    dots: Counter[str] = field(default_factory=Counter)
    """How often a client has sent a letter to its end, whatever it heard then."""
    answers: Counter[str] = field(default_factory=Counter)
    """Codes of the refusals, and `lost` for connections that broke."""
    refused: set[str] = field(default_factory=set)
    """Marks of letters whose last try was refused; each client has one letter in hand."""

    async def send(self, clients: int, stop: asyncio.Event) -> None:
        """Send until told to stop; letters under way are brought to their end, however often they must be tried."""
        await asyncio.gather(*(self._client(stop) for _ in range(clients)))

    async def _client(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            if len(self.clean) + len(self.held) >= self.most:
                await asyncio.sleep(_THINKING)
                continue
            number = next(_numbers)
            mark = f"letter-{number}-end"
            while not await self.hand_over(
                mark, f"PIN-koodi: 4826\n\n{mark}" if number % 2 else f"Nähdään torstaina. {mark}"
            ):
                await asyncio.sleep(0.2)
            await asyncio.sleep(_THINKING)

    async def hand_over(self, mark: str, text: str) -> bool:
        """Try once to hand over a letter with this text."""
        try:
            async with asyncio.timeout(PATIENCE):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                try:
                    answer = await self._talk(reader, writer, mark, write_letter(text, sender=SENDER, to=RECIPIENT))
                finally:
                    writer.close()
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            answer = "lost"
        if not answer.startswith("250"):
            self.answers[answer[:3] if answer != "lost" else answer] += 1
            self.refused.add(mark)
            return False
        self.refused.discard(mark)
        (self.held if "held" in answer else self.clean).add(mark)
        return True

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, mark: str, letter: bytes) -> str:
        async def answer() -> str:
            lines = [await reader.readuntil(b"\n")]
            while lines[-1][3:4] == b"-":
                lines.append(await reader.readuntil(b"\n"))
            return lines[-1].decode().strip()

        said = await answer()
        for line in ("EHLO client.example", f"MAIL FROM:<{SENDER}>", f"RCPT TO:<{RECIPIENT}>", "DATA"):
            if said[0] not in "23":
                return said
            writer.write(f"{line}\r\n".encode())
            said = await answer()
        if said.startswith("354"):
            self.dots[mark] += 1
            writer.write(letter + b"\r\n.\r\n")
            said = await answer()
        return said
