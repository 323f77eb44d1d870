"""The people on record, read once for many messages: whose addresses a sender has, and who is asked to review."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, or_, select
from sqlalchemy.engine import Connection

from mailguard.cases.deciding.four_eyes import login_names, prepared_login, user_mark
from mailguard.cases.deciding.rights import READING_ROLES
from mailguard.core.address import canonical
from mailguard.core.person import Person, Role
from mailguard.store.tables.decisions import DelegationRow
from mailguard.store.tables.people import UserAddressRow, UserRow, UserTeamRow

_MOST_STRANGERS = 500
"""Addresses of nobody here that are kept with a case, for people who get one of them as an alias later."""
_USERS, _ADDRESSES = UserRow.__table__, UserAddressRow.__table__  # type: ignore[attr-defined]
_MEMBERS, _DELEGATIONS = UserTeamRow.__table__, DelegationRow.__table__  # type: ignore[attr-defined]
_EVERYBODY = (
    select(_USERS.c.id, _USERS.c.name, _USERS.c.email, _USERS.c.role, _USERS.c.disabled, _ADDRESSES.c.address)
    .outerjoin(_ADDRESSES, _ADDRESSES.c.user_id == _USERS.c.id)
    .order_by(_USERS.c.name)
)


@dataclass(frozen=True, slots=True)
class Delegated:
    """One person's right to decide, in another's hands for a time. Both by number."""

    giver: int
    deputy: int
    starts_at: datetime
    ends_at: datetime
    """From this moment on it is in force no more."""


@dataclass(frozen=True, slots=True)
class Directory:
    """Everybody who can log in or could once, as they are in one transaction."""

    addresses: Mapping[int, frozenset[str]]
    """By user; canonical."""
    owners: Mapping[str, frozenset[int]]
    """Users by address: a shared mailbox has several."""
    logins: Mapping[str, frozenset[int]]
    """Users by each way to write their name."""
    staff: Mapping[int, Person]
    """Everybody who is not locked out, by user, with their teams."""
    delegations: tuple[Delegated, ...]
    """Who may decide in whose place, now or from some day on."""

    def sender_identities(self, written: frozenset[str], login: str | None) -> frozenset[str]:
        """Who the sender may be: these addresses, and each user who has one of them or the login, with all addresses.

        A shared mailbox makes its members senders. A user stands there as `user:7` too, so that a new mail address does
        not make a new person of them. A login that the next hop or a certificate vouches for may be spelt as neither
        knows users here: in other letters, as an address, behind the name of a domain.
        """
        if login and "@" in login:
            written |= {canonical(prepared_login(login))}
        users = {user_id for address in written & self.owners.keys() for user_id in self.owners[address]}
        for name in login_names(login) if login else ():
            users |= self.logins.get(name, frozenset())
        own = {address for user_id in users for address in self.addresses[user_id]}
        return frozenset({*own, *map(user_mark, users), *sorted(written)[:_MOST_STRANGERS]})

    def reviewers(self, senders: frozenset[str], team: str, at: datetime) -> list[Person]:
        """Who is asked to decide on mail of these senders and that team: supervisors, then their deputies.

        Nobody who stands beside the sender (`cases.deciding.rights`).
        """
        in_force = [(one.giver, one.deputy) for one in self.delegations if one.starts_at <= at < one.ends_at]
        beside = {giver for giver, deputy in in_force if user_mark(deputy) in senders}
        beside |= {deputy for giver, deputy in in_force if user_mark(giver) in senders}
        free = {
            user_id: person
            for user_id, person in self.staff.items()
            if user_id not in beside and senders.isdisjoint(person.addresses)
        }
        asked = {
            user_id: person for user_id, person in free.items() if person.role is Role.SUPERVISOR and person.sees(team)
        }
        deputies = [deputy for giver, deputy in in_force if giver in asked and deputy in free]
        asked |= {user_id: free[user_id] for user_id in deputies if free[user_id].role not in READING_ROLES}
        return list({person.email: person for person in asked.values()}.values())


def read_directory(connection: Connection, at: datetime) -> Directory:
    """Read it, as it is at that moment, with three questions inside the caller's transaction."""
    addresses: defaultdict[int, set[str]] = defaultdict(set)
    owners: defaultdict[str, set[int]] = defaultdict(set)
    logins: defaultdict[str, set[int]] = defaultdict(set)
    people: dict[int, tuple[str, str, Role]] = {}
    for user_id, name, email, role, disabled, address in connection.execute(_EVERYBODY):
        if user_id not in addresses:
            for spelling in login_names(name):
                logins[spelling].add(user_id)
            if not disabled:
                people[user_id] = name, email, Role(role)
        own = addresses[user_id]
        if address is not None:
            own.add(address)
            owners[address].add(user_id)
    teams: defaultdict[int, set[str]] = defaultdict(set)
    for user_id, team in connection.execute(select(_MEMBERS.c.user_id, _MEMBERS.c.team)):
        teams[user_id].add(team)
    return Directory(
        {user_id: frozenset(own) for user_id, own in addresses.items()},
        {address: frozenset(users) for address, users in owners.items()},
        {name: frozenset(users) for name, users in logins.items()},
        {
            user_id: Person(user_id, name, email, role, tuple(addresses[user_id]), frozenset(teams[user_id]))
            for user_id, (name, email, role) in people.items()
        },
        tuple(Delegated(**row) for row in connection.execute(_not_over(at)).mappings()),
    )


def _not_over(at: datetime) -> Select[tuple[int, int, datetime, datetime]]:
    revoked = _DELEGATIONS.c.revoked_at
    return (
        select(
            _DELEGATIONS.c.giver_id.label("giver"),
            _DELEGATIONS.c.deputy_id.label("deputy"),
            _DELEGATIONS.c.starts_at,
            _DELEGATIONS.c.ends_at,
        )
        .where(_DELEGATIONS.c.ends_at > at, or_(revoked.is_(None), revoked > at))
        .order_by(_DELEGATIONS.c.id)
    )
