"""The strands in which cases lie in the order of an index."""

from dataclasses import replace
from typing import NamedTuple

from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col

from mailguard.cases.filtering import CaseFilter, Order, scoped
from mailguard.cases.searching.id_sets import sent_by, spellings
from mailguard.core.address import is_plain
from mailguard.core.case import CaseState
from mailguard.core.person import Person
from mailguard.core.severity import Severity
from mailguard.store.tables.cases import CaseRow


class Strand(NamedTuple):
    """Cases that are alike in what the beginning of an index holds."""

    state: CaseState | None = None
    severity: Severity | None = None
    team: str | None = None
    sender: str | None = None
    beside: tuple[ColumnElement[bool], ...] = ()
    """What is asked of them while the index is read."""

    def scope(self) -> list[ColumnElement[bool]]:
        """The conditions that cases of this strand meet."""
        scope = [*self.beside]
        if self.state is not None:
            scope.append(col(CaseRow.state) == self.state)
        if self.severity is not None:
            scope.append(col(CaseRow.severity) == int(self.severity))
        if self.team is not None:
            scope.append(col(CaseRow.team) == self.team)
        if self.sender is not None:
            scope.append(col(CaseRow.reverse_path) == self.sender)
        return scope


def strands_of(
    session: Session, wanted: CaseFilter, order: Order, person: Person | None
) -> tuple[list[Strand], CaseFilter]:
    """The strands, and what is still to be asked of the cases in them.

    One a state and a merge: `state IN (...)` in the order of time has no index and sorts every case.
    """
    if order is not Order.WORST and is_plain(wanted.sender) and session.exec(sent_by(wanted.sender).limit(1)).first():
        beside = tuple(scoped(wanted))
        senders = sorted(spellings(wanted.sender))
        return [Strand(sender=each, beside=beside) for each in senders], replace(wanted, sender="")
    teams: list[str | None] = [None]
    if person and person.teams and not wanted.team:
        teams = [*sorted(person.teams)]
    severities: list[Severity | None] = [*sorted(wanted.severities)] or [None]
    if order is Order.WORST:
        severities = [*sorted(wanted.severities or Severity)]
    states: list[CaseState | None] = [None] if wanted.states is None else [*sorted(wanted.states)]
    if wanted.states is None and (severities != [None] or teams != [None] or wanted.team):
        # The indexes begin with state, or with team and state.
        states = [*CaseState]
    return [Strand(state, severity, team) for team in teams for severity in severities for state in states], wanted
