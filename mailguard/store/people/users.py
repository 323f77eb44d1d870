"""Users: made, changed, disabled, listed."""

from collections.abc import Collection, Sequence

from sqlmodel import Session, col, delete, select

from mailguard.core.address import canonical, is_plain
from mailguard.core.errors import InputError
from mailguard.core.person import Person, Role
from mailguard.store.guessing import forget_failures
from mailguard.store.people.passwords import hash_password
from mailguard.store.people.rows import id_of, person_of, user_named
from mailguard.store.people.teams import set_teams, teams_of
from mailguard.store.people.tokens import revoke_tokens_of
from mailguard.store.store import Store
from mailguard.store.tables.logins import SessionRow
from mailguard.store.tables.people import UserAddressRow, UserRow


def add_user(
    store: Store,
    name: str,
    *,
    email: str,
    role: Role,
    password: str | None,
    aliases: Sequence[str] = (),
    teams: Collection[str] | None = None,
    by: str = "command line",
) -> Person:
    """Make a user, or change the one of that name, who is let in again if disabled.

    `teams` are those whose cases the person sees, an empty one stands for all; None: as before, and all for somebody
    new. Raises InputError for a weak password or an odd address.
    """
    for address in (email, *aliases):
        if not is_plain(address):
            raise InputError(f"{address!r} is no plain mail address")
    password_hash = hash_password(password) if password is not None else None
    now = store.clock()
    with store.writing() as session:
        row = session.exec(select(UserRow).where(UserRow.name == name)).one_or_none()
        known = row is not None
        if row is None:
            row = UserRow(name=name, email=email, role=role, created_at=now)
        row.email, row.role, row.disabled = email, role, False
        if password_hash is not None:
            row.password_hash = password_hash
        session.add(row)
        session.flush()
        user_id = id_of(row)
        session.exec(delete(UserAddressRow).where(col(UserAddressRow.user_id) == user_id))
        if password_hash is not None:
            forget_failures(session, row)
            session.exec(delete(SessionRow).where(col(SessionRow.user_id) == user_id))
        addresses = sorted({canonical(address) for address in (email, *aliases)})
        session.add_all(UserAddressRow(user_id=user_id, address=address) for address in addresses)
        if teams is not None:
            set_teams(session, user_id, teams)
        # Addresses say whose mail one may not decide on, and whoever sets a password can log in with it.
        details = {"user": name, "role": role, "addresses": addresses, "password_set": password is not None}
        details |= {"teams": sorted(teams_of(session, user_id))}
        store.audit.append(session, "user changed" if known else "user added", actor=by, at=now, details=details)
        session.flush()
        return person_of(session, row)


def disable_user(store: Store, name: str, *, by: str = "command line") -> None:
    """Lock a user out at once: no login, no session, no token. Raises InputError for an unknown name.

    The person stays on record with all addresses: what they sent and decided is still theirs.
    """
    with store.writing() as session:
        row = user_named(session, name)
        row.disabled = True
        session.add(row)
        session.exec(delete(SessionRow).where(col(SessionRow.user_id) == row.id))
        revoke_tokens_of(store, session, row, by)
        store.audit.append(session, "user disabled", actor=by, at=store.clock(), details={"user": name})


def people(store: Store, role: Role | None = None) -> list[Person]:
    """All users that are not disabled, of one role or all."""
    with store.reading() as session:
        return people_in(session, role)


def people_in(session: Session, role: Role | None = None) -> list[Person]:
    """The same inside a transaction that is already open."""
    query = select(UserRow).where(col(UserRow.disabled).is_(False)).order_by(UserRow.name)
    if role is not None:
        query = query.where(UserRow.role == role)
    return [person_of(session, row) for row in session.exec(query)]
