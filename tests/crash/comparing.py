"""After a run: what clients and reviewers were told against what is in the store and at the next hop."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256

from sqlmodel import Session, col, func, select, text

from mailguard.cases.reading import open_body
from mailguard.core.case import CaseState
from mailguard.store.store import Store
from mailguard.store.tables.audit import AuditRow
from mailguard.store.tables.cases import BodyRow, CaseRow, IdentityRow, RecipientRow
from mailguard.store.tables.decisions import DecisionRow
from mailguard.store.tables.outbox import NoticeRow
from tests.crash.record import Record
from tests.crash.sink import ClockedSink
from tests.crash.traffic import is_to_be_held

_MARKER = re.compile(rb"marker-(\d+)-end")
_MESSAGE_ID = re.compile(rb"^message-id: *(<[^>]+>)", re.IGNORECASE | re.MULTILINE)
_STAMP = b"X-Mailguard-Case: "
_OPENED_AT_MOST = 500
"""Bodies of undecided cases that are opened one by one."""


@dataclass
class Comparison:
    """What does not fit, and the extra copies that are allowed."""

    violations: list[str] = field(default_factory=list)
    lost: list[tuple[str, float]] = field(default_factory=list)
    """What was acknowledged and is neither held nor delivered, and when it was acknowledged."""
    second_copies: list[float] = field(default_factory=list)
    """When each came."""
    released: int = 0
    open: int = 0
    letters: int = 0


@dataclass
class _Arrived:
    """Messages at the sink, by what they are."""

    clean: Counter[str] = field(default_factory=Counter)
    cases: dict[str, list[tuple[float, bytes]]] = field(default_factory=lambda: defaultdict(list))
    """By case id: when, and the message as judged."""
    letters: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """By Message-ID."""


def compare(store: Store, sink: ClockedSink, record: Record) -> Comparison:
    """Everything that promises 1, 2, 4 and 5 say, on the whole of what came."""
    found = Comparison()
    arrived = _sort(sink)
    with store.reading() as session:
        rows = {row.id: row for row in session.exec(select(CaseRow))}
        again = _again(session)
        approved = set(session.exec(select(DecisionRow.case_id).where(DecisionRow.action == "approve")))
        found.violations += _half_made(session, rows)
        found.violations += _letters_left(session)
        found.letters = session.exec(select(func.count()).where(col(NoticeRow.sent_at).is_not(None))).one()
        _, bad = store.audit.verify(session)[:2]
    if bad:
        found.violations.append(f"audit chain: {bad}")
    found.violations += record.refused
    _compare_clean(found, arrived, record)
    _compare_held(found, arrived, record, rows)
    _compare_released(found, arrived, rows, approved, again)
    for times in arrived.letters.values():
        found.second_copies += times[1:]
    _open_all(found, store, rows)
    return found


def _sort(sink: ClockedSink) -> _Arrived:
    arrived = _Arrived()
    for message, at in zip(sink.messages, sink.times, strict=True):
        body = message.body
        if body.startswith(_STAMP):
            stamp, _, rest = body.partition(b"\r\n")
            # Behind the second line of our own the message begins as it was judged.
            arrived.cases[stamp.removeprefix(_STAMP).decode()].append((at, rest.partition(b"\r\n")[2]))
        elif b"<mailguard@" in body.partition(b"\r\n\r\n")[0] or message.mail.startswith(b"MAIL FROM:<>"):
            found = _MESSAGE_ID.search(body)
            arrived.letters[found[1].decode() if found else ""].append(at)
        else:
            arrived.clean[_marker(body)] += 1
    return arrived


def _marker(body: bytes) -> str:
    found = _MARKER.search(body)
    return found[0].decode() if found else ""


def _compare_clean(found: Comparison, arrived: _Arrived, record: Record) -> None:
    for marker, at in record.passed.items():
        if not arrived.clean[marker]:
            found.lost.append((marker, at))
    for marker, copies in arrived.clean.items():
        if not marker or is_to_be_held(int(marker.split("-")[1])):
            found.violations.append(f"{marker or 'a message'} has left without a case")
        elif copies > record.attempts[marker]:
            found.violations.append(f"{marker} came {copies} times and was sent {record.attempts[marker]} times")


def _compare_held(found: Comparison, arrived: _Arrived, record: Record, rows: dict[str, CaseRow]) -> None:
    for marker, (case_id, at) in record.held.items():
        row = rows.get(case_id)
        if row is None or (row.state == CaseState.RELEASED and not arrived.cases.get(case_id)):
            found.lost.append((marker, at))
    wanted = {"approve": CaseState.RELEASED, "reject": CaseState.REJECTED}
    for case_id, (action, at) in record.decided.items():
        state = rows[case_id].state if case_id in rows else "gone"
        if state != wanted[action]:
            found.violations.append(f"{case_id}: {action} was answered with 200, and it is {state}")
            found.lost.append((case_id, at))


def _compare_released(
    found: Comparison,
    arrived: _Arrived,
    rows: dict[str, CaseRow],
    approved: set[str],
    again: Counter[str],
) -> None:
    for case_id, copies in arrived.cases.items():
        row = rows.get(case_id)
        if row is None or case_id not in approved:
            found.violations.append(f"{case_id} has left without an approval")
            continue
        if any(sha256(body).hexdigest() != row.sha256 for _, body in copies):
            found.violations.append(f"{case_id}: what left is not what was judged")
        if len(copies) - 1 > again[case_id]:
            said = f"the audit trail says `release again` {again[case_id]} times"
            found.violations.append(f"{case_id} came {len(copies)} times; {said}")
        found.second_copies += sorted(at for at, _ in copies)[1:]
    found.released = sum(row.state == CaseState.RELEASED for row in rows.values())


def _open_all(found: Comparison, store: Store, rows: dict[str, CaseRow]) -> None:
    undecided = [row for row in rows.values() if row.state == CaseState.HELD]
    found.open = len(undecided)
    for row in undecided[:_OPENED_AT_MOST]:
        raw = open_body(store, row.id)
        if raw is None or sha256(raw).hexdigest() != row.sha256:
            found.violations.append(f"{row.id} cannot be opened")


def _again(session: Session) -> Counter[str]:
    again = session.exec(select(AuditRow).where(AuditRow.act == "release again"))
    return Counter(row.case_id for row in again if row.case_id)


def _letters_left(session: Session) -> Iterator[str]:
    # A digest is due when its hour comes (`notices.most_an_hour`).
    due = col(NoticeRow.due_at).is_not(None), NoticeRow.kind != "digest"
    for notice in session.exec(select(NoticeRow).where(*due)):
        yield f"letter {notice.id} ({notice.kind}) waits still"


def _half_made(session: Session, rows: dict[str, CaseRow]) -> Iterator[str]:
    """A case has all of its rows and one entry for each of its steps, or it is not there."""
    for table in (RecipientRow, IdentityRow, BodyRow):
        with_one = set(session.exec(select(table.case_id)))
        yield from (f"{case_id} has no {table.__tablename__}" for case_id in rows.keys() - with_one)
        yield from (f"{table.__tablename__} without a case: {case_id}" for case_id in with_one - rows.keys())
    acts = Counter(session.exec(select(AuditRow.case_id, AuditRow.act)))
    decisions = Counter(session.exec(select(DecisionRow.case_id)))
    for case_id, row in rows.items():
        state = CaseState(row.state)
        wanted = {
            "hold": 1,
            "decision: approve": int(state in (CaseState.APPROVED, CaseState.RELEASED)),
            "decision: reject": int(state is CaseState.REJECTED),
            "release": int(state is CaseState.RELEASED),
        }
        for act, times in wanted.items():
            if acts[case_id, act] != times:
                yield f"{case_id} is {state}, and {act} is {acts[case_id, act]} times in the audit trail"
        if decisions[case_id] != wanted["decision: approve"] + wanted["decision: reject"]:
            yield f"{case_id} is {state} and has {decisions[case_id]} decisions"
        if state is CaseState.APPROVED or row.claimed_until is not None:
            yield f"{case_id} is {state}, claimed until {row.claimed_until}"
    if session.get_bind().dialect.name == "sqlite":
        for check in ("integrity_check", "foreign_key_check"):
            problems = [str(tuple(row)) for row in session.execute(text(f"PRAGMA {check}")) if tuple(row) != ("ok",)]
            yield from (f"{check}: {problem}" for problem in problems)
