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
