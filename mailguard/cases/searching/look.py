"""One search through the cases, page by page."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Label, and_, literal, or_
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from mailguard.cases.filtering import CaseFilter, Order, conditions, indexed, residual
from mailguard.cases.scope import cases_seen_by
from mailguard.cases.searching.id_sets import indexed_ids, rarest_word
from mailguard.cases.searching.places import Part, Place, merged
from mailguard.cases.searching.strands import Strand, strands_of
from mailguard.core.person import Person
from mailguard.store.tables.cases import CaseRow

_MOST_OF_ONE = 20_000
"""Cases of one recipient or sender that are put in order."""


class Look:
    """One search: what is asked, and the strands in which cases lie in the order of an index."""

    def __init__(
        self, session: Session, wanted: CaseFilter, order: Order, now: datetime, person: Person | None
    ) -> None:
        self._session, self._order, self._now = session, order, now
        self._rising = order is not Order.NEWEST
        self._seen = cases_seen_by(person)
        self._wanted, self._few = indexed_ids(session, wanted, now)
        self.in_middle = False
        """What is asked can stand in the middle of words only."""
        if not self._few:
            rare, self.in_middle = rarest_word(session, self._wanted)
            self._few = [rare] if rare is not None else []
        self._strands, rest = strands_of(session, self._wanted, order, person)
        self._asked = residual(rest, now)

    def place(self, row: CaseRow) -> Place:
        """The place of a case in this order."""
        return Place(row.severity if self._order is Order.WORST else 0, row.received_at, row.id)

    def page(self, begin: Place | None, limit: int, stretch: int) -> Part:
        """So many places behind `begin`, and the one to go on behind."""
        if self._few:
            found: list[Part] = [(self._of_few(begin, limit + 1), None)]
        elif self._asked:
            found = [self._fitting(each, begin, limit + 1, stretch) for each in self._onward(begin)]
        else:
            found = [(self._places(self._in_order(each, begin).limit(limit + 1)), None) for each in self._onward(begin)]
        return merged(found, limit, self._order)

    def _onward(self, begin: Place | None) -> list[Strand]:
        """The strands of which any part can lie behind that place."""
        if begin is None or self._order is not Order.WORST:
            return self._strands
        return [each for each in self._strands if each.severity is None or each.severity >= begin.severity]

    def _of_few(self, begin: Place | None, limit: int) -> list[Place]:
        query = self._query(conditions(self._wanted, self._now), begin, None)
        for ids in self._few:
            # Joined, and limited: SQLite would otherwise walk through all cases in their order and ask each.
            few = ids.limit(_MOST_OF_ONE).subquery()
            query = query.join(few, few.c[0] == col(CaseRow.id))
        return self._places(query.limit(limit))

    def _fitting(self, strand: Strand, begin: Place | None, limit: int, stretch: int) -> Part:
        """Of the next stretch those that fit, and its last case; None where that is the strand's end."""
        in_order = self._in_order(strand, begin)
        last = self._places(in_order.offset(stretch - 1).limit(2))
        looked_at = in_order.limit(stretch).subquery()
        query = self._select().join(looked_at, looked_at.c.id == col(CaseRow.id)).where(*self._asked)
        return self._places(query.order_by(*self._by()).limit(limit)), last[0] if len(last) > 1 else None

    def _in_order(self, strand: Strand, begin: Place | None) -> "Select[int, datetime, str]":
        return self._query([*indexed(self._wanted), *strand.scope()], begin, strand)

    def _query(
        self, asked: Sequence[ColumnElement[bool]], begin: Place | None, strand: Strand | None
    ) -> "Select[int, datetime, str]":
        query = self._select().where(*asked, *self._seen)
        if begin is not None:
            query = query.where(*self._beyond(begin, strand))
        return query.order_by(*self._by())

    def _select(self) -> "Select[int, datetime, str]":
        severity: Label[int] = col(CaseRow.severity).label("place")
        if self._order is not Order.WORST:
            severity = literal(0).label("place")
        return select(severity, col(CaseRow.received_at), col(CaseRow.id))

    def _by(self) -> list[ColumnElement[Any]]:
        columns: list[Any] = [col(CaseRow.received_at), col(CaseRow.id)]
        if self._order is Order.WORST:
            columns.insert(0, col(CaseRow.severity))
        return [column.asc() if self._rising else column.desc() for column in columns]

    def _beyond(self, begin: Place, strand: Strand | None) -> list[ColumnElement[bool]]:
        at, case_id, severity = col(CaseRow.received_at), col(CaseRow.id), col(CaseRow.severity)
        # The first half is for the index: from an OR alone neither database sees where to begin.
        if not self._rising:
            return [and_(at <= begin.received_at, or_(at < begin.received_at, case_id < begin.id))]
        later = and_(at >= begin.received_at, or_(at > begin.received_at, case_id > begin.id))
        if self._order is not Order.WORST:
            return [later]
        if strand is None or strand.severity is None:
            return [or_(severity > begin.severity, and_(severity == begin.severity, later))]
        return [later] if strand.severity == begin.severity else []

    def _places(self, query: "Select[int, datetime, str]") -> list[Place]:
        return [Place(*row) for row in self._session.exec(query)]
