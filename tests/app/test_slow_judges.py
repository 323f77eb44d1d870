"""A whole guard whose judges cannot go on: others are greeted all the same. Shown by what comes before what."""

import asyncio
from pathlib import Path

import psycopg

from tests.app.conftest import furnish
from tests.support.dialogue import Dialogue
from tests.support.guard import make_guard
from tests.support.letters import CUSTOMER, SENDER, write_letter
from tests.support.postgres import Postgres
from tests.support.sink import Sink

_SLOW, _OTHERS = 12, 10
"""More than there are threads to judge in."""


async def _hand_in(client: Dialogue, text: str) -> None:
    for reply in await client.begin(SENDER.encode(), CUSTOMER.encode()):
        assert reply.startswith(b"250 "), reply
    assert (await client.say(b"DATA")).startswith(b"354 ")
    client.send(write_letter(text) + b".\r\n")


async def test_a_register_that_does_not_answer_delays_no_greeting(tmp_path: Path, postgres: Postgres) -> None:
    """Another program keeps the customers' table to itself: every judge waits for it, and no other connection does.

    Once it lets go, every message has its answer, and clean ones their recipient.
    """
    url = postgres.new_database()
    async with Sink() as sink:
        guard = await asyncio.to_thread(lambda: furnish(make_guard(tmp_path, sink.port, database_url=url)))
        with guard.serving():
            slow = [Dialogue(guard.smtp_port) for _ in range(_SLOW)]
            answers = []
            async with await psycopg.AsyncConnection.connect(url.replace("+psycopg", "")) as other:
                await other.execute("LOCK TABLE customers, customer_emails IN ACCESS EXCLUSIVE MODE")
                for client in slow:
                    await client.__aenter__()
                    await _hand_in(client, "Hei Matti Virtanen,\n\nasiakasnumero: 1001\n")
                    answers.append(asyncio.create_task(client.reply()))
                waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
                async with asyncio.timeout(120):
                    while (await (await other.execute(waiting)).fetchone() or (0,))[0] == 0:
                        await asyncio.sleep(0.05)
                for _ in range(_OTHERS):
                    async with Dialogue(guard.smtp_port) as client:
                        assert client.greeting.startswith(b"220 ")
                        assert all(reply.startswith(b"250 ") for reply in await client.begin(SENDER.encode()))
                        assert (await client.say(b"DATA")).startswith(b"354 ")
                assert (sink.messages, [task for task in answers if task.done()]) == ([], [])
                await other.rollback()
            for reply in await asyncio.gather(*answers):
                assert reply.startswith(b"250 2.0.0 Ok: queued as SINK1"), reply
            assert len(sink.messages) == _SLOW
            for client in slow:
                client.hang_up()
