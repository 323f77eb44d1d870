"""What the guard decides about a message, and why."""

from dataclasses import dataclass, replace
from enum import StrEnum

from mailguard.core.features import Features
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
        return _RANKS[self]


_RANKS = {verdict: rank for rank, verdict in enumerate(Verdict)}
"""As a table: to go through an enumeration for a place takes 3 us, and a letter asks a dozen times."""


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
    features: Features | None = None
    """What the policy was asked."""

    @property
    def awaited(self) -> bool:
        """Whether some of it is still to be read. It may say anything, so nobody may have the message until then."""
        return self.letter is not None and any(trouble.awaited for trouble in self.letter.troubles)

    @property
    def awaits_reading(self) -> bool:
        """Whether it is to be held for nothing but what is read soon, and then judged again."""
        if self.verdict is not Verdict.HOLD or self.letter is None or not self.awaited:
            return False
        if not self.reasons:
            return True
        unreadable = all(reason.code is ReasonCode.UNREADABLE for reason in self.reasons)
        return unreadable and all(trouble.awaited for trouble in self.letter.troubles)

    def until_read(self) -> "Judgement":
        """The same, but held where the table lets pass what cannot be read: this can be, only not yet."""
        return replace(self, verdict=Verdict.HOLD) if self.verdict is Verdict.PASS and self.awaited else self

    @property
    def unhindered(self) -> tuple["RecipientVerdict", ...]:
        """Recipients of a message to be held who might have it at once: nothing keeps it from them.

        None of one of which some is still to be read.
        """
        if self.verdict is not Verdict.HOLD or self.awaited:
            return ()
        return tuple(one for one in self.recipients if one.verdict is Verdict.PASS)

    def for_the_held(self) -> "Judgement":
        """The same for those recipients alone that it is to be held for; they have all of its reasons."""
        return replace(self, recipients=tuple(one for one in self.recipients if one.verdict is not Verdict.PASS))
