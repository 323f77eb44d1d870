"""The judge as a whole, on a real store and the shipped rules."""

from itertools import product
from pathlib import Path

import pytest

from mailguard.cases.judge import Judge
from mailguard.cases.rules import Rules
from mailguard.core.envelope import Envelope
from mailguard.core.verdict import ReasonCode, Verdict
from mailguard.customers.register import Register
from mailguard.detect.detector import Detector
from mailguard.namesake.patterns import IdentifierPatterns
from mailguard.policy.policy import Policy
from mailguard.store.store import Store

RULES = [Path(__file__).parents[2] / "rules"]
ENVELOPE = Envelope("agent@operator.example", ("reader@example.org",))


@pytest.fixture
def judge(store: Store) -> Judge:
    """The shipped rules and an empty register."""
    return Judge(
        rules=Rules(Detector.load(RULES), IdentifierPatterns.load(RULES), Policy.load(RULES)),
        register=Register(store.engine),
        internal_domains=["operator.example"],
    )


def letter(body: str) -> bytes:
    head = "From: agent@operator.example\nTo: reader@example.org\nSubject: hello\nContent-Type: text/plain\n\n"
    return (head + body).replace("\n", "\r\n").encode()


def test_plain_letter_passes(judge: Judge) -> None:
    """A letter with nothing in it passes."""
    assert judge.judge(ENVELOPE, letter("See you on Monday.\n")).verdict is Verdict.PASS


def test_letter_too_full_to_be_looked_through_is_held(judge: Judge) -> None:
    """Labels beyond the detector's budget are a ground to hold, even when nothing was found among them."""
    words = ("".join(letters) for letters in product("abcdefghijklmn", repeat=4))
    padding = "\n".join(f"koodi oveen {word}" for word in words)
    judgement = judge.judge(ENVELOPE, letter(padding))
    assert judgement.verdict is Verdict.HOLD
    assert [reason.code for reason in judgement.reasons] == [ReasonCode.UNREADABLE]
    assert "more places that look like secrets" in judgement.reasons[0].text
