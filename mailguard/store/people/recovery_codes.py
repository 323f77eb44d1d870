"""Codes for somebody who has lost the second factor: ten, shown once, each good once."""

import secrets

from sqlmodel import Session, col, delete, func, select, update

from mailguard.core.ids import ALPHABET, spell
from mailguard.core.person import Person
from mailguard.store.people.tokens import digest_of
from mailguard.store.store import Store
from mailguard.store.tables.logins import RecoveryCodeRow

COUNT = 10
_LETTERS = 16
"""78 bits: no slow hash is needed for what nobody can try through."""


def new_recovery_codes(store: Store, person: Person) -> tuple[str, ...]:
    """Ten new codes, `7K4M-92QT-...`, in the place of any before; only their digests are kept."""
    codes = tuple(_new_code() for _ in range(COUNT))
    with store.writing() as session:
        forget_recovery_codes(session, person.user_id)
        session.add_all(RecoveryCodeRow(digest=_digest(person, code), user_id=person.user_id) for code in codes)
        store.audit.append(session, "recovery codes made", actor=person.name, at=store.clock())
    return codes


def use_recovery_code(store: Store, person: Person, code: str) -> bool:
    """Whether it is a code of the person's that was not used before. It is used now."""
    now = store.clock()
    with store.writing() as session:
        unused = (col(RecoveryCodeRow.digest) == _digest(person, code), col(RecoveryCodeRow.used_at).is_(None))
        # One statement: of two that give the same code at one moment, one finds it used.
        right = session.exec(update(RecoveryCodeRow).where(*unused).values(used_at=now)).rowcount == 1
        act = "second factor passed" if right else "second factor failed"
        details = {"method": "recovery", "left": recovery_codes_left(session, person.user_id)}
        store.audit.append(session, act, actor=person.name, at=now, details=details)
        return right


def recovery_codes_left(session: Session, user_id: int) -> int:
    """How many codes of the user's are unused."""
    unused = (col(RecoveryCodeRow.user_id) == user_id, col(RecoveryCodeRow.used_at).is_(None))
    return session.exec(select(func.count()).select_from(RecoveryCodeRow).where(*unused)).one()


def forget_recovery_codes(session: Session, user_id: int) -> None:
    """Make all codes of the user worthless."""
    session.exec(delete(RecoveryCodeRow).where(col(RecoveryCodeRow.user_id) == user_id))


def _new_code() -> str:
    letters = spell(secrets.randbelow(len(ALPHABET) ** _LETTERS), _LETTERS)
    return "-".join(letters[at : at + 4] for at in range(0, _LETTERS, 4))


def _digest(person: Person, code: str) -> str:
    plain = "".join(letter for letter in code.upper() if letter in ALPHABET)
    return digest_of(f"recovery {person.user_id} {plain}")
