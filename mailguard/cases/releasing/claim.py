"""Approved messages on their way out: which one is next, and whose it is.

Exactly once needs two things that cannot be had together: the next hop's store and ours are not one. So a message goes
out again only where its worker was lost between the final dot and the record of the answer, and the audit trail then
says `release again`. Everything else is kept apart by the claim: it has a number, it is renewed while the worker lives,
and it is looked at once more at the last moment before the message leaves (`start`).
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import or_, update
from sqlmodel import col, select

from mailguard.cases.deciding.correcting import check_corrections
from mailguard.cases.deciding.finishing import remember_final
from mailguard.cases.deciding.standing import last_decision
from mailguard.cases.reading import open_body
from mailguard.cases.releasing.corrected import correct, envelope_for
from mailguard.cases.releasing.job import ReleaseJob, is_ours
from mailguard.cases.releasing.recipients_left import corrections, remaining_addresses, remaining_rows
from mailguard.cases.releasing.settle import conclude, postpone, refuse, try_later
from mailguard.cases.rows import lock_case
from mailguard.core.case import CaseState
from mailguard.core.errors import CannotCorrect, ClaimLost, MailguardError, StoreError
from mailguard.store.claiming import next_row
from mailguard.store.store import Store
from mailguard.store.tables.cases import CaseRow

CLAIM = timedelta(minutes=5)
"""How long a claim holds that nobody renews: a worker that died leaves its case to another after that."""
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def claim(store: Store, now: datetime, *, besides: Collection[str] = ()) -> ReleaseJob | None:
    """The approved case that is due longest and that no other worker is at; None when there is none.

    `besides` are cases that the caller is at itself: should the clock jump over the end of their claims, they are still
    its own. Raises StoreError, also when the sealed body is not the one that was judged.
    """
    due = (
        select(CaseRow)
        .where(CaseRow.state == CaseState.APPROVED, col(CaseRow.release_at) <= now)
        .where(or_(col(CaseRow.claimed_until).is_(None), col(CaseRow.claimed_until) < now))
        .where(col(CaseRow.id).not_in(besides))
        .order_by(col(CaseRow.release_at), col(CaseRow.id))
    )
    with next_row(store, due) as found:
        if found is None:
            return None
        session, row = found
        row.claimed_until, row.claims = now + CLAIM, row.claims + 1
        session.add(row)
        if row.claims == 1:
            remember_final(session, row, now)
        addresses = remaining_addresses(session, row)
        if not remaining_rows(session, row.id):
            # A worker that was slow has delivered it after all (see `settle`), and then a person said `retry`.
            conclude(store, session, row.id, CaseState.RELEASED, row.last_answer or "", now)
            return None
        if not addresses:
            try_later(store, session, row, "the approvals on record let nobody through", now)
            return None
        instead, decision = corrections(session, row), last_decision(session, row.id)
    job = ReleaseJob(row.id, envelope_for(row, addresses, instead), b"", row.claims, instead)
    raw = _open(store, job, now)
    if not instead:
        return replace(job, raw=raw)
    try:
        check_corrections(store, job.case_id, instead)
        return replace(job, raw=correct(raw, instead, decision.leaves_sha256 if decision else None))
    except CannotCorrect as error:
        refuse(store, job, str(error), now)
    except MailguardError as error:
        postpone(store, job, str(error), now)
        raise
    return None


def renew(store: Store, job: ReleaseJob, now: datetime) -> bool:
    """Hold the claim for longer; False when the case is another worker's by now. Raises StoreError."""
    ours = update(CaseRow).where(
        col(CaseRow.id) == job.case_id, col(CaseRow.claims) == job.claim, col(CaseRow.state) == CaseState.APPROVED
    )
    with store.writing() as session:
        renewed: int = session.execute(ours.values(claimed_until=now + CLAIM)).rowcount  # type: ignore[attr-defined]
    return renewed == 1


def start(store: Store, job: ReleaseJob, now: datetime) -> None:
    """The message is about to leave: the last look at the claim, and a mark that stays until the answer is on record.

    A mark that is there already is from an attempt whose end nobody knows: what leaves now may be a second copy, and
    the audit trail says so. Raises ClaimLost, then nothing may be sent; StoreError, RegisterError.
    """
    try:
        check_corrections(store, job.case_id, job.corrections)
    except CannotCorrect as error:
        refuse(store, job, str(error), now)
        raise ClaimLost(f"case {job.case_id}: {error}") from None
    with store.writing() as session:
        row = lock_case(session, job.case_id)
        if not is_ours(row, job) or remaining_addresses(session, row) != list(job.envelope.recipients):
            raise ClaimLost(f"another worker is at case {job.case_id}")
        if row.sending_at is not None:
            details = {"since": row.sending_at.isoformat(), "note": "may be the second copy"}
            store.audit.append(session, "release again", actor="guard", at=now, case_id=row.id, details=details)
        row.sending_at, row.claimed_until = now, now + CLAIM
        session.add(row)


def forget_claims(store: Store) -> None:
    """End what a worker of ours had claimed when it died; to be called once, at start, before any worker runs.

    Only on SQLite, whose database belongs to one guard: on PostgreSQL another node may be at work on its claim, and
    there a claim ends by itself.
    """
    if store.engine.dialect.name == "sqlite":
        ended = update(CaseRow).where(col(CaseRow.claimed_until).is_not(None)).values(claimed_until=_LONG_AGO)
        with store.writing() as session:
            session.execute(ended)


def _open(store: Store, job: ReleaseJob, now: datetime) -> bytes:
    try:
        raw = open_body(store, job.case_id)
        if raw is None:
            raise StoreError(f"the sealed body of case {job.case_id} is gone")
    except StoreError as error:
        # Shown with the case, and out of the way of the others.
        postpone(store, job, str(error), now)
        raise
    return raw
