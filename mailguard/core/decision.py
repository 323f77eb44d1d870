"""A person's decision on a held message."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Action(StrEnum):
    """What a reviewer may do with a held message."""

    APPROVE = "approve"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Decision:
    """Action, the recipients it is for, and the reviewer's words."""

    action: Action
    reason: str = ""
    recipients: tuple[str, ...] | None = None
    """Recipients that an approval lets through; None means all. The others are rejected with the same reason."""
    attention: str | None = None
    """Answer to the attention check, where the case asks one."""
    remember_until: date | None = None
    """Last day on which the approved pairs of customer and address are not held again for the same reason; None means
    as long as `register.remember_days` says."""
    remember: bool = True
    """False: this once, and the next letter to the address is held again."""
    on_behalf_of: str | None = None
    """Login name of the person whose deputy decides; None: by one's own right, or as the deputy that one is."""
    send_to_record: tuple[tuple[str, str], ...] = ()
    """Recipients, each with the address on record of the customer that gets the message in its place."""
    break_glass: bool = False
    """An approval that stands alone, or is made by a role that does not decide, because nobody else is there."""
    for_correction: bool = False
    """A rejection that gives the message back to its sender, who mends what the reason says and sends it again."""
