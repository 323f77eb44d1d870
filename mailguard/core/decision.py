"""A person's decision on a held message."""

from dataclasses import dataclass
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
