"""Messages to be read: which one is next, and whose it is. A claim is fenced by its number, as a release's is."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import or_, update
from sqlmodel import col, func, select

from mailguard.cases.awaiting.envelope import unpack_envelope
from mailguard.core.envelope import Envelope
from mailguard.core.errors import ClaimLost, StoreError
from mailguard.store.audit.chain import Entry
from mailguard.store.claiming import next_row
from mailguard.store.keys.sealing import Sealed
from mailguard.store.store import Store
from mailguard.store.tables.awaiting import AwaitingRow

CLAIM = timedelta(minutes=5)
"""What a dead worker's message waits for another one; a live one renews it in time."""
PAUSE = timedelta(seconds=30)
"""Before the next try of what could not be opened."""
_MOST_BEGINNINGS = 3
"""After so many claims that came to no end, the worker dies of the message: it is left to a person unread."""
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

_TABLE = AwaitingRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class ReadingJob:
    """A message to read, as the worker that has claimed it holds it."""

    case_id: str
    envelope: Envelope
    """As the client said it."""
    raw: bytes = field(repr=False)
    received_at: datetime
    claim: int
    """The number of this claim; a later one is another worker's."""
    remaining: tuple[str, ...]
    """Recipients who do not have it yet."""
    refused: tuple[str, ...]
    """Recipients whom the next hop has refused for good."""
    tries: int
    given_up: bool
    """Reading it has ended its worker time and again."""


def claim_unread(store: Store, now: datetime, *, besides: Collection[str] = ()) -> ReadingJob | None:
    """The message that is due longest and that no other worker is at; None when there is none.

    `besides` are those that the caller is at itself. Raises StoreError, also when the sealed message cannot be opened.
    """
    due = (
        select(AwaitingRow)
        .where(col(AwaitingRow.due_at) <= now)
        .where(or_(col(AwaitingRow.claimed_until).is_(None), col(AwaitingRow.claimed_until) < now))
        .where(col(AwaitingRow.case_id).not_in(besides))
        .order_by(col(AwaitingRow.due_at), col(AwaitingRow.case_id))
    )
    with next_row(store, due) as found:
        if found is None:
            return None
        session, row = found
        row.claimed_until, row.claims, row.begun = now + CLAIM, row.claims + 1, row.begun + 1
        session.add(row)
    return ReadingJob(
        case_id=row.case_id,
        envelope=unpack_envelope(row.envelope),
        raw=_open(store, row, now),
        received_at=row.received_at,
        claim=row.claims,
        remaining=tuple(row.remaining),
        refused=tuple(row.refused),
        tries=row.tries,
        given_up=row.begun > _MOST_BEGINNINGS,
    )


def start_sending(store: Store, job: ReadingJob, now: datetime) -> None:
    """The message is about to leave: the last look at the claim, and a mark that stays until the answer is on record.

    As `cases.releasing.claim.start`. Raises ClaimLost, then nothing may be sent; StoreError.
    """
    ours = (_TABLE.c.case_id == job.case_id, _TABLE.c.claims == job.claim)
    with store.recording() as connection:
        row = connection.execute(select(_TABLE.c.sending_at).where(*ours).with_for_update()).first()
        if row is None:
            raise ClaimLost(f"another worker is at {job.case_id}")
        connection.execute(update(_TABLE).where(*ours).values(sending_at=now, claimed_until=now + CLAIM))
        if row.sending_at is not None:
            details = {"since": row.sending_at.isoformat(), "note": "may be the second copy"}
            store.audit.append_all(connection, [Entry("release again", "guard", now, job.case_id, details)])


def renew_reading(store: Store, job: ReadingJob, now: datetime) -> bool:
    """Hold the claim for longer; False when the message is another worker's by now. Raises StoreError."""
    ours = update(_TABLE).where(_TABLE.c.case_id == job.case_id, _TABLE.c.claims == job.claim)
    with store.recording() as connection:
        return connection.execute(ours.values(claimed_until=now + CLAIM)).rowcount == 1


def put_back(store: Store, job: ReadingJob) -> None:
    """Leave it to whoever comes next, at once: this worker is stopped. Raises StoreError."""
    ours = update(_TABLE).where(_TABLE.c.case_id == job.case_id, _TABLE.c.claims == job.claim)
    with store.recording() as connection:
        connection.execute(ours.values(claimed_until=None, begun=_TABLE.c.begun - 1))


def count_unread(store: Store) -> int:
    """How many messages wait. Raises StoreError."""
    with store.reading() as session:
        return session.exec(select(func.count()).select_from(AwaitingRow)).one()


def forget_reading_claims(store: Store) -> None:
    """As `cases.releasing.claim.forget_claims`: once, at start, and on SQLite only."""
    if store.engine.dialect.name == "sqlite":
        with store.recording() as connection:
            connection.execute(
                update(_TABLE).where(_TABLE.c.claimed_until.is_not(None)).values(claimed_until=_LONG_AGO)
            )


def _open(store: Store, row: AwaitingRow, now: datetime) -> bytes:
    sealed = Sealed(row.key_id, row.wrapped_key, row.sealed)
    try:
        return store.sealer.open(sealed, case_id=row.case_id, digest=row.sha256)
    except StoreError as error:
        # Out of the way of the others; a key file that is put right opens it.
        with store.recording() as connection:
            ours = (_TABLE.c.case_id == row.case_id, _TABLE.c.claims == row.claims)
            later = {"due_at": now + PAUSE, "claimed_until": None, "begun": 0, "last_answer": str(error)}
            connection.execute(update(_TABLE).where(*ours).values(later))
        raise
