"""Passkeys (WebAuthn level 2): their public halves, each under a name that its owner gave it."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, delete, func, select

from mailguard.core.errors import InputError
from mailguard.core.person import Person
from mailguard.store.people.rows import person_of
from mailguard.store.store import Store
from mailguard.store.tables.logins import PasskeyRow
from mailguard.store.tables.people import UserRow

MOST = 20
"""Passkeys a person; more are a mistake or mischief."""


@dataclass(frozen=True, slots=True)
class Passkey:
    """One passkey, as it was last used."""

    id: int
    credential_id: bytes
    public_key: bytes
    sign_count: int
    name: str
    made_at: datetime
    last_used_at: datetime | None


def add_passkey(
    store: Store, person: Person, name: str, *, credential_id: bytes, public_key: bytes, count: int
) -> None:
    """Keep a new passkey. Raises InputError for one that is known already, or one too many."""
    now = store.clock()
    with store.writing() as session:
        store.audit.lock(session)
        if session.exec(select(PasskeyRow).where(PasskeyRow.credential_id == credential_id)).first() is not None:
            raise InputError("this passkey is registered already")
        if count_passkeys(session, person.user_id) >= MOST:
            raise InputError(f"{MOST} passkeys are the most; remove one first")
        row = PasskeyRow(
            user_id=person.user_id,
            credential_id=credential_id,
            public_key=public_key,
            sign_count=count,
            name=name,
            made_at=now,
        )
        session.add(row)
        details = {"method": "passkey", "name": name}
        store.audit.append(session, "second factor enrolled", actor=person.name, at=now, details=details)


def list_passkeys(store: Store, person: Person) -> list[Passkey]:
    """The person's passkeys, the oldest first."""
    with store.reading() as session:
        query = select(PasskeyRow).where(PasskeyRow.user_id == person.user_id).order_by(col(PasskeyRow.id))
        return [_passkey(row) for row in session.exec(query)]


def find_passkey(store: Store, credential_id: bytes) -> tuple[Passkey, Person] | None:
    """A passkey and whose it is, unless they are disabled."""
    with store.reading() as session:
        row = session.exec(select(PasskeyRow).where(PasskeyRow.credential_id == credential_id)).one_or_none()
        user = session.get(UserRow, row.user_id) if row else None
        return (_passkey(row), person_of(session, user)) if row and user and not user.disabled else None


def use_passkey(store: Store, passkey: Passkey, person: Person, *, count: int, act: str) -> bool:
    """Write down that it was used, with its new count of signatures, and the act that it was used for.

    False when it is gone, or was used in the meantime with as high a count: of two that show the same count one is a
    copy (WebAuthn level 2, section 6.1.1).
    """
    now = store.clock()
    with store.writing() as session:
        row = session.get(PasskeyRow, passkey.id, with_for_update=True)
        if row is None or ((count or row.sign_count) and count <= row.sign_count):
            return False
        row.sign_count, row.last_used_at = count, now
        session.add(row)
        details = {"method": "passkey", "name": row.name}
        store.audit.append(session, act, actor=person.name, at=now, details=details)
        return True


def refuse_passkey(store: Store, person: Person | None) -> None:
    """Write down that a passkey was not taken; whose it was, where that is known."""
    with store.writing() as session:
        actor, details = person.name if person else "(unknown)", {"method": "passkey"}
        store.audit.append(session, "login failed", actor=actor, at=store.clock(), details=details)


def remove_passkey(store: Store, person: Person, passkey_id: int) -> bool:
    """Forget one of the person's passkeys; whether there was such a one."""
    with store.writing() as session:
        row = session.get(PasskeyRow, passkey_id)
        if row is None or row.user_id != person.user_id:
            return False
        session.delete(row)
        details = {"method": "passkey", "name": row.name}
        store.audit.append(session, "second factor removed", actor=person.name, at=store.clock(), details=details)
        return True


def count_passkeys(session: Session, user_id: int) -> int:
    """How many passkeys the user has."""
    query = select(func.count()).select_from(PasskeyRow).where(col(PasskeyRow.user_id) == user_id)
    return session.exec(query).one()


def forget_passkeys(session: Session, user_id: int) -> None:
    """Forget all passkeys of the user."""
    session.exec(delete(PasskeyRow).where(col(PasskeyRow.user_id) == user_id))


def _passkey(row: PasskeyRow) -> Passkey:
    return Passkey(
        row.id or 0, row.credential_id, row.public_key, row.sign_count, row.name, row.made_at, row.last_used_at
    )
