"""People who log in."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """Roles of the contract."""

    SUPERVISOR = "supervisor"
    OPS = "ops"
    ADMIN = "admin"
    AUDITOR = "auditor"


DECIDING_ROLES = frozenset({Role.SUPERVISOR, Role.ADMIN})
"""Roles that may approve and reject; ops keep the machine running and auditors read."""


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the guard, with every address that is known to be theirs."""

    user_id: int
    name: str
    """Login name."""
    email: str
    role: Role
    aliases: tuple[str, ...] = ()

    @property
    def addresses(self) -> tuple[str, ...]:
        """The person's own address and aliases."""
        return (self.email, *self.aliases)
