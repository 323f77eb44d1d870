"""Whose mail it is: the team of a sender, and the partners that a message has to do with."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from mailguard.core.address import canonical, domain_ascii, domain_of
from mailguard.core.settings import Settings


@dataclass(frozen=True)
class Teams:
    """The operator's own division of senders (`report.teams`) and its partners (`register.partners`)."""

    teams: Mapping[str, Sequence[str]]
    partners: Sequence[str]

    @classmethod
    def of(cls, settings: Settings) -> "Teams":
        """Those of the configuration."""
        return cls(settings.report.teams, settings.register_.partners)

    @property
    def names(self) -> tuple[str, ...]:
        """Every team there is: the operator's, and each partner company as one of its own."""
        return tuple(dict.fromkeys((*self.teams, *self.partners)))

    def team_of(self, sender: str) -> str:
        """The team that names the sender's address, else the one that names its domain; empty where none does.

        A partner company is a team of its own, unless the operator has counted it into another.
        """
        for key in _keys(sender):
            if key in self._by_key:
                return self._by_key[key]
        return ""

    def team_or_domain_of(self, sender: str) -> str:
        """The same, and the sender's domain where no team names it."""
        return self.team_of(sender) or (domain_of(sender) if "@" in sender else sender)

    def partners_of(self, addresses: Iterable[str]) -> frozenset[str]:
        """The partners among senders and recipients, as they are configured."""
        return frozenset(self._partners[key] for one in addresses for key in _keys(one) if key in self._partners)

    @cached_property
    def _by_key(self) -> dict[str, str]:
        return self._partners | {_key(member): team for team, members in self.teams.items() for member in members}

    @cached_property
    def _partners(self) -> dict[str, str]:
        return {_key(partner): partner for partner in self.partners}


NO_TEAMS = Teams({}, ())
"""All mail is nobody's in particular."""


def _keys(address: str) -> Collection[str]:
    # The address itself, its domain, and the domains above: whoever names firma.example means mail.firma.example too.
    if "@" not in address:
        return ()
    labels = domain_of(address).split(".")
    return (canonical(address), *(".".join(labels[start:]) for start in range(len(labels) - 1)))


def _key(member: str) -> str:
    return canonical(member) if "@" in member.strip("@") else domain_ascii(member.strip(".@"))
