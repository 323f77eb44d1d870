"""The values that a report is made of: plain, so that a week is written down as JSON and read back the same."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Totals:
    """One week in numbers. Messages are counted in the week they came in, decisions in the week they were taken."""

    week: str
    seen: int = 0
    passed: int = 0
    held: int = 0
    refused: int = 0
    deferred: int = 0
    identified: int = 0
    """Messages whose customer was found."""
    approved: int = 0
    rejected: int = 0
    withdrawn: int = 0
    expired: int = 0
    undeliverable: int = 0
    wrong_recipient: int = 0
    """Leaks avoided: held because of the recipient, then rejected, withdrawn, or sent without that recipient."""
    broken_glass: int = 0
    """Approved by one person alone who broke the glass."""
    unreviewed: int = 0
    """Approvals by broken glass, of this week or before, that nobody had reviewed at the end of the week."""
    attention_wrong: int = 0
    """Wrong answers to the question before an approval."""
    test_cases: int = 0
    """Made-up cases that somebody decided; they are in no other count."""
    test_missed: int = 0
    """Those of them that somebody approved. Nothing of them can leave."""
    waiting: int = 0
    """Undecided at the end of the week."""
    decision_p50: float | None = None
    """Seconds from the hold to the decision, half of the decisions were faster (nearest rank); None without any."""
    decision_p90: float | None = None
    corrected: int = 0
    """Approved for some of their recipients and turned away for others."""
    decided: int = 0
    """Cases that got their first decision."""
    unreminded: int = 0
    """Those of them that were decided before anybody was reminded."""
    unread: int = 0
    """Approvals by somebody who had not opened the case, or had for less than three seconds."""
    second_opinions: int = 0
    """Second words on cases that need two approvals."""
    agreed: int = 0
    """Those that said the same as the first."""
    unreadable: int = 0
    """Held because they could not be read."""
    added_p50: float | None = None
    """Seconds that the guard itself takes for a message, judging and holding (upper edge of the histogram's step)."""
    added_p99: float | None = None
    availability: float | None = None
    """Share of the week's ten minutes in which some guard was alive; None where that was not counted."""
    register_customers: int | None = None
    """This and what follows of the register: when the week was first reported; None for weeks before that."""
    register_age: float | None = None
    """Seconds since the oldest source's last sync."""
    register_unconfirmed: int | None = None
    register_disputed: int | None = None
    register_shared: int | None = None
    breaches_opened: int = 0
    breaches_open: int = 0
    """At the end of the week."""
    breaches_overdue: int = 0
    """Of these, with a deadline that had passed."""
    split: int = 0
    """Held for some of their recipients, and passed on to the others at once; among `held`, not among `passed`."""
    may_come_twice: int = 0
    """Whose client was told to send them again, though the next hop had them or may have had them."""

    @property
    def held_share(self) -> float | None:
        """Held of seen, 0 to 1; None when nothing was seen."""
        return _share(self.held, self.seen)

    @property
    def identified_share(self) -> float | None:
        """Identified of seen, 0 to 1; None when nothing was seen."""
        return _share(self.identified, self.seen)

    @property
    def deferred_share(self) -> float | None:
        """Deferred of seen."""
        return _share(self.deferred, self.seen)

    @property
    def unreadable_share(self) -> float | None:
        """Unreadable of seen."""
        return _share(self.unreadable, self.seen)

    @property
    def unreminded_share(self) -> float | None:
        """Decided before the reminder, of those that got a decision or expired without one."""
        return _share(self.unreminded, self.decided + self.expired)

    @property
    def in_time_share(self) -> float | None:
        """Decided before expiry, of those that got a decision or expired without one."""
        return _share(self.decided, self.decided + self.expired)

    @property
    def agreement(self) -> float | None:
        """Second words that agreed with the first; None where no case needed two."""
        return _share(self.agreed, self.second_opinions)


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a ranking: a reason, rule, sender or domain."""

    key: str
    count: int
    before: int
    """The week before."""
    approved: int | None = None
    """How many of `count` were approved; None where the cases are gone and only their counts remain."""
    rejected: int | None = None
    mean: float | None = None
    """Of the eight weeks; None in rankings that only keep their heads."""


@dataclass(frozen=True, slots=True)
class StageTime:
    """How long one stage of a message took, in seconds (upper edges of the histogram's steps)."""

    stage: str
    p50: float
    p99: float
    before_p50: float | None
    before_p99: float | None


@dataclass(frozen=True, slots=True)
class Decider:
    """How much one person decided, under a pseudonym."""

    role: str
    pseudonym: str
    approved: int
    rejected: int
    unread: int

    @property
    def decided(self) -> int:
        """Words in all."""
        return self.approved + self.rejected


@dataclass(frozen=True, slots=True)
class Proposal:
    """A rule that holds much that is let through afterwards, over the eight weeks."""

    rule: str
    decided: int
    approved: int
    rejected: int
    """What it would no longer hold by itself."""

    @property
    def approved_share(self) -> float:
        """Approved of decided."""
        return self.approved / self.decided


@dataclass(frozen=True, slots=True)
class Lesson:
    """A mistake that several people of a team made in the week, and what is to be learnt from it. Nobody is named."""

    team: str
    """Empty: several small teams together."""
    topic: str
    messages: int
    people: int
    sentence: str


@dataclass(frozen=True, slots=True)
class RunningClock:
    """A deadline of the breach register that was running, or had passed, at the end of the week."""

    breach: str
    clock: str
    law: str
    due_at: datetime
    overdue: bool


def _share(part: int, whole: int) -> float | None:
    return min(1.0, part / whole) if whole else None
