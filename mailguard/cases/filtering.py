"""What a list of cases is asked for: a filter, and the conditions that it makes."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Text, and_, cast, or_
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from mailguard.core.case import CaseState
from mailguard.core.reason import ReasonCode
from mailguard.core.severity import Severity
from mailguard.store.tables.cases import CaseRow, RecipientRow
from mailguard.store.tables.reviewing import AssignmentRow


class Order(StrEnum):
    """Which case comes first."""

    WORST = "worst"
    """By severity, and of one severity what waits longest."""
    OLDEST = "oldest"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases are wanted; what is empty is not asked."""

    states: frozenset[CaseState] | None = None
    """None: all."""
    query: str = ""
    """Text in id, sender, recipient, subject, or a customer's id or name."""
    severities: frozenset[Severity] = frozenset()
    reason: ReasonCode | None = None
    team: str = ""
    sender: str = ""
    """A whole address, or a part of one."""
    recipient: str = ""
    customer: str = ""
    """Part of a customer's id or name."""
    rule: str = ""
    """How the id of a rule that found something begins; letters, digits, dots, dashes."""
    since: datetime | None = None
    until: datetime | None = None
    """Received before that moment."""
    due_before: datetime | None = None
    """Held, and returned to its sender before that moment unless somebody decides."""
    late_at: datetime | None = None
    """Held, and the time for a reminder has come by that moment."""
    at_it: int | None = None
    """The number of the user who is at it."""
    taken: bool | None = None
    """Whether anybody is at it."""


def conditions(wanted: CaseFilter, now: datetime) -> list[ColumnElement[bool]]:
    """Everything that is asked of a case, as one list."""
    asked = [*indexed(wanted), *scoped(wanted), *residual(wanted, now)]
    if wanted.at_it is not None or wanted.taken:
        asked.append(col(CaseRow.id).in_(taken_cases(now, wanted.at_it)))
    return asked


def scoped(wanted: CaseFilter) -> list[ColumnElement[bool]]:
    """State and severity."""
    asked: list[ColumnElement[bool]] = []
    if wanted.states is not None:
        asked.append(col(CaseRow.state).in_(sorted(wanted.states)))
    if wanted.severities:
        asked.append(col(CaseRow.severity).in_(sorted(map(int, wanted.severities))))
    return asked


def indexed(wanted: CaseFilter) -> list[ColumnElement[bool]]:
    """Conditions beside state and severity that an index in the order of time is read with."""
    asked: list[ColumnElement[bool]] = []
    if wanted.team:
        asked.append(col(CaseRow.team) == wanted.team)
    if wanted.since:
        asked.append(col(CaseRow.received_at) >= wanted.since)
    if wanted.until:
        asked.append(col(CaseRow.received_at) < wanted.until)
    return asked


def residual(wanted: CaseFilter, now: datetime) -> list[ColumnElement[bool]]:
    """Conditions that no index answers: they are asked of cases one by one."""
    asked: list[ColumnElement[bool]] = []
    if wanted.query:
        asked.append(_mentions(wanted.query))
    if wanted.reason:
        asked.append(_judged(f'"code": "{wanted.reason.value}"'))
    if wanted.rule:
        asked.append(_judged(f'"rule": "{wanted.rule}'))
    if wanted.sender:
        asked.append(col(CaseRow.reverse_path).icontains(wanted.sender, autoescape=True))
    if wanted.recipient:
        asked.append(_goes_to(wanted.recipient))
    if wanted.customer:
        asked.append(col(CaseRow.customers).contains(wanted.customer.casefold(), autoescape=True))
    expires_at, remind_at = col(CaseRow.expires_at), col(CaseRow.remind_at)
    if wanted.due_before:
        asked.append(expires_at < wanted.due_before)
    if wanted.late_at:
        asked.append(and_(expires_at.is_not(None), or_(remind_at.is_(None), remind_at <= wanted.late_at)))
    if wanted.due_before or wanted.late_at:
        asked.append(col(CaseRow.state) == CaseState.HELD)
    if wanted.taken is False:
        asked.append(col(CaseRow.id).not_in(taken_cases(now)))
    return asked


def taken_cases(now: datetime, by: int | None = None) -> SelectOfScalar[str]:
    """Ids of the cases that somebody is at, or that one user is at. Never many: it runs out after minutes."""
    query = select(AssignmentRow.case_id).where(col(AssignmentRow.until) > now)
    return query if by is None else query.where(AssignmentRow.user_id == by)


def _mentions(text: str) -> ColumnElement[bool]:
    return or_(
        col(CaseRow.reverse_path).icontains(text, autoescape=True),
        col(CaseRow.subject).icontains(text, autoescape=True),
        col(CaseRow.customers).contains(text.casefold(), autoescape=True),
        _goes_to(text),
    )


def _goes_to(address: str) -> ColumnElement[bool]:
    there = select(RecipientRow.case_id).where(
        RecipientRow.case_id == CaseRow.id, col(RecipientRow.address).icontains(address, autoescape=True)
    )
    return there.exists()


def _judged(words: str) -> ColumnElement[bool]:
    # Looked for in the JSON as it is written: inside a text of it, these quotes would stand behind backslashes.
    return cast(col(CaseRow.judgement), Text).contains(words, autoescape=True)
