"""What is remembered of one mailbox, whatever the register's source says, and the state that follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import takewhile


class AddressState(StrEnum):
    """How sure it is that an address on record is its customer's."""

    CONFIRMED = "confirmed"
    """By the source, by an answered code mail, or by an approved pair."""
    UNKNOWN = "unknown"
    """The source never says that an address is confirmed, so that its silence means nothing."""
    UNCONFIRMED = "unconfirmed"
    CHANGED = "changed"
    """It came to the record lately, and has not been confirmed since."""
    BOUNCED = "bounced"
    """A mail server said that there is no such mailbox; a provider may give its name to somebody else."""
    DISPUTED = "disputed"


@dataclass(frozen=True, slots=True)
class RememberedPair:
    """A reviewer's decision on one address for one customer."""

    pair_id: int
    customer_id: str
    approved: bool
    """True: not held again for the same reasons. False: held always."""
    reasons: frozenset[str]
    """Codes of the reasons for which the letter was held."""
    until: date | None
    """Last day (UTC) of an approval; None: without end."""
    decided_at: datetime
    case_id: str | None = None


@dataclass(frozen=True, slots=True)
class AddressMemory:
    """Everything that people have said of one mailbox, and what mail servers have."""

    disputes: frozenset[str | None] = frozenset()
    """The customers whose address it is said not to be; None among them: nobody's."""
    pairs: tuple[RememberedPair, ...] = ()
    """Decisions that nobody has taken back, newest first."""
    confirmed_at: Mapping[str, datetime] = field(default_factory=dict)
    """By customer: when the last question was mailed that its reader has answered with yes."""
    bounced_at: Mapping[str | None, datetime] = field(default_factory=dict)
    """By customer (None: for all of them): when mail to it last came back."""

    def is_disputed(self, customer_id: str) -> bool:
        """Whether it is said not to be that customer's."""
        return None in self.disputes or customer_id in self.disputes

    def standing(self, customer_id: str, day: date) -> tuple[RememberedPair, ...]:
        """The decisions that count on that day: the newest where it is a rejection, else the approvals since the last.

        A rejection that an approval has replaced does not come back when the approval ends, only when it is revoked.
        """
        mine = [pair for pair in self.pairs if pair.customer_id == customer_id]
        if mine and not mine[0].approved:
            return (mine[0],)
        approvals = takewhile(lambda pair: pair.approved, mine)
        return tuple(pair for pair in approvals if pair.until is None or day <= pair.until)

    def approved_at(self, customer_id: str, day: date) -> datetime | None:
        """When a reviewer last approved the address for that customer, if that counts on the day."""
        standing = self.standing(customer_id, day)
        return max((pair.decided_at for pair in standing if pair.approved), default=None)


@dataclass(frozen=True, slots=True)
class RecordedAddress:
    """What the source says of an address on a customer's record."""

    confirmed: bool = False
    added_at: datetime | None = None
    """When it came to a record that was there already."""


def state_of(
    customer_id: str,
    recorded: RecordedAddress,
    memory: AddressMemory,
    *,
    at: datetime,
    changed_days: int,
    source_confirms: bool,
) -> AddressState:
    """The state of an address on that customer's record. What was said later counts.

    `source_confirms`: whether the source calls any address at all confirmed.
    """
    if memory.is_disputed(customer_id):
        return AddressState.DISPUTED
    answered = memory.confirmed_at.get(customer_id)
    if answered is not None and recorded.added_at is not None and answered < recorded.added_at:
        # An address that was taken off the record and came back is another question.
        answered = None
    approved = memory.approved_at(customer_id, at.date())
    vouched = max((when for when in (answered, approved) if when is not None), default=None)
    bounces = (memory.bounced_at.get(customer_id), memory.bounced_at.get(None))
    bounced = max((when for when in bounces if when is not None), default=None)
    if bounced is not None and (vouched is None or vouched < bounced):
        return AddressState.BOUNCED
    if vouched is not None or recorded.confirmed:
        return AddressState.CONFIRMED
    if recorded.added_at is not None and at < recorded.added_at + timedelta(days=changed_days):
        return AddressState.CHANGED
    return AddressState.UNCONFIRMED if source_confirms else AddressState.UNKNOWN
