"""What the guard decides about a message, and why."""

from dataclasses import dataclass
from enum import StrEnum

from mailguard.core.finding import Finding
from mailguard.core.part import Letter
from mailguard.core.reason import Reason as Reason
from mailguard.core.reason import ReasonCode as ReasonCode
from mailguard.core.relation import Identified, Relation


class Verdict(StrEnum):
    """What happens to the message; the worse one of two recipients wins."""

    PASS = "pass"  # noqa: S105 - the contract's word
    HOLD = "hold"
    REJECT = "reject"

    @property
    def rank(self) -> int:
        """Order of severity: pass < hold < reject."""
        return list(Verdict).index(self)


@dataclass(frozen=True, slots=True)
class HeldPair:
    """A recipient was held for what it is to this customer."""

    customer_id: str
    reasons: tuple[ReasonCode, ...]


@dataclass(frozen=True, slots=True)
class RecipientVerdict:
    """The verdict for one envelope recipient."""

    address: str
    verdict: Verdict
    relation: Relation
    reasons: tuple[Reason, ...] = ()
    pairs: tuple[HeldPair, ...] = ()
    """The customers for whom the address is the reason: what a decision may be remembered for."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Everything that was concluded about one message. Pure data; it holds no bytes of the message."""

    verdict: Verdict
    recipients: tuple[RecipientVerdict, ...]
    customers: tuple[Identified, ...] = ()
    findings: tuple[Finding, ...] = ()
    reasons: tuple[Reason, ...] = ()
    """All distinct reasons, worst first."""
    letter: Letter | None = None
    """What was read; None where reading failed outright."""
    approvals: int = 1
    """How many second persons must approve before a held message leaves."""
