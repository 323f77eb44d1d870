"""What is said about a case: comments among reviewers, questions to its sender, and what the sender answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from mailguard.cases.deciding.four_eyes import is_sender
from mailguard.cases.deciding.reasons import check_words
from mailguard.cases.deciding.rights import is_beside_sender, is_second_person, may_break, on_record, require_rights
from mailguard.cases.deciding.standing import open_decisions
from mailguard.cases.outbox import write_notice, write_sender_notice
from mailguard.cases.reading import ReadLetter
from mailguard.cases.rows import case_row, lock_case
from mailguard.core.case import CaseState
from mailguard.core.errors import AlreadyDecided, BadDecision, NotYours
from mailguard.core.person import Person
from mailguard.core.remark import RemarkKind
from mailguard.message.read import read_letter
from mailguard.store.store import Store
from mailguard.store.tables.cases import CaseRow
from mailguard.store.tables.people import UserRow
from mailguard.store.tables.reviewing import RemarkRow

MOST = 200
"""Remarks about one case."""
MOST_QUESTIONS = 10
"""Each is a letter to the sender."""
QUESTION, ANSWER = "question", "answer"
"""The letters, which say that something was said and not what."""


_OF_SENDER = frozenset({RemarkKind.ANSWER, RemarkKind.BUSINESS_REASON})
_BETWEEN = frozenset(RemarkKind) - {RemarkKind.COMMENT}
"""Said between the reviewers and the sender."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that was said."""

    id: int
    kind: RemarkKind
    by: str
    """Login name."""
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MaySay:
    """What a person may say about a case now."""

    comment: bool
    question: bool
    answer: bool
    business_reason: bool


def add_remark(
    store: Store, case_id: str, person: Person, kind: RemarkKind, text: str, read: ReadLetter = read_letter
) -> None:
    """Write down what the person says. A question is told to the sender, an answer to who asked, by letters without it.

    A comment is for anybody but an auditor and the sender's side, on a case in any state; the others are for a held
    message: a question is a second person's, an answer and the business reason the sender's. No deadline waits for any
    of it. Raises NotYours, AlreadyDecided, NoSuchCase, BadDecision (nothing said, too much, a secret of the letter,
    nobody to ask or to answer).
    """
    if not text.strip():
        raise BadDecision("write something first")
    if kind is RemarkKind.RETURN:
        raise BadDecision("a message is returned for correction by a decision")
    with store.reading() as session:
        _require_right(session, case_id, person, kind, store.clock())
    check_words(store, case_id, person, text, read)
    now = store.clock()
    with store.writing() as session:
        # Locked, so that a question is not asked about a message that is decided at this moment.
        case = lock_case(session, case_id)
        _require_right(session, case_id, person, kind, now)
        _require_sense(session, case, kind)
        if kind is RemarkKind.ANSWER:
            _tell_askers(session, case, now)
        session.add(RemarkRow(case_id=case_id, user_id=person.user_id, kind=kind.value, text=text, at=now))
        if kind is RemarkKind.QUESTION and not case.seeded:
            write_sender_notice(session, QUESTION, case, at=now)
        # The words stand in `remarks`, which cannot be changed: in the trail they would outlive the case's retention.
        store.audit.append(session, f"remark: {kind.value}", actor=person.name, at=now, case_id=case_id)


def list_remarks(store: Store, case_id: str, person: Person) -> tuple[Remark, ...]:
    """What was said about a case that the person sees, oldest first; the sender's side hears no comments."""
    now = store.clock()
    with store.reading() as session:
        beside = is_beside_sender(session, case_id, person, now)
        case = session.get(CaseRow, case_id)
        # A return that can still be taken back is told to nobody outside.
        open_still = beside and bool(open_decisions(session, case_id, now))
        query = select(RemarkRow, UserRow.name).join(UserRow, col(UserRow.id) == col(RemarkRow.user_id))
        rows = session.exec(query.where(RemarkRow.case_id == case_id).order_by(col(RemarkRow.id))).all()
    decided_at = case.decided_at if case else None
    return tuple(
        Remark(row.id or 0, RemarkKind(row.kind), name, row.text, row.at)
        for row, name in rows
        if (not beside or row.kind in _BETWEEN)
        and (row.kind != RemarkKind.RETURN or (row.at == decided_at and not open_still))
    )


def may_say(store: Store, case_id: str, person: Person) -> MaySay:
    """What the page offers; `add_remark` checks again."""
    now = store.clock()
    with store.reading() as session:
        case = case_row(session, case_id)
        held = case.state == CaseState.HELD
        own = is_sender(session, case_id, person)
        return MaySay(
            comment=may_break(session, case_id, person, now),
            question=held and is_second_person(session, case_id, person, now) and _has_reader(case),
            answer=held and own and _waits_for_answer(session, case_id),
            business_reason=held and own,
        )


def waiting_questions(session: Session, case_ids: Sequence[str]) -> frozenset[str]:
    """Those of the cases whose last question has no answer."""
    spoken = col(RemarkRow.kind).in_([RemarkKind.QUESTION, RemarkKind.ANSWER])
    last = select(func.max(RemarkRow.id)).where(col(RemarkRow.case_id).in_(case_ids), spoken)
    query = select(RemarkRow.case_id).where(
        col(RemarkRow.id).in_(last.group_by(col(RemarkRow.case_id))), RemarkRow.kind == RemarkKind.QUESTION
    )
    return frozenset(session.exec(query))


def _require_right(session: Session, case_id: str, person: Person, kind: RemarkKind, at: datetime) -> None:
    if kind in _OF_SENDER:
        if on_record(session, person.user_id) is None or not is_sender(session, case_id, person):
            raise NotYours("only the sender of a message answers for it")
    elif kind is RemarkKind.QUESTION:
        require_rights(session, case_id, person, at)
    elif not may_break(session, case_id, person, at):
        raise NotYours("comments are among reviewers: not for auditors, and not for the sender's side")


def _require_sense(session: Session, case: CaseRow, kind: RemarkKind) -> None:
    counted = select(func.count()).select_from(RemarkRow).where(RemarkRow.case_id == case.id)
    if session.exec(counted).one() >= MOST:
        raise BadDecision("too much has been said about this case already")
    if kind is RemarkKind.COMMENT:
        return
    if case.state != CaseState.HELD:
        raise AlreadyDecided(f"case {case.id} is {case.state}: there is nothing to ask or to answer any more")
    if kind is RemarkKind.QUESTION:
        if not _has_reader(case):
            raise BadDecision("nobody reads letters there: the message was sent by a machine")
        if session.exec(counted.where(RemarkRow.kind == kind)).one() >= MOST_QUESTIONS:
            raise BadDecision("the sender has been asked often enough: decide, or talk to them")
    if kind is RemarkKind.ANSWER and not _waits_for_answer(session, case.id):
        raise BadDecision("there is no question that waits for an answer")


def _has_reader(case: CaseRow) -> bool:
    # A made-up case has no sender, and says so to nobody.
    return bool(case.reverse_path) and (case.seeded or not case.automatic)


def _waits_for_answer(session: Session, case_id: str) -> bool:
    return case_id in waiting_questions(session, [case_id])


def _tell_askers(session: Session, case: CaseRow, at: datetime) -> None:
    """A letter to everybody whose question had no answer yet and who may still hear it."""
    spoken = select(RemarkRow).where(RemarkRow.case_id == case.id).order_by(col(RemarkRow.id).desc())
    askers: dict[int, None] = {}
    for row in session.exec(spoken):
        if row.kind == RemarkKind.ANSWER:
            break
        if row.kind == RemarkKind.QUESTION:
            askers[row.user_id] = None
    for user_id in askers:
        asker = on_record(session, user_id)
        if asker is not None and not is_beside_sender(session, case.id, asker, at):
            write_notice(session, ANSWER, asker.email, case=case, at=at)
