"""What a person can show besides the password, and the way back for somebody who has lost it."""

from dataclasses import dataclass

from sqlmodel import Session, col, delete

from mailguard.core.person import Person
from mailguard.store.people.one_time_passwords import has_totp
from mailguard.store.people.passkeys import count_passkeys, forget_passkeys
from mailguard.store.people.recovery_codes import forget_recovery_codes, recovery_codes_left
from mailguard.store.people.rows import id_of, user_named
from mailguard.store.people.sessions import end_sessions_of
from mailguard.store.store import Store
from mailguard.store.tables.logins import TotpRow


@dataclass(frozen=True, slots=True)
class SecondFactors:
    """What is in force for one person."""

    totp: bool
    passkeys: int
    recovery_codes: int
    """Unused ones."""

    @property
    def any(self) -> bool:
        """Whether a login by password asks for more."""
        return self.totp or self.passkeys > 0


def second_factors(store: Store, person: Person) -> SecondFactors:
    """What the person can show besides the password."""
    with store.reading() as session:
        return _factors(session, person.user_id)


def remove_totp(store: Store, person: Person) -> bool:
    """End the person's one-time passwords; whether there were any."""
    with store.writing() as session:
        removed: int = session.exec(delete(TotpRow).where(col(TotpRow.user_id) == person.user_id)).rowcount
        if removed:
            details = {"method": "totp"}
            store.audit.append(session, "second factor removed", actor=person.name, at=store.clock(), details=details)
    return removed > 0


def reset_second_factors(store: Store, name: str, *, by: str = "command line") -> None:
    """Forget everything that a user shows besides the password, and end their logins. Raises InputError."""
    with store.writing() as session:
        row = user_named(session, name)
        user_id = id_of(row)
        session.exec(delete(TotpRow).where(col(TotpRow.user_id) == user_id))
        forget_passkeys(session, user_id)
        forget_recovery_codes(session, user_id)
        end_sessions_of(session, user_id)
        store.audit.append(session, "second factor reset", actor=by, at=store.clock(), details={"user": name})


def _factors(session: Session, user_id: int) -> SecondFactors:
    return SecondFactors(
        has_totp(session, user_id), count_passkeys(session, user_id), recovery_codes_left(session, user_id)
    )
