"""The `Received:` line of a message leads to its case, from every place where the message leaves a mark."""

import asyncio
import json
import re
from pathlib import Path

from mailguard.core.ids import case_id_of
from tests.app.conftest import furnish
from tests.support.dialogue import Dialogue
from tests.support.guard import make_guard
from tests.support.letters import CUSTOMER, SENDER, write_letter
from tests.support.sink import Sink, SinkMessage
from tests.support.waiting import eventually

LETTER = write_letter("Hei,\n\nPIN-koodi: 4826\n")
RECEIVED = re.compile(
    rb"Received: from client\.example \(\[127\.0\.0\.1\]\)\r\n"
    rb"\tby guard\.operator\.example \(mailguard\) with ESMTP id ([0-9A-Z]{12});\r\n\t[^\r\n]+\r\n"
)


async def _hand_in(port: int, letter: bytes) -> str:
    async with Dialogue(port) as client:
        await client.begin(SENDER.encode(), CUSTOMER.encode())
        return (await client.message(letter)).decode()


async def test_the_line_names_the_case(tmp_path: Path) -> None:
    """The id in the line begins with the case's letters: what the client heard, the log, the trace and the released
    message itself agree, and below the line stands what was handed in."""
    async with Sink() as sink:
        guard = await asyncio.to_thread(lambda: furnish(make_guard(tmp_path, sink.port)))
        token = await asyncio.to_thread(guard.add_user, "sofia", "sofia@operator.example")
        with guard.serving():
            case_id = (await _hand_in(guard.smtp_port, LETTER)).split()[-1]
            assert re.fullmatch("MG-[0-9A-Z]{4}-[0-9A-Z]{4}", case_id)
            way = f"/api/v1/cases/{case_id}/decision"
            yes = {"action": "approve", "reason": "he asked for it"}
            assert (await asyncio.to_thread(guard.api, "POST", way, token, yes))[0] == 200
            released = await asyncio.to_thread(eventually, lambda: _released(sink))
        message_id = _id_of(released.body, case_id)
        assert case_id_of(message_id) == case_id
        (line,) = [line for line in guard.log().splitlines() if "event=message" in line]
        assert f"id={message_id}" in line
        assert f"case={case_id}" in line
        for wanted in (message_id, case_id):
            told = await asyncio.to_thread(guard.command, "trace", wanted, "--format", "json")
            (traced,) = json.loads(told.stdout)["messages"]
            assert (traced["id"], traced["case"]) == (message_id, case_id)


def _released(sink: Sink) -> SinkMessage | None:
    """The letters to sender and reviewers may come before it."""
    return next((one for one in sink.messages if b"X-Mailguard-Notice" not in one.wire), None)


def _id_of(body: bytes, case_id: str) -> str:
    """The id in the line, which stands below the block of the release and above what was handed in."""
    block, received, rest = re.split(rb"(?=Received: )|(?<=\r\n)(?=From: )", body, maxsplit=2)
    assert re.fullmatch(rb"X-Mailguard-Case: %s\r\nX-Mailguard-Released: [^\r\n]+\r\n" % case_id.encode(), block)
    found = RECEIVED.fullmatch(received)
    assert found is not None
    assert rest == LETTER
    return found[1].decode()
