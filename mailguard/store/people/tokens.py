"""API tokens; only their digests are kept."""

from hashlib import sha256

from sqlmodel import Session, col, delete

from mailguard.core.ids import new_token
from mailguard.core.person import Person
from mailguard.store.people.rows import id_of, person_of, user_named
from mailguard.store.store import Store
from mailguard.store.tables.logins import TokenRow
from mailguard.store.tables.people import UserRow


def issue_token(store: Store, name: str, *, by: str = "command line") -> str:
    """A new API token for the user; shown once, kept as a digest. Raises InputError for an unknown name."""
    token = new_token()
    now = store.clock()
    with store.writing() as session:
        row = user_named(session, name)
        session.add(TokenRow(digest=digest_of(token), user_id=id_of(row), created_at=now))
        store.audit.append(session, "token issued", actor=by, at=now, details={"user": name})
    return token


def revoke_tokens(store: Store, name: str, *, by: str = "command line") -> int:
    """Make every API token of the user worthless; gives their number. Raises InputError for an unknown name."""
    with store.writing() as session:
        return revoke_tokens_of(store, session, user_named(session, name), by)


def revoke_tokens_of(store: Store, session: Session, row: UserRow, by: str) -> int:
    """The same inside a transaction that is already open."""
    revoked: int = session.exec(delete(TokenRow).where(col(TokenRow.user_id) == row.id)).rowcount
    details = {"user": row.name, "tokens": revoked}
    store.audit.append(session, "tokens revoked", actor=by, at=store.clock(), details=details)
    return revoked


def person_of_token(store: Store, token: str) -> Person | None:
    """The person to whom an API token belongs."""
    with store.reading() as session:
        row = session.get(TokenRow, digest_of(token))
        user = session.get(UserRow, row.user_id) if row else None
        return person_of(session, user) if user and not user.disabled else None


def digest_of(token: str) -> str:
    """What is kept of a token, a cookie or a code of 256 random bits, which need no slow hash."""
    return sha256(token.encode()).hexdigest()
