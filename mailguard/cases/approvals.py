"""Whose approvals a case has, and which of them count: letters about protected customers need two."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from mailguard.cases.four_eyes import is_second_person
from mailguard.core.address import canonical
from mailguard.core.decision import Action
from mailguard.core.person import Person, Role
from mailguard.store.store import Store
from mailguard.store.tables import DecisionRow, UserRow


@dataclass(frozen=True, slots=True)
class Approval:
    """One person's approval."""

    by: str
    """Login name."""
    at: datetime
    recipients: tuple[str, ...]
    """Those that the person approved; what leaves is what all of them did."""


def approvals_of(session: Session, case_id: str) -> list[tuple[DecisionRow, UserRow]]:
    """Every approval on record, oldest first, with its person."""
    query = (
        select(DecisionRow, UserRow)
        .join(UserRow, col(UserRow.id) == DecisionRow.user_id)
        .where(DecisionRow.case_id == case_id, DecisionRow.action == Action.APPROVE)
        .order_by(col(DecisionRow.id))
    )
    return list(session.exec(query).all())


def counting_approvals(session: Session, case_id: str) -> list[tuple[DecisionRow, UserRow]]:
    """Those by people who may still decide on the case: nobody who has been shut out, or found to be its sender."""
    return [
        (decision, user)
        for decision, user in approvals_of(session, case_id)
        if not user.disabled and is_second_person(session, case_id, _person(user))
    ]


def has_approved(given: Sequence[tuple[DecisionRow, UserRow]], person: Person) -> bool:
    """Whether one of these approvals is the person's own, under whichever login of one mail address."""
    mine = canonical(person.email)
    return any(user.id == person.user_id or canonical(user.email) == mine for _, user in given)


def may_approve(store: Store, case_id: str, person: Person) -> bool:
    """Whether the person may decide on the case and has not approved it before."""
    with store.reading() as session:
        return is_second_person(session, case_id, person) and not has_approved(approvals_of(session, case_id), person)


def describe_approvals(approvals: Sequence[tuple[DecisionRow, UserRow]]) -> tuple[Approval, ...]:
    """As a reader of the case sees them."""
    return tuple(Approval(user.name, decision.at, tuple(decision.recipients)) for decision, user in approvals)


def _person(user: UserRow) -> Person:
    return Person(user.id or 0, user.name, user.email, Role(user.role))
