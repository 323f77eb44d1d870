"""Letters that an act calls for: written down in the act's own transaction, sent later by `notices/`."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from mailguard.store.tables import CaseRow, NoticeRow


def write_notice(
    session: Session, kind: str, to: str, *, case: CaseRow | None, at: datetime, details: dict[str, Any] | None = None
) -> None:
    """Put a letter into the outbox; `case` is what it tells of, if it tells of one."""
    case_id = case.id if case else None
    session.add(NoticeRow(kind=kind, to=to, case_id=case_id, details=details or {}, created_at=at, due_at=at))


def write_sender_notice(
    session: Session, kind: str, case: CaseRow, *, at: datetime, details: dict[str, Any] | None = None
) -> None:
    """Put a letter to the sender into the outbox, unless nobody would read it: null reverse-path, automatic mail."""
    if case.reverse_path and not case.automatic:
        write_notice(session, kind, case.reverse_path, case=case, at=at, details=details)
