"""Letters that an act calls for: written down in the act's own transaction, sent later by `notices/`."""

from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from mailguard.store.tables.cases import CaseRow
from mailguard.store.tables.outbox import NoticeRow

TURNED_AWAY = ("rejected", "returned")
"""Kinds of the letters to senders that tell of a decision which could be taken back until then."""


def notice_row(
    kind: str,
    to: str,
    *,
    case_id: str | None,
    at: datetime,
    details: dict[str, Any] | None = None,
    due: datetime | None = None,
) -> dict[str, Any]:
    """A letter as a row of `notices`, for whoever writes many at once. `due` is when it goes out (None: at once)."""
    return {
        "kind": kind,
        "to": to,
        "case_id": case_id,
        "details": details or {},
        "created_at": at,
        "due_at": due or at,
        "tries": 0,
    }


def write_notice(
    session: Session,
    kind: str,
    to: str,
    *,
    case: CaseRow | None,
    at: datetime,
    details: dict[str, Any] | None = None,
    due: datetime | None = None,
) -> None:
    """Put a letter into the outbox; `case` is what it tells of, if it tells of one. `due`: not before (None: now)."""
    case_id = case.id if case else None
    session.add(NoticeRow(**notice_row(kind, to, case_id=case_id, at=at, details=details, due=due)))


def write_sender_notice(
    session: Session,
    kind: str,
    case: CaseRow,
    *,
    at: datetime,
    details: dict[str, Any] | None = None,
    due: datetime | None = None,
) -> None:
    """Put a letter to the sender into the outbox, unless nobody would read it: null reverse-path, automatic mail."""
    if case.reverse_path and not case.automatic:
        write_notice(session, kind, case.reverse_path, case=case, at=at, details=details, due=due)


def recall_notices(session: Session, case_id: str, since: datetime, why: str) -> bool:
    """Keep in what an act of that moment has written about a case. False: a letter that tells its sender of the
    decision is on its way already.
    """
    written = col(NoticeRow.case_id) == case_id, col(NoticeRow.created_at) >= since
    waiting = update(NoticeRow).where(*written, col(NoticeRow.tries) == 0, col(NoticeRow.due_at).is_not(None))
    session.execute(waiting.values(due_at=None, last_answer=why))
    # Asked afterwards: whoever was about to begin has waited for the rows, or the statement above for them.
    begun = select(NoticeRow.id).where(*written, NoticeRow.tries > 0, col(NoticeRow.kind).in_(TURNED_AWAY))
    return session.exec(begun).first() is None
