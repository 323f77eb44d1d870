"""Challenges that were answered: each answer counts once, whoever has overheard it, and at every node."""

from datetime import timedelta

from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import col, delete

from mailguard.store.people.tokens import digest_of
from mailguard.store.store import Store
from mailguard.store.tables.logins import SpentChallengeRow


def spend_challenge(store: Store, challenge: str, lasts: timedelta) -> bool:
    """Take the answer to a challenge that is good for so long; False when it was answered before.

    Only what was answered rightly is written down, so no stranger fills the table.
    """
    now = store.clock()
    with store.writing() as session:
        session.exec(delete(SpentChallengeRow).where(col(SpentChallengeRow.until) < now))
        insert = postgres_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
        row = {"digest": digest_of(challenge), "until": now + lasts}
        spend = insert(SpentChallengeRow).values(row).on_conflict_do_nothing().returning(col(SpentChallengeRow.digest))
        return session.connection().execute(spend).first() is not None
