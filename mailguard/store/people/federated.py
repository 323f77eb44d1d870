"""People whom a provider vouches for (OpenID Connect): made and changed at login, known by issuer and subject."""

from dataclasses import dataclass

from sqlmodel import Session, select

from mailguard.core.address import canonical
from mailguard.core.errors import InputError, LoginRefused
from mailguard.core.person import Person, Role
from mailguard.store.people.rows import id_of, person_of, user_named
from mailguard.store.people.sessions import end_sessions_of
from mailguard.store.people.teams import set_teams, teams_of
from mailguard.store.people.tokens import revoke_tokens_of
from mailguard.store.store import Store
from mailguard.store.tables.people import UserAddressRow, UserRow

_ACTOR = "oidc"


@dataclass(frozen=True, slots=True)
class Claimed:
    """What the provider says of a person, read by the configuration."""

    subject: str
    """Issuer and subject, parted by a blank: the one thing that never changes hands (OpenID Connect Core, 5.7)."""
    name: str
    email: str | None
    """Verified by the provider; None: none is."""
    aliases: tuple[str, ...]
    role: Role | None
    """None: no group of theirs is mapped, and who is in none is not let in."""
    teams: frozenset[str] | None
    """None: teams are not the provider's business."""


def admit(store: Store, claimed: Claimed) -> Person:
    """Let the person in: the user of that subject as the claims have them now, or a new one.

    Nobody becomes another user by bearing that user's name or mail address, which are given anew and changed by people
    other than our admins. Addresses are added and never taken away: one that went would let its owner decide on mail
    sent from it. Raises LoginRefused: `disabled`, `no_role`, `no_address`, `name_taken`, `address_taken`.
    """
    with store.writing() as session:
        known = select(UserRow).where(UserRow.oidc_subject == claimed.subject)
        row = session.exec(known.with_for_update()).first()
        # Of two who are new at one moment, with one name or address, the second must see the first.
        store.audit.lock(session)
        row = row or session.exec(known).first()
        refusal = _refusal(session, row, claimed)
        if refusal is None:
            return _enter(store, session, row, claimed)
        if row is not None and refusal == "no_role":
            _take_rights(store, session, row)
        actor = row.name if row else "(unknown)"
        details = {"method": "oidc", "why": refusal}
        store.audit.append(session, "login failed", actor=actor, at=store.clock(), details=details)
    raise LoginRefused(refusal)


def bind_subject(store: Store, name: str, subject: str | None, *, by: str = "command line") -> None:
    """Have a user of ours log in as that issuer and subject (None: no longer). Raises InputError."""
    with store.writing() as session:
        row = user_named(session, name)
        if subject is not None and _of_subject(session, subject) not in (None, row.id):
            raise InputError("another user logs in as that subject already")
        row.oidc_subject = subject
        session.add(row)
        end_sessions_of(session, id_of(row))
        details = {"user": name, "subject": subject}
        store.audit.append(session, "login bound", actor=by, at=store.clock(), details=details)


def subject_of(store: Store, person: Person) -> str | None:
    """Issuer and subject as which the person logs in."""
    with store.reading() as session:
        row = session.get(UserRow, person.user_id)
        return row.oidc_subject if row else None


def verify_anew(store: Store, person: Person) -> None:
    """Write down that the provider has vouched again for somebody who is logged in."""
    with store.writing() as session:
        details = {"method": "oidc"}
        store.audit.append(session, "verified anew", actor=person.name, at=store.clock(), details=details)


def note_failure(store: Store, name: str, why: str) -> None:
    """Write down that somebody came back from the provider and was not let in."""
    with store.writing() as session:
        details = {"method": "oidc", "why": why}
        store.audit.append(session, "login failed", actor=name, at=store.clock(), details=details)


def _refusal(session: Session, row: UserRow | None, claimed: Claimed) -> str | None:
    if row is not None and row.disabled:
        return "disabled"
    if claimed.role is None:
        return "no_role"
    if row is None:
        if claimed.email is None:
            # Whose addresses nobody knows could decide on their own mail.
            return "no_address"
        if session.exec(select(UserRow.id).where(UserRow.name == claimed.name)).first() is not None:
            return "name_taken"
    if claimed.email is not None and _is_anothers(session, row, claimed.email):
        return "address_taken"
    return None


def _is_anothers(session: Session, row: UserRow | None, email: str) -> bool:
    """Whether the address is the own one of another user, disabled or not: they would be one person with two voices."""
    others = session.exec(select(UserRow.id, UserRow.email))
    own = row.id if row else None
    return any(other != own and canonical(address) == canonical(email) for other, address in others)


def _enter(store: Store, session: Session, row: UserRow | None, claimed: Claimed) -> Person:
    now, act = store.clock(), "user changed"
    if row is None:
        act = "user added"
        row = UserRow(name=claimed.name, email=claimed.email or "", role=Role.SENDER, created_at=now)
        row.oidc_subject = claimed.subject
    before = (row.email, row.role, _addresses(session, row), teams_of(session, row.id or 0))
    row.email, row.role = claimed.email or row.email, claimed.role or Role.SENDER
    session.add(row)
    session.flush()
    user_id = id_of(row)
    known = _addresses(session, row)
    wanted = {canonical(address) for address in (row.email, *claimed.aliases)}
    session.add_all(UserAddressRow(user_id=user_id, address=address) for address in sorted(wanted - known))
    if claimed.teams is not None:
        set_teams(session, user_id, claimed.teams)
    session.flush()
    after = (row.email, row.role, known | wanted, teams_of(session, user_id))
    if act == "user added" or before != after:
        details = {
            "user": row.name,
            "role": row.role,
            "addresses": sorted(known | wanted),
            "teams": sorted(after[3]),
            "subject": claimed.subject,
        }
        store.audit.append(session, act, actor=_ACTOR, at=now, details=details)
    store.audit.append(session, "login", actor=row.name, at=now, details={"method": "oidc"})
    return person_of(session, row)


def _take_rights(store: Store, session: Session, row: UserRow) -> None:
    """Out of every group: no rights, no open login, no token."""
    if row.role != Role.SENDER:
        row.role = Role.SENDER
        session.add(row)
        details = {"user": row.name, "role": row.role, "subject": row.oidc_subject}
        store.audit.append(session, "user changed", actor=_ACTOR, at=store.clock(), details=details)
    end_sessions_of(session, id_of(row))
    revoke_tokens_of(store, session, row, _ACTOR)


def _addresses(session: Session, row: UserRow) -> frozenset[str]:
    query = select(UserAddressRow.address).where(UserAddressRow.user_id == row.id)
    return frozenset(session.exec(query)) if row.id else frozenset()


def _of_subject(session: Session, subject: str) -> int | None:
    return session.exec(select(UserRow.id).where(UserRow.oidc_subject == subject)).first()
