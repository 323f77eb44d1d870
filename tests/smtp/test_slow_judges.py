"""A message that takes long to judge keeps nobody else waiting: shown by what comes before what, not by a clock."""

import asyncio

from tests.smtp.house import House
from tests.support.dialogue import Dialogue

LETTER = b"Subject: hello\r\n\r\nHello\r\n"
_SLOW, _OTHERS = 30, 20


async def test_others_are_greeted_and_served_up_to_the_dot(house: House) -> None:
    """Thirty messages are being judged: everybody else is greeted, and has every answer but a verdict, before they are.

    The next hop is asked for the others' senders and recipients too, and its refusals reach them.
    """
    house.judging = asyncio.Event()
    house.sink.steps["rcpt"] = lambda line: b"550 5.1.1 unknown\r\n" if b"nobody@" in line else b"250 2.1.5 fine\r\n"
    slow = [Dialogue(house.port) for _ in range(_SLOW)]
    try:
        for client in slow:
            await client.__aenter__()
            await client.begin()
            assert (await client.say(b"DATA")).startswith(b"354 ")
            client.send(LETTER + b".\r\n")
        async with asyncio.timeout(120):
            while len(house.judged) < _SLOW:
                await asyncio.sleep(0.01)
        for _ in range(_OTHERS):
            async with Dialogue(house.port) as client:
                assert client.greeting == b"220 guard.example ESMTP mailguard\r\n"
                replies = await client.begin(b"clerk@operator.example", b"anna@example.org", b"nobody@example.org")
                assert [reply[:3] for reply in replies] == [b"250", b"250", b"550"]
                assert (await client.say(b"DATA")).startswith(b"354 ")
        # All of that came first.
        assert (len(house.judged), house.outcomes, house.sink.messages) == (_SLOW, [], [])
        house.judging.set()
        for client in slow:
            assert (await client.reply()).startswith(b"250 2.0.0 Ok: queued as SINK1")
        assert len(house.sink.messages) == _SLOW
    finally:
        for client in slow:
            client.hang_up()
