"""A person's own views of the queue: filters under a name, as tabs."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import APIRouter, Form, Response
from sqlmodel import Session, col, delete, func, select

from mailguard.core.errors import BadDecision
from mailguard.core.person import Person
from mailguard.desk import flash
from mailguard.desk.desk import TheDesk
from mailguard.desk.language.catalogue import N_
from mailguard.desk.queue.asking import Asking, gather, understand
from mailguard.desk.typed import Typed
from mailguard.desk.visitor import FormVisitor
from mailguard.store.store import Store
from mailguard.store.tables.reviewing import SavedViewRow

router = APIRouter(include_in_schema=False)

MOST_VIEWS = 12
"""More tabs than these nobody reads."""
LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class SavedView:
    """A name and the query of the address."""

    number: int
    name: str
    query: str


def views_of(store: Store, person: Person) -> list[SavedView]:
    """The person's views, in the order in which they were made."""
    query = select(SavedViewRow).where(SavedViewRow.user_id == person.user_id).order_by(col(SavedViewRow.id))
    with store.reading() as session:
        return [SavedView(row.id or 0, row.name, row.query) for row in session.exec(query)]


@router.post("/cases/views")
def post_view(
    desk: TheDesk, visitor: FormVisitor, name: Annotated[Typed, Form()] = "", query: Annotated[str, Form()] = ""
) -> Response:
    """Keep the filters of the page under a name. A name that is taken is given these filters."""
    given = {"state": "held"} | gather(_pairs(query))
    asked = understand(given, Asking(visitor.person, desk.now(), desk.settings.report.time_zone))
    name = _checked(name)
    with desk.store.writing() as session:
        row = _named(session, visitor.person, name)
        mine = select(func.count()).select_from(SavedViewRow).where(SavedViewRow.user_id == visitor.person.user_id)
        if row is None and session.exec(mine).one() >= MOST_VIEWS:
            raise BadDecision(N_("You have as many views as there is room for. Remove one first."))
        row = row or SavedViewRow(user_id=visitor.person.user_id, name=name, query="")
        row.query = asked.query
        session.add(row)
    return flash.redirect(desk, asked.href(), "view_saved")


@router.post("/cases/views/{number}")
def post_name(number: int, desk: TheDesk, visitor: FormVisitor, name: Annotated[Typed, Form()] = "") -> Response:
    """Give a view another name."""
    name = _checked(name)
    with desk.store.writing() as session:
        row = _mine(session, visitor.person, number)
        other = _named(session, visitor.person, name)
        if other is not None and other.id != row.id:
            raise BadDecision(N_("Another view of yours has this name."))
        row.name = name
        session.add(row)
    return flash.redirect(desk, f"/cases?{row.query}", "view_saved")


@router.post("/cases/views/{number}/delete")
def post_deletion(number: int, desk: TheDesk, visitor: FormVisitor) -> Response:
    """Remove a view; no case is touched by that."""
    with desk.store.writing() as session:
        row = _mine(session, visitor.person, number)
        session.exec(delete(SavedViewRow).where(col(SavedViewRow.id) == row.id))
    return flash.redirect(desk, "/cases", "view_removed")


def _pairs(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query[:2000], max_num_fields=50)


def _checked(name: str) -> str:
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise BadDecision(N_("Give the view a name of up to 40 characters."))
    return name


def _named(session: Session, person: Person, name: str) -> SavedViewRow | None:
    query = select(SavedViewRow).where(SavedViewRow.user_id == person.user_id, SavedViewRow.name == name)
    return session.exec(query).one_or_none()


def _mine(session: Session, person: Person, number: int) -> SavedViewRow:
    query = select(SavedViewRow).where(SavedViewRow.user_id == person.user_id, SavedViewRow.id == number)
    row = session.exec(query).one_or_none()
    if row is None:
        raise BadDecision(N_("There is no such view. It may have been removed in another window."))
    return row
