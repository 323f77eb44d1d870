"""People who log in."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """Roles of the contract, and the sender's own."""

    SUPERVISOR = "supervisor"
    OPS = "ops"
    ADMIN = "admin"
    AUDITOR = "auditor"
    SENDER = "sender"
    """Sees their own held mail, and nothing else."""


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
    teams: frozenset[str] = frozenset()
    """Whose cases the person sees; empty: those of all teams."""
    language: str | None = None
    """Of the pages; None: as the browser asks."""

    @property
    def addresses(self) -> tuple[str, ...]:
        """The person's own address and aliases."""
        return (self.email, *self.aliases)

    def sees(self, team: str) -> bool:
        """Whether the cases of that team are the person's to see; those of no team in particular are not a team's."""
        return not self.teams or team in self.teams
