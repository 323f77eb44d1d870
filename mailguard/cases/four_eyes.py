"""Who the sender is, and who is therefore not a second person (principle 4)."""

from collections.abc import Iterable

from sqlmodel import Session, col, select

from mailguard.core.address import canonical, find_addresses
from mailguard.core.envelope import Envelope
from mailguard.core.part import Letter
from mailguard.core.person import DECIDING_ROLES, Person
from mailguard.store.tables import IdentityRow, UserAddressRow, UserRow

_MOST = 500


def sender_identities(session: Session, envelope: Envelope, letter: Letter | None) -> frozenset[str]:
    """Every address (canonical) that may be the sender's own.

    Envelope sender and login, whatever looks like an address in From, Sender, Reply-To and Resent-From, and then all
    addresses of each user who has one of these: a shared mailbox makes its members senders. Nothing is parsed finely on
    purpose: an address too many excludes a reviewer too many, one too few lets a sender approve their own message.
    """
    written = {envelope.reverse_path, *_header_addresses(letter)}
    found = {canonical(address) for address in written if "@" in address}
    users = set(
        session.exec(select(UserAddressRow.user_id).where(col(UserAddressRow.address).in_(sorted(found)[:_MOST]))).all()
    )
    if envelope.client.login:
        login = session.exec(select(UserRow).where(UserRow.name == envelope.client.login)).one_or_none()
        users |= {login.id} if login and login.id else set()
    own = session.exec(select(UserAddressRow.address).where(col(UserAddressRow.user_id).in_(sorted(users)))).all()
    return frozenset(found | set(own))


def is_second_person(session: Session, case_id: str, person: Person) -> bool:
    """Whether the person may decide on the case: a role that decides, and no address in the sender's identity set."""
    if person.role not in DECIDING_ROLES:
        return False
    identities = set(session.exec(select(IdentityRow.address).where(IdentityRow.case_id == case_id)).all())
    return not identities & addresses_of(session, person)


def is_sender(session: Session, case_id: str, person: Person) -> bool:
    """Whether the case is the person's own message."""
    identities = set(session.exec(select(IdentityRow.address).where(IdentityRow.case_id == case_id)).all())
    return bool(identities & addresses_of(session, person))


def addresses_of(session: Session, person: Person) -> set[str]:
    """The person's addresses as they are on record now, not as they were at login."""
    now = session.exec(select(UserAddressRow.address).where(UserAddressRow.user_id == person.user_id)).all()
    return {canonical(address) for address in person.addresses} | set(now)


def _header_addresses(letter: Letter | None) -> Iterable[str]:
    if letter is None:
        return ()
    fields = ("From", "Sender", "Reply-To", "Resent-From", "Resent-Sender")
    values = [value for name in fields for value in letter.header_all(name)]
    return [address for value in values for address in find_addresses(value)][:_MOST]
