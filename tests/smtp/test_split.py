"""Held for some, passed on to the others: what next hop and client hear, step by step (`policy.partial = "split"`)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from mailguard.core.answer import Answer
from mailguard.core.envelope import Envelope
from mailguard.core.errors import DiskFull, StoreError
from mailguard.core.relation import Relation, RelationKind
from mailguard.core.verdict import Judgement, RecipientVerdict, Verdict
from mailguard.smtp.ports import SetAside
from tests.smtp.house import HOP_TIMEOUT, House, open_house, without_trace
from tests.support.dialogue import Dialogue, stuff
from tests.support.loop_clock import outlasting
from tests.support.sink import DROP, STALL, Sink, Step
from tests.support.waiting import happened

LETTER = b"From: clerk@operator.example\r\nSubject: order\r\n\r\nPIN 4826\r\n.\r\n"
ANNA, COLLEAGUE, BOSS = b"anna@example.org", b"colleague@operator.example", b"boss@operator.example"
EVERYBODY = (COLLEAGUE, ANNA, BOSS)
DONE = b"250 2.0.0 passed on to 2 recipients, for 1 held for approval as MG-TEST-0002\r\n"


@dataclass
class Shelf:
    """Takes messages that are set aside, and remembers what is done with them, in order."""

    sink: Sink
    acts: list[tuple[str, Any]] = field(default_factory=list)
    error: Exception | None = None
    """Raised instead of setting anything aside."""
    keep_error: Exception | None = None
    case_id: str = "MG-TEST-0002"

    async def hold(self, envelope: Envelope, raw: bytes, judgement: Judgement) -> SetAside:
        """Set a message aside; notes how many the next hop has seen by then."""
        if self.error is not None:
            raise self.error
        self.acts.append(("set aside", len(self.sink.messages)))
        return self

    async def keep(self, answer: Answer) -> None:
        """Make it a case."""
        if self.keep_error is not None:
            raise self.keep_error
        self.acts.append(("keep", str(answer)))

    async def undo(self, details: dict[str, Any], *, in_doubt: bool) -> None:
        """Forget it."""
        self.acts.append(("undo", details | {"in_doubt": in_doubt}))

    @property
    def last(self) -> tuple[str, Any]:
        """The last act."""
        return self.acts[-1]


def judgement_of(envelope: Envelope) -> Judgement:
    """Held for everybody outside."""
    verdicts = tuple(
        RecipientVerdict(
            address,
            Verdict.PASS if address.endswith("@operator.example") else Verdict.HOLD,
            Relation(address, RelationKind.INTERNAL),
        )
        for address in envelope.recipients
    )
    return Judgement(max((v.verdict for v in verdicts), key=lambda v: v.rank), verdicts)


@asynccontextmanager
async def splitting(sink: Sink | None = None, **options: Any) -> AsyncIterator[tuple[House, Shelf]]:
    """A house that lets colleagues have their mail, and holds it for everybody else."""
    behind = sink or Sink(extensions=("8BITMIME", "SMTPUTF8", "DSN", "SIZE 1000000", "XFORWARD NAME ADDR HELO"))
    shelf = Shelf(behind)
    async with open_house(behind, hold_part=shelf.hold, **options) as house:

        async def judge(envelope: Envelope, raw: bytes) -> Judgement:
            house.judged.append((envelope, raw))
            return judgement_of(envelope)

        object.__setattr__(house.door.ways, "judge", judge)
        yield house, shelf


async def test_the_others_have_it_at_once() -> None:
    """One transaction of their own with the same octets, never with the held recipient; one answer names the case."""
    async with splitting() as (house, shelf), Dialogue(house.port) as client:
        await client.begin(b"clerk@operator.example", *EVERYBODY)
        assert await client.message(stuff(LETTER)) == DONE
        (message,) = house.sink.messages
        assert message.rcpt == [b"RCPT TO:<%s>\r\n" % address for address in (COLLEAGUE, BOSS)]
        assert without_trace(message.body) == LETTER
        assert message.body == house.judged[0][1]
        assert shelf.acts == [("set aside", 0), ("keep", "250 2.0.0 Ok: queued as SINK1")]
        assert house.held == []
        # The session goes on as ever.
        await client.begin(b"clerk@operator.example", COLLEAGUE)
        assert await client.message(stuff(LETTER)) == b"250 2.0.0 Ok: queued as SINK1\r\n"
    (outcome, second) = house.outcomes
    assert outcome.passed == ("colleague@operator.example", "boss@operator.example")
    assert (outcome.case_id, outcome.may_come_twice) == ("MG-TEST-0002", False)
    assert {"read", "judge", "hold", "next_hop"} <= outcome.milliseconds.keys()
    assert (second.passed, second.case_id) == ((), None)


@pytest.mark.parametrize("held", [(ANNA,), (ANNA, b"bob@example.org")])
async def test_held_for_all_is_held_as_ever(held: tuple[bytes, ...]) -> None:
    """Where nobody may have it at once, nothing is set aside and nothing passed on."""
    async with splitting() as (house, shelf), Dialogue(house.port) as client:
        await client.begin(b"clerk@operator.example", *held)
        assert await client.message(stuff(LETTER)) == b"250 2.0.0 held for approval as MG-TEST-0001\r\n"
    assert (shelf.acts, house.sink.messages, len(house.held)) == ([], [], 1)


async def test_without_the_option_all_wait() -> None:
    """By default the clean recipients wait with the others."""
    async with open_house() as house, Dialogue(house.port) as client:

        async def judge(envelope: Envelope, raw: bytes) -> Judgement:
            return judgement_of(envelope)

        object.__setattr__(house.door.ways, "judge", judge)
        await client.begin(b"clerk@operator.example", *EVERYBODY)
        assert await client.message(stuff(LETTER)) == b"250 2.0.0 held for approval as MG-TEST-0001\r\n"
    assert house.sink.messages == []
    assert house.held[0][0].recipients == tuple(address.decode() for address in EVERYBODY)


async def test_parameters_go_on_with_the_part() -> None:
    """SIZE, BODY, SMTPUTF8, RET, ENVID, NOTIFY, ORCPT and XFORWARD stand in the second transaction as in the first."""
    async with splitting() as (house, _), Dialogue(house.port) as client:
        await client.say(b"EHLO client.example")
        await client.say(b"XFORWARD ADDR=192.0.2.7 HELO=app.example")
        line = "MAIL FROM:<zoë@operator.example> BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=case+2B7".encode()
        assert (await client.say(line)).startswith(b"250")
        for recipient in (b"%s> NOTIFY=NEVER" % ANNA, b"%s> NOTIFY=FAILURE ORCPT=rfc822;b" % COLLEAGUE):
            assert (await client.say(b"RCPT TO:<" + recipient)).startswith(b"250")
        assert (await client.message(stuff(LETTER))).startswith(b"250 2.0.0 passed on to 1 recipient, for 1 held ")
        (message,) = house.sink.messages
        size = len(message.body)
        assert message.mail == line.replace(b" BODY", b" SIZE=%d BODY" % size) + b"\r\n"
        assert message.rcpt == [b"RCPT TO:<%s> NOTIFY=FAILURE ORCPT=rfc822;b\r\n" % COLLEAGUE]
        told = [line for line in house.sink.commands if line.startswith(b"XFORWARD")]
        assert told == [b"XFORWARD ADDR=192.0.2.7 HELO=app.example\r\n"] * 2


async def test_pipelined_and_in_chunks() -> None:
    """BDAT in two chunks, and a pipelined session, are split as DATA is; what is pipelined behind is read after it."""
    async with splitting() as (house, _), Dialogue(house.port) as client:
        await client.say(b"EHLO client.example")
        envelope = b"MAIL FROM:<clerk@operator.example>\r\n" + b"".join(b"RCPT TO:<%s>\r\n" % a for a in EVERYBODY)
        client.send(envelope + b"BDAT 10\r\n" + LETTER[:10] + b"BDAT %d LAST\r\n" % len(LETTER[10:]) + LETTER[10:])
        replies = [await client.reply() for _ in range(6)]
        assert [reply[:3] for reply in replies[:5]] == [b"250"] * 5
        assert replies[5] == DONE
        client.send(envelope + b"DATA\r\n")
        assert [(await client.reply())[:3] for _ in range(5)] == [b"250"] * 4 + [b"354"]
        client.send(stuff(LETTER) + b".\r\nNOOP\r\n")
        assert await client.reply() == DONE
        assert (await client.reply()).startswith(b"250 2.0.0 OK")
    assert [without_trace(message.body) for message in house.sink.messages] == [LETTER, LETTER]


def _second(action: object, verb: str, fine: bytes) -> Any:
    """The first such command (the mirrored transaction's) is fine, later ones are not."""
    seen: list[bytes] = []

    def step(line: bytes) -> object:
        seen.append(line)
        first = {"mail": 1, "rcpt": len(EVERYBODY)}.get(verb, 0)
        if len(seen) <= first:
            return fine
        return action(line) if callable(action) else action

    return step


_FINE = {"mail": b"250 fine\r\n", "rcpt": b"250 fine\r\n", "data": b"354 go on\r\n", "dot": b"250 taken\r\n"}
_REFUSALS = [
    b"450 4.2.0 greylisted\r\n",
    b"452-4.3.1 full\r\n452 4.3.1 come back\r\n",
    b"550 5.7.1 not from here\r\n",
    b"554 5.6.0 <no>\r\n",
]


@pytest.mark.parametrize("answer", _REFUSALS)
@pytest.mark.parametrize("step", _FINE)
async def test_refused_by_the_next_hop(step: str, answer: bytes) -> None:
    """Its refusal is the client's answer, word for word, and nothing is held; a second try makes one case.

    Only a recipient that is refused for good the second time is no 5yz for all of them: at the next try the client
    hears it at RCPT.
    """
    async with splitting() as (house, shelf), Dialogue(house.port) as client:
        house.sink.steps[step] = _second(answer, step, _FINE[step])
        await client.begin(b"clerk@operator.example", *EVERYBODY)
        said = await client.message(stuff(LETTER))
        assert said == (
            b"451 4.5.0 the next hop does not take all recipients any more, please try again later\r\n"
            if step == "rcpt" and answer.startswith(b"5")
            else answer
        )
        kind, details = shelf.last
        assert (kind, details["in_doubt"]) == ("undo", False)
        assert (details.get("answer") or details["problem"]).endswith(answer.decode().rstrip().rpartition(" ")[2])
        assert [o.case_id for o in house.outcomes] == [None]
        assert house.outcomes[0].passed == ()
        house.sink.steps.clear()
        await client.begin(b"clerk@operator.example", *EVERYBODY)
        assert await client.message(stuff(LETTER)) == DONE
    assert [act for act, _ in shelf.acts] == ["set aside", "undo", "set aside", "keep"]
    assert all(b"RCPT TO:<%s>\r\n" % ANNA not in message.rcpt for message in house.sink.messages)


@pytest.mark.parametrize("action", [DROP, STALL], ids=["drop", "stall"])
@pytest.mark.parametrize("step", _FINE)
async def test_next_hop_lost(step: str, action: Step) -> None:
    """Lost at any step: 451 and nothing held. Lost after the dot, the trail says that a copy may come twice."""
    async with splitting() as (house, shelf), Dialogue(house.port) as client:
        house.sink.steps[step] = _second(outlasting(HOP_TIMEOUT + 1, action), step, _FINE[step])
        await client.begin(b"clerk@operator.example", *EVERYBODY)
        said = await client.message(stuff(LETTER))
        assert said == b"451 4.4.1 the next hop does not answer, please try again later\r\n"
        kind, details = shelf.last
        assert (kind, details["in_doubt"]) == ("undo", step == "dot")
        assert house.outcomes[0].may_come_twice == (step == "dot")
        house.sink.steps.clear()
        await client.begin(b"clerk@operator.example", *EVERYBODY)
        assert await client.message(stuff(LETTER)) == DONE


@pytest.mark.parametrize("error", [StoreError("away"), DiskFull("full"), RuntimeError("boom")])
async def test_nothing_leaves_that_cannot_be_kept(error: Exception) -> None:
    """With no room or no database the client comes again, and no recipient has had a copy each time."""
    async with splitting() as (house, shelf), Dialogue(house.port) as client:
        shelf.error = error
        await client.begin(b"clerk@operator.example", *EVERYBODY)
        said = await client.message(stuff(LETTER))
        assert said.startswith(b"452 4.3.1 " if isinstance(error, DiskFull) else b"451 4.3.0 ")
    assert (house.sink.messages, shelf.acts) == ([], [])
    assert not house.outcomes[0].may_come_twice


async def test_passed_on_and_then_not_kept() -> None:
    """A store that is lost between the two steps: 451, since 250 would lose the held part; the risk is on record."""
    async with splitting() as (house, shelf), Dialogue(house.port) as client:
        shelf.keep_error = StoreError("away")
        await client.begin(b"clerk@operator.example", *EVERYBODY)
        assert (await client.message(stuff(LETTER))).startswith(b"451 4.3.0 ")
    (outcome,) = house.outcomes
    assert (outcome.may_come_twice, outcome.case_id) == (True, None)
    assert outcome.passed == ("colleague@operator.example", "boss@operator.example")


async def test_a_client_that_hangs_up_leaves_nothing_half_made() -> None:
    """Gone after the final dot: the message is passed on and kept to the end all the same."""
    async with splitting() as (house, shelf), Dialogue(house.port) as client:
        await client.begin(b"clerk@operator.example", *EVERYBODY)
        await client.say(b"DATA")
        client.send(stuff(LETTER) + b".\r\n")
        await client._writer.drain()
        client.hang_up()
        await happened(lambda: house.outcomes)
        assert [act for act, _ in shelf.acts] == ["set aside", "keep"]
        assert len(house.sink.messages) == 1
