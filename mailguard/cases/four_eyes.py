"""Who the sender is, and who is therefore not a second person (principle 4)."""

import re
import unicodedata
from collections.abc import Iterator

from sqlmodel import Session, select

from mailguard.core.address import canonical, find_addresses
from mailguard.core.envelope import Envelope
from mailguard.core.part import Letter
from mailguard.core.person import DECIDING_ROLES, Person
from mailguard.store.tables import IdentityRow, UserAddressRow, UserRow

_FIELDS = ("From", "Sender", "Reply-To", "Return-Path", "Resent-From", "Resent-Sender", "Resent-Reply-To")
_MOST_STRANGERS = 500
"""Addresses of nobody here that are kept with a case, for people who get one of them as an alias later."""
_COMMENT = re.compile(r"\([^()]*\)")
_NESTED = 8
_QUOTING = str.maketrans("", "", '"\\')


def sender_addresses(envelope: Envelope, letter: Letter | None) -> frozenset[str]:
    """Every address (canonical) that the message names as its sender's.

    The envelope sender, and whatever looks like an address in From, Sender, Reply-To, Return-Path and their Resent
    forms. Nothing is parsed finely on purpose: an address too many excludes a reviewer too many, one too few lets a
    sender approve their own message. Takes up to a second for a header made for it, so it is no work for a transaction.
    """
    written = {envelope.reverse_path}
    for value in {value for name in _FIELDS for value in (letter.header_all(name) if letter else ())}:
        written.update(address for reading in _readings(value) for address in find_addresses(reading))
    return frozenset(canonical(address) for address in written if "@" in address)


def sender_identities(session: Session, written: frozenset[str], login: str | None) -> frozenset[str]:
    """Who the sender may be: these addresses, and each user who has one of them or the login, with all addresses.

    A shared mailbox makes its members senders. A user stands there as `user:7` too, so that a new mail address does not
    make a new person of them. A login that the next hop or a certificate vouches for may be spelt as neither knows
    users here: in other letters, as an address, behind the name of a domain.
    """
    if login and "@" in login:
        written |= {canonical(login)}
    everybody = session.exec(select(UserAddressRow.user_id, UserAddressRow.address)).all()
    users = {user_id for user_id, address in everybody if address in written}
    if login:
        names = _login_names(login)
        people = session.exec(select(UserRow.id, UserRow.name)).all()
        users |= {user_id for user_id, name in people if user_id and not names.isdisjoint(_login_names(name))}
    own = {address for user_id, address in everybody if user_id in users}
    return frozenset({*own, *map(_user_mark, users), *sorted(written)[:_MOST_STRANGERS]})


def is_second_person(session: Session, case_id: str, person: Person) -> bool:
    """Whether the person may decide on the case: a role that decides, and no address in the sender's identity set."""
    if person.role not in DECIDING_ROLES:
        return False
    return not is_sender(session, case_id, person)


def is_sender(session: Session, case_id: str, person: Person) -> bool:
    """Whether the case is the person's own message."""
    identities = set(session.exec(select(IdentityRow.address).where(IdentityRow.case_id == case_id)).all())
    return bool(identities & {*addresses_of(session, person), _user_mark(person.user_id)})


def addresses_of(session: Session, person: Person) -> set[str]:
    """The person's addresses as they are on record now, not as they were at login."""
    now = session.exec(select(UserAddressRow.address).where(UserAddressRow.user_id == person.user_id)).all()
    return {canonical(address) for address in person.addresses} | set(now)


def _login_names(login: str) -> frozenset[str]:
    """The name whole, and without domain: `OTTO`, `otto@operator.example` and `OPERATOR\\otto` are all `otto`."""
    # SASLprep (RFC 4013) makes one name of these too.
    whole = unicodedata.normalize("NFKC", login).strip().casefold()
    return frozenset({whole, whole.partition("@")[0].rpartition("\\")[2]})


def _user_mark(user_id: int) -> str:
    # No address looks like this: there is no "@" in it. The trigger `four_eyes_decision` knows the form.
    return f"user:{user_id}"


def _readings(value: str) -> Iterator[str]:
    """The field as it stands, and as RFC 5322 lets it be written: comments, quotes, blanks around `@` and dots."""
    yield value
    bare = value
    for _ in range(_NESTED):
        bare = _COMMENT.sub("", bare)
    bare = _close_up(bare.translate(_QUOTING), "@")
    yield bare
    yield _close_up(bare, ".")


def _close_up(text: str, mark: str) -> str:
    # Not by a pattern such as `\s*@\s*`: that is quadratic in a long run of blanks.
    return mark.join(piece.strip() for piece in text.split(mark))
