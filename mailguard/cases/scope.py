"""Whose cases a person sees: those of their teams, of all teams, or their own alone.

A case that is not theirs does not exist for them: it is in no list, count or search, and asked for by its id it is not
found. To say that it is there, and not theirs, would tell of it.
"""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import or_
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col, select

from mailguard.cases.deciding.four_eyes import user_mark
from mailguard.cases.deciding.rights import givers_in
from mailguard.core.address import canonical
from mailguard.core.errors import NoSuchCase
from mailguard.core.person import Person, Role
from mailguard.store.store import Store
from mailguard.store.tables.cases import CaseRow, IdentityRow


def cases_seen_by(person: Person | None) -> list[ColumnElement[bool]]:
    """Conditions on `CaseRow` for a query of the cases that the person sees; None is the guard itself, which sees all.

    Somebody who belongs to teams sees those teams' cases, somebody who belongs to none sees everybody's. Mail of no
    team in particular is seen by the latter only. A sender sees their own mail, whatever their teams.
    """
    if person is None:
        return []
    if person.role is Role.SENDER:
        return [own_mail_of(person)]
    return [col(CaseRow.team).in_(sorted(person.teams))] if person.teams else []


def own_mail_of(person: Person) -> ColumnElement[bool]:
    """The condition that a case is the person's own message (`cases.deciding.four_eyes`)."""
    theirs = {user_mark(person.user_id), *(canonical(address) for address in person.addresses)}
    return col(CaseRow.id).in_(select(IdentityRow.case_id).where(col(IdentityRow.address).in_(sorted(theirs))))


def require_seen(session: Session, case_id: str, person: Person | None, *, or_own: bool = False) -> CaseRow:
    """The case, if the person sees it, or `or_own` wrote it. Raises NoSuchCase, for another team's too."""
    seen = cases_seen_by(person)
    return _required(session, case_id, [or_(own_mail_of(person), *seen)] if person and or_own and seen else seen)


def require_own(session: Session, case_id: str, person: Person) -> CaseRow:
    """The case, if it is the person's own message. Raises NoSuchCase."""
    return _required(session, case_id, [own_mail_of(person)])


def with_givers(store: Store, person: Person) -> Person:
    """The person, who sees today the cases of those in whose place they decide too."""
    if not person.teams:
        return person
    with store.reading() as session:
        givers = givers_in(session, person, store.clock())
        seen = [person.teams, *(giver.teams for giver in givers)]
    return replace(person, teams=frozenset[str]().union(*seen) if all(seen) else frozenset())


def _required(session: Session, case_id: str, conditions: Sequence[ColumnElement[bool]]) -> CaseRow:
    row = session.exec(select(CaseRow).where(CaseRow.id == case_id, *conditions)).one_or_none()
    if row is None:
        raise NoSuchCase(f"there is no case {case_id}")
    return row
