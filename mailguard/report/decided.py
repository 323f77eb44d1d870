"""The decisions of a week: how long they took, who took them, and whether anybody had read."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, or_, select

from mailguard.cases.deadlines.reached import REMINDER
from mailguard.cases.deciding.standing import stands
from mailguard.cases.seeding.outcome import KIND as TEST
from mailguard.report.held import within
from mailguard.report.week import Week
from mailguard.store.tables.audit import AuditRow
from mailguard.store.tables.cases import CaseRow
from mailguard.store.tables.decisions import AfterReviewRow, DecisionRow
from mailguard.store.tables.people import UserRow
from mailguard.store.tables.reviewing import AttentionRow

HASTE = timedelta(seconds=3)
"""Nobody reads a letter in less."""
_MANY = 500


@dataclass(frozen=True, slots=True)
class Word:
    """What one person said about one case."""

    case_id: str
    user_id: int
    action: str
    at: datetime
    took: timedelta
    final: bool
    """Not the first of two approvals: that is no decision yet."""
    first: bool
    """Not a second decision on the same case (an undeliverable message that was given back)."""
    agrees: bool | None
    """Whether it says the same as the first approval of a case that needs two; None where it is not a second word."""


@dataclass(frozen=True, slots=True)
class AttentionCount:
    """How attentive the reviewers were."""

    wrong: int
    """Wrong answers before an approval."""
    tests: int
    """Made-up cases that somebody decided."""
    missed: int
    """Those of them that somebody would have sent."""


def read_words(session: Session, week: Week) -> list[Word]:
    """Every word of the week, in order."""
    touched = select(DecisionRow.case_id).where(*within(DecisionRow.at, week))
    query = (
        select(DecisionRow, CaseRow.received_at, CaseRow.approvals_needed)
        .join(CaseRow, col(CaseRow.id) == col(DecisionRow.case_id))
        # Those before the week, too: what is a first word, and what a second, hangs on them.
        .where(col(DecisionRow.case_id).in_(touched), col(DecisionRow.at) < week.end, stands())
        .order_by(col(DecisionRow.at), col(DecisionRow.id))
    )
    known: set[str] = set()
    approvals: Counter[str] = Counter()
    words = []
    for decision, received_at, needed in session.exec(query):
        case_id, action = decision.case_id, decision.action
        second = needed > 1 and approvals[case_id] > 0 and case_id not in known
        approvals[case_id] += action == "approve"
        final = not (action == "approve" and approvals[case_id] < needed and not decision.break_glass)
        if decision.at >= week.start:
            words.append(
                Word(
                    case_id,
                    decision.user_id,
                    action,
                    decision.at,
                    decision.at - received_at,
                    final,
                    final and case_id not in known,
                    action == "approve" if second else None,
                )
            )
        if final:
            known.add(case_id)
    return words


def read_people(session: Session, users: set[int]) -> dict[int, UserRow]:
    """The users themselves: a decision keeps its user, locked out or not."""
    rows = session.exec(select(UserRow).where(col(UserRow.id).in_(users)))
    return {row.id: row for row in rows if row.id is not None}


def reminded_before(session: Session, words: Sequence[Word]) -> set[str]:
    """The cases of which somebody had been reminded before they were decided."""
    decided_at = {word.case_id: word.at for word in words if word.first}
    reminders = _earliest(session, REMINDER, sorted(decided_at))
    return {case_id for case_id, _, at in reminders if at < decided_at[case_id]}


def unread(session: Session, words: Sequence[Word], people: Mapping[int, UserRow]) -> list[Word]:
    """Approvals less than `HASTE` after the person first opened the case, and those without that.

    By the first look and not by the last: who reads, reveals a value and sees the page anew has read.
    """
    approvals = [word for word in words if word.action == "approve"]
    looks = _earliest(session, "view", sorted({word.case_id for word in approvals}))
    opened = {(case_id, actor): at for case_id, actor, at in looks}

    def had(word: Word) -> timedelta:
        at = opened.get((word.case_id, people[word.user_id].name))
        return word.at - at if at is not None and at <= word.at else timedelta(0)

    return [word for word in approvals if had(word) < HASTE]


def count_broken_glass(session: Session, week: Week) -> int:
    """Messages that one person alone approved in the week, by breaking the glass."""
    broken = col(DecisionRow.break_glass).is_(True)
    return session.exec(select(func.count()).where(broken, *within(DecisionRow.at, week))).one()


def count_unreviewed(session: Session, moment: datetime) -> int:
    """Approvals by broken glass that nobody had reviewed by a moment."""
    query = (
        select(func.count())
        .select_from(DecisionRow)
        .outerjoin(AfterReviewRow, col(AfterReviewRow.decision_id) == col(DecisionRow.id))
        .where(col(DecisionRow.break_glass).is_(True), DecisionRow.at < moment)
        .where(or_(col(AfterReviewRow.at).is_(None), col(AfterReviewRow.at) >= moment))
    )
    return session.exec(query).one()


def count_attention(session: Session, week: Week) -> AttentionCount:
    """The answers to the attention check in the week, and the decisions on made-up cases."""
    query = select(AttentionRow.kind, AttentionRow.passed, func.count()).where(*within(AttentionRow.at, week))
    wrong = tests = missed = 0
    for kind, passed, count in session.exec(query.group_by(AttentionRow.kind, col(AttentionRow.passed))):
        if kind != TEST:
            wrong += 0 if passed else count
            continue
        tests += count
        missed += 0 if passed else count
    return AttentionCount(wrong, tests, missed)


def _earliest(session: Session, act: str, cases: Sequence[str]) -> Iterator[tuple[str, str, datetime]]:
    """Case, actor and moment of the first such act of each person on each case."""
    first = func.min(AuditRow.at, type_=AuditRow.at.type)  # type: ignore[attr-defined]
    for start in range(0, len(cases), _MANY):
        some = col(AuditRow.case_id).in_(cases[start : start + _MANY])
        query = select(AuditRow.case_id, AuditRow.actor, first).where(AuditRow.act == act, some)
        yield from session.exec(query.group_by(col(AuditRow.case_id), col(AuditRow.actor)))  # type: ignore[misc]
