"""Whose approvals a case has, and which of them count: letters about protected customers need two."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from mailguard.cases.deciding.choosing import named_by
from mailguard.cases.deciding.rights import READING_ROLES, Right, is_beside_sender, on_record, recorded, rights_in
from mailguard.cases.deciding.standing import stands
from mailguard.core.decision import Action
from mailguard.core.person import DECIDING_ROLES, Person
from mailguard.store.store import Store
from mailguard.store.tables.cases import CaseRow
from mailguard.store.tables.decisions import DecisionRow


@dataclass(frozen=True, slots=True)
class Approval:
    """One person's approval."""

    by: str
    """Login name; `berta for anna` where it is a deputy's."""
    at: datetime
    recipients: tuple[str, ...]
    """Those that the person approved; what leaves is what all of them did."""


@dataclass(frozen=True, slots=True)
class Given:
    """An approval on record, and whose word it is."""

    decision: DecisionRow
    right: Right


def approvals_of(session: Session, case_id: str) -> list[Given]:
    """Every approval on record that nobody has taken back, oldest first."""
    query = (
        select(DecisionRow)
        .where(DecisionRow.case_id == case_id, DecisionRow.action == Action.APPROVE, stands())
        .order_by(col(DecisionRow.id))
    )
    return [Given(row, _right(session, row)) for row in session.exec(query)]


def counting_approvals(session: Session, case_id: str, at: datetime) -> list[Given]:
    """Those by people who may still decide on the case: nobody who has been shut out, or found to be its sender.

    A deputy's counts on when the days of the delegation are over: it was given by right.
    """
    return [given for given in approvals_of(session, case_id) if _still_counts(session, given, at)]


def has_approved(given: Sequence[Given], counting: Sequence[Given], right: Right) -> bool:
    """Whether an approval by that right would be one person's second.

    The person's own one before, under whichever login of one mail address; or one that counts and that the person or
    the giver had a part in: berta for anna and anna are one, and so are berta for anna and berta.
    """
    own = Right(right.person)
    return any(own.shares_somebody(Right(one.right.person)) for one in given) or any(
        right.shares_somebody(one.right) for one in counting
    )


def open_right(session: Session, case_id: str, rights: Sequence[Right], at: datetime) -> Right | None:
    """The first of these rights by which another approval can be added to the case; None: there is none."""
    given, counting = approvals_of(session, case_id), counting_approvals(session, case_id, at)
    return next((right for right in rights if not has_approved(given, counting, right)), None)


def may_approve(store: Store, case_id: str, person: Person) -> bool:
    """Whether the person may decide on the case, and an approval of theirs would be another person's."""
    with store.reading() as session:
        return can_approve(session, case_id, person, store.clock())


def can_approve(session: Session, case_id: str, person: Person, at: datetime) -> bool:
    """The same inside a transaction that is already open."""
    return open_right(session, case_id, rights_in(session, case_id, person, at), at) is not None


def approved_ways(session: Session, case: CaseRow) -> dict[str, str]:
    """The recipients that as many people have approved as the case needs, or one who broke the glass; each with the
    address that it goes to, on which they agree.

    Asked of the decisions, which nobody can change, and not of the recipients' rows alone (principle 3).
    """
    given = approvals_of(session, case.id)
    broken = {a: to for one in given if one.decision.break_glass for a, to in named_by(one.decision).items()}
    needed = max(case.approvals_needed, 1)
    ways = {way for one in given for way in named_by(one.decision).items()}
    enough = [way for way in sorted(ways) if count_people(_for(way, given)) >= needed]
    # Two ways for one recipient are none.
    clear = {a: to for a, to in enough if [other for other, _ in enough].count(a) == 1}
    return clear | broken


def count_people(approvals: Iterable[Given]) -> int:
    """How many of them, oldest first, share nobody with one before. The trigger `enough_eyes_release` counts alike."""
    seen: list[Right] = []
    count = 0
    for one in approvals:
        count += not any(one.right.shares_somebody(before) for before in seen)
        seen.append(one.right)
    return count


def describe_approvals(approvals: Sequence[Given]) -> tuple[Approval, ...]:
    """As a reader of the case sees them."""
    return tuple(Approval(one.right.name, one.decision.at, tuple(named_by(one.decision))) for one in approvals)


def _for(way: tuple[str, str], given: Sequence[Given]) -> list[Given]:
    return [one for one in given if named_by(one.decision).get(way[0]) == way[1]]


def _right(session: Session, decision: DecisionRow) -> Right:
    giver = recorded(session, decision.on_behalf_of) if decision.on_behalf_of is not None else None
    return Right(recorded(session, decision.user_id), giver)


def _still_counts(session: Session, given: Given, at: datetime) -> bool:
    people = [on_record(session, person.user_id) for person in given.right.people]
    decider, principal = people[0], people[-1]
    if decider is None or principal is None or decider.role in READING_ROLES:
        return False
    if principal.role not in DECIDING_ROLES and not given.decision.break_glass:
        return False
    return not any(is_beside_sender(session, given.decision.case_id, person, at) for person in (decider, principal))
