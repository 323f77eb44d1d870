"""How often a password may be guessed: from one network, and for one name from everywhere.

Five wrong guesses lock a name for the network they came from, so nobody keeps a person out from elsewhere. Guesses from
many networks lock the name more slowly, and never for a network from which the person has logged in lately.
"""

from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

from sqlmodel import Session, col, delete

from mailguard.store.tables.logins import LoginNetworkRow
from mailguard.store.tables.people import UserRow

_FREE_GUESSES = 5
_LOCK = timedelta(minutes=5)
_FREE_GUESSES_OF_ALL = 50
_LOCK_OF_ALL = timedelta(hours=1)
"""At most 50 guesses an hour from however many machines: 10 characters of a password resist that for good."""
_KNOWN = timedelta(days=30)
"""A network from which the person has logged in within so long is theirs."""
_FORGOTTEN = timedelta(days=1)


def network_of(address: str) -> str:
    """The network that counts as one guesser: an IPv4 address, the /64 of an IPv6 address (RFC 6177: one site has it).

    What is no address is taken as it stands, 64 characters of it.
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(found, IPv6Address):
        mapped = found.ipv4_mapped
        return str(mapped) if mapped else f"{IPv6Address(int(found) >> 64 << 64)}/64"
    return str(found)


def is_locked(session: Session, user: UserRow, network: str, now: datetime) -> bool:
    """Whether the name takes no guess from that network now, right or wrong."""
    here = session.get(LoginNetworkRow, (user.id, network))
    if here is not None and here.locked_until is not None and here.locked_until > now:
        return True
    everywhere = user.locked_until is not None and user.locked_until > now
    return everywhere and not _is_known(here, now)


def count_failure(session: Session, user: UserRow, network: str, now: datetime) -> None:
    """Remember a wrong guess, and lock where there were too many."""
    here = session.get(LoginNetworkRow, (user.id, network)) or LoginNetworkRow(user_id=user.id or 0, network=network)
    here.failures, here.failed_at = here.failures + 1, now
    here.locked_until = now + _LOCK if here.failures % _FREE_GUESSES == 0 else None
    session.add(here)
    if not _is_known(here, now):
        user.failed_logins += 1
        if user.failed_logins % _FREE_GUESSES_OF_ALL == 0:
            user.locked_until = now + _LOCK_OF_ALL
        session.add(user)


def count_success(session: Session, user: UserRow, network: str, now: datetime) -> None:
    """The network is the person's from now on. A lock of the name goes on for the networks that are not."""
    here = session.get(LoginNetworkRow, (user.id, network)) or LoginNetworkRow(user_id=user.id or 0, network=network)
    here.failures, here.locked_until, here.succeeded_at = 0, None, now
    user.failed_logins = 0
    session.add_all((here, user))
    # What guessers leave behind: without this a table could be filled from outside.
    stale = (col(LoginNetworkRow.user_id) == user.id, col(LoginNetworkRow.succeeded_at).is_(None))
    session.exec(delete(LoginNetworkRow).where(*stale, col(LoginNetworkRow.failed_at) < now - _FORGOTTEN))


def forget_failures(session: Session, user: UserRow) -> None:
    """A new password: nothing that was guessed before counts."""
    user.failed_logins, user.locked_until = 0, None
    session.exec(delete(LoginNetworkRow).where(col(LoginNetworkRow.user_id) == user.id))


def _is_known(here: LoginNetworkRow | None, now: datetime) -> bool:
    return here is not None and here.succeeded_at is not None and now - here.succeeded_at < _KNOWN
