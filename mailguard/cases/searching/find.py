"""A page of the cases that are wanted, put together out of one search or several."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session, col, select

from mailguard.cases.filtering import CaseFilter, Order
from mailguard.cases.scope import cases_seen_by
from mailguard.cases.searching.id_sets import received_by, sent_by
from mailguard.cases.searching.look import Look
from mailguard.cases.searching.places import Place, merged
from mailguard.core.address import is_plain
from mailguard.core.person import Person
from mailguard.store.tables.cases import CaseRow

MOST_LOOKED_AT = 5_000
"""Cases of one state that the first stretch of a search for a part of a word looks at, in their order. A part of a word
has no index that both databases have without an extension."""
_LONGER = 16
"""The longest stretch is so many times the first: what is found early comes early, what is rare in few steps."""
_MOST_TO_FILL = 4 * MOST_LOOKED_AT
"""A page that has something is not filled up by looking further than this."""
MOST_IN_MIDDLE = 20_000
"""Cases that are looked at for a part of a word that no word begins with."""


class Found(NamedTuple):
    """Some cases in their order, and the case to go on after (None: there are no more)."""

    rows: Sequence[CaseRow]
    next: str | None


def find_cases(
    session: Session,
    wanted: CaseFilter,
    *,
    order: Order,
    limit: int,
    after: str | None,
    now: datetime,
    person: Person | None = None,
) -> Found:
    """A page of the cases that are wanted and that the person sees.

    A case id, a whole address, rare words by their beginning, and what somebody is at are found wherever they are. For
    anything else that no index answers, cases are looked at in their order, stretch by stretch: a page can be short and
    have a `next`, but never empty and have one. What no word begins with is looked for in the next 20,000 cases, and
    then no further.
    """
    mark = _seen(session, after, person) if after is not None else None
    looks = [Look(session, one, order, now, person) for one in _readings(session, wanted)]
    begin = looks[0].place(mark) if mark else None
    places: list[Place] = []
    stretch, looked = MOST_LOOKED_AT, 0
    while True:
        found = [look.page(begin, limit - len(places), stretch) for look in looks]
        more, begin = merged(found, limit - len(places), order)
        places, looked = places + more, looked + stretch
        if begin is None or len(places) >= limit or (places and looked >= _MOST_TO_FILL):
            break
        if looked >= MOST_IN_MIDDLE and all(look.in_middle for look in looks):
            begin = None
            break
        stretch = min(stretch * 4, MOST_LOOKED_AT * _LONGER)
    ids = [place.id for place in places]
    rows = {row.id: row for row in session.exec(select(CaseRow).where(col(CaseRow.id).in_(ids)))}
    return Found([rows[case_id] for case_id in ids if case_id in rows], begin.id if begin else None)


def _readings(session: Session, wanted: CaseFilter) -> list[CaseFilter]:
    """What the query can mean: a whole address that is somebody's, as recipient and as sender; else any text."""
    address = wanted.query
    # Where one of them is asked for already, the text is one more thing to ask.
    if not is_plain(address) or wanted.recipient or wanted.sender:
        return [wanted]
    if not any(session.exec(each.limit(1)).first() for each in (received_by(address), sent_by(address))):
        return [wanted]
    plain = replace(wanted, query="")
    return [replace(plain, recipient=address), replace(plain, sender=address)]


def _seen(session: Session, case_id: str, person: Person | None) -> CaseRow | None:
    # A case that the person does not see marks no place: it would tell that it is there, and since when.
    return session.exec(select(CaseRow).where(CaseRow.id == case_id, *cases_seen_by(person))).one_or_none()
