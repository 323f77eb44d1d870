"""What a reporter has said, sealed. It opens for a person who asks for it, and that is written down."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlmodel import Session, col, func, select

from mailguard.core.errors import NotYours, StoreError
from mailguard.core.person import Person, Role
from mailguard.incidents.reports.keys import report_key, report_keys
from mailguard.incidents.reports.report import Channel, require_row
from mailguard.store.keys.sealing import Sealed, Sealer
from mailguard.store.store import Store
from mailguard.store.tables.reader_reports import ReaderReportRow, ReaderWordsRow

LONGEST_WORDS = 4000
MOST_TIMES = 20
"""So often may be added to one report: what comes after is not kept."""
TRIAGE_ROLES = frozenset({Role.SUPERVISOR, Role.OPS, Role.ADMIN})


@dataclass(frozen=True, slots=True)
class Words:
    """What was said at one time."""

    at: datetime
    channel: Channel
    text: str


def add_words(
    session: Session, store: Store, row: ReaderReportRow, text: str, channel: Channel, *, network: str, lettered: bool
) -> bool:
    """Seal some words and keep them with their report; False when there are too many already.

    `lettered`: a letter with the code goes out for them. They are sealed by a key that is derived from the key file's
    and outlives its exchange, as the keys of the audit trail do (`store.keys.retired`).
    """
    count = session.exec(select(func.count()).where(col(ReaderWordsRow.report_id) == row.id)).one()
    if count >= MOST_TIMES and not lettered:
        return False
    body = text[:LONGEST_WORDS].encode("utf-8", "replace")
    sealed = Sealer(report_key(store)).seal(body, **_bound(row))
    session.add(
        ReaderWordsRow(
            report_id=row.id or 0,
            at=store.clock(),
            channel=channel,
            network=network,
            lettered=lettered,
            key_id=sealed.key_id,
            wrapped_key=sealed.wrapped_key,
            sealed=sealed.sealed,
        )
    )
    return True


def open_words(store: Store, report_id: int, person: Person) -> list[Words]:
    """Everything that was said, oldest first; that the person opened it is an entry of the audit trail.

    Raises NoSuchReport, NotYours (auditors read no words), StoreError when a bit was changed.
    """
    if person.role not in TRIAGE_ROLES:
        raise NotYours("words of reports are opened by supervisors, ops and admins")
    with store.writing() as session:
        row = require_row(session, report_id)
        words = _open_all(session, store, row)
        details = {"report": report_id, "times": len(words)}
        store.audit.append(session, "report words opened", actor=person.name, at=store.clock(), details=details)
    return words


def _open_all(session: Session, store: Store, row: ReaderReportRow) -> list[Words]:
    query = select(ReaderWordsRow).where(ReaderWordsRow.report_id == row.id).order_by(col(ReaderWordsRow.id))
    rows = list(session.exec(query))
    if not rows:
        return []
    sealers = {sealer.key_id: sealer for sealer in map(Sealer, report_keys(store, session))}
    return [Words(one.at, Channel(one.channel), _open(sealers, one, row).decode("utf-8", "replace")) for one in rows]


def _open(sealers: dict[str, Sealer], words: ReaderWordsRow, row: ReaderReportRow) -> bytes:
    sealer = sealers.get(words.key_id)
    if sealer is None:
        raise StoreError(f"words of report {row.id} are sealed with a key that is not here", reason="a key is missing")
    sealed = Sealed(words.key_id, words.wrapped_key, words.sealed)
    return sealer.open(sealed, **_bound(row))


def _bound(row: ReaderReportRow) -> dict[str, str]:
    # The seed is the report's own, so nobody can put one report's words under another.
    return {"case_id": f"report {row.seed}", "digest": sha256(row.seed.encode()).hexdigest()}
