"""Letters to ops about a source of the register that does not come through, and that does so again."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, update
from sqlmodel import Session, col, select

from mailguard.core.one_line import one_line
from mailguard.core.settings import Settings
from mailguard.customers.moments import as_utc
from mailguard.customers.tables import SourceRow
from mailguard.notices.blocks import Block, blocks_of
from mailguard.notices.letter import Draft, format_moment, write_message
from mailguard.notices.wording import load_wording
from mailguard.store.store import Store
from mailguard.store.tables import NoticeRow

TROUBLE, WELL = "register_trouble", "register_well"
_ONCE_IN = timedelta(days=1)
_LONGEST_PROBLEM = 500


def tell_trouble(store: Store, to: Sequence[str], source: str, problem: str) -> bool:
    """Write to ops that a sync did not come through: once a source and day, however often it fails, on any node.

    `problem` holds nothing of customers. Gives whether letters were written. Raises StoreError.
    """
    now = store.clock()
    told = col(SourceRow.told_at)
    due = update(SourceRow).where(col(SourceRow.name) == source, or_(told.is_(None), told <= now - _ONCE_IN))
    with store.writing() as session:
        if not to or session.execute(due.values(told_at=now)).rowcount != 1:  # type: ignore[attr-defined]
            return False
        _write(session, store, TROUBLE, to, source, one_line(problem, _LONGEST_PROBLEM))
    return True


def tell_well(store: Store, to: Sequence[str], source: str) -> bool:
    """Write the all-clear after a trouble that ops was told of, once. Gives whether letters were written."""
    with store.reading() as session:
        if not to or not _is_open(session, source):
            return False
    with store.writing() as session:
        # The lock puts two nodes in line: the second one sees the first one's letters.
        session.exec(select(SourceRow).where(SourceRow.name == source).with_for_update()).one()
        if not _is_open(session, source):
            return False
        _write(session, store, WELL, to, source)
    return True


def compose_register(notice: NoticeRow, settings: Settings) -> bytes:
    """The letter as it goes over the wire.

    Raises OddAddress for a recipient that cannot be written to safely, ConfigError for an operator's template that
    fails.
    """
    wording = load_wording(settings.notices.language, settings.notices.templates)
    labels, details = wording.words["labels"], notice.details
    source, problem = (one_line(str(details.get(name, "")), _LONGEST_PROBLEM) for name in ("source", "problem"))
    subject, text = wording.write(notice.kind, {"source": source})
    last = details.get("synced_at")
    at = format_moment(datetime.fromisoformat(str(last)), wording.language, settings.report.time_zone) if last else ""
    rows = [(labels["source"], source), (labels["last_sync"], at or str(wording.words["never"]))]
    if problem:
        rows.append((labels["problem"], problem))
    draft = Draft(
        language=wording.language,
        subject=subject,
        blocks=blocks_of(text, {"facts": Block("facts", rows=tuple(rows))}),
        footer=str(wording.words["footer"]),
        topic=f"register-{source}",
    )
    return write_message(notice, draft, settings)


def _is_open(session: Session, source: str) -> bool:
    """Whether the last letter about a source was one of trouble."""
    letters = select(NoticeRow).where(col(NoticeRow.kind).in_((TROUBLE, WELL))).order_by(col(NoticeRow.id).desc())
    mine = (row.kind for row in session.exec(letters.limit(1000)) if row.details.get("source") == source)
    return next(mine, WELL) == TROUBLE


def _write(session: Session, store: Store, kind: str, to: Sequence[str], source: str, problem: str = "") -> None:
    now = store.clock()
    synced_at = session.exec(select(SourceRow.synced_at).where(SourceRow.name == source)).first()
    details = {
        "source": source,
        "problem": problem,
        "synced_at": as_utc(synced_at).isoformat() if synced_at else None,
    }
    for address in to:
        session.add(NoticeRow(kind=kind, to=address, details=details, created_at=now, due_at=now))
