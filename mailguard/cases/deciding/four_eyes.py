"""Who the sender is, and who is therefore not a second person (principle 4)."""

import re
import stringprep
import unicodedata

from sqlmodel import Session, select

from mailguard.core.address import bare_readings, canonical, find_addresses
from mailguard.core.envelope import Envelope
from mailguard.core.part import Letter
from mailguard.core.person import Person
from mailguard.store.tables.cases import IdentityRow
from mailguard.store.tables.people import UserAddressRow

_FIELDS = ("From", "Sender", "Reply-To", "Return-Path", "Resent-From", "Resent-Sender", "Resent-Reply-To")
_REALM = re.compile(r"[@%]")
"""Both part a user's name from a domain, by the server."""


def sender_addresses(envelope: Envelope, letter: Letter | None) -> frozenset[str]:
    """Every address (canonical) that the message names as its sender's.

    The envelope sender, and whatever looks like an address in From, Sender, Reply-To, Return-Path and their Resent
    forms. Nothing is parsed finely on purpose: an address too many excludes a reviewer too many, one too few lets a
    sender approve their own message. Takes up to a second for a header made for it, so it is no work for a transaction.
    """
    written = {envelope.reverse_path}
    for value in {value for name in _FIELDS for value in (letter.header_all(name) if letter else ())}:
        readings = (value, *bare_readings(value))
        found = (address for reading in readings for address in find_addresses(reading))
        # 'a@x.example' is how some programs write a mailbox that has no name.
        written.update(one for address in found for one in (address, address.strip("'")))
    return frozenset(canonical(address) for address in written if "@" in address)


def login_names(login: str) -> frozenset[str]:
    """The name whole, and without domain: `OTTO`, `otto@operator.example` and `OPERATOR\\otto` are all `otto`."""
    whole = prepared_login(login).strip().casefold()
    return frozenset({whole, _REALM.split(whole)[0].rpartition("\\")[2].rpartition("/")[2]})


def prepared_login(login: str) -> str:
    """What SASLprep (RFC 4013, section 2) makes of a login: without what nobody sees, and in the letters' one form."""
    return unicodedata.normalize("NFKC", "".join(ch for ch in login if not stringprep.in_table_b1(ch)))


def user_mark(user_id: int) -> str:
    """How a user stands in an identity set. The trigger `four_eyes_decision` knows the form."""
    # No address looks like this: there is no "@" in it.
    return f"user:{user_id}"


def is_sender(session: Session, case_id: str, person: Person) -> bool:
    """Whether the case is the person's own message."""
    identities = set(session.exec(select(IdentityRow.address).where(IdentityRow.case_id == case_id)).all())
    return bool(identities & {*addresses_of(session, person), user_mark(person.user_id)})


def addresses_of(session: Session, person: Person) -> set[str]:
    """The person's addresses as they are on record now, not as they were at login."""
    now = session.exec(select(UserAddressRow.address).where(UserAddressRow.user_id == person.user_id)).all()
    return {canonical(address) for address in person.addresses} | set(now)
