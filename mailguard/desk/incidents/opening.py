"""Opening a breach: by hand, from a held message, or from what a trace has found."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from starlette.datastructures import FormData

from mailguard.cases.reading import read_case
from mailguard.cases.reveal import view
from mailguard.core.errors import BadDecision
from mailguard.desk import flash
from mailguard.desk.case_id import require_case_id
from mailguard.desk.desk import Desk, TheDesk
from mailguard.desk.incidents.acts import open_one
from mailguard.desk.incidents.fields import DATA_CLASSES, GROUPS
from mailguard.desk.incidents.form import fill, read_changes, read_sent, touched
from mailguard.desk.incidents.shown import ask, house_zone, in_words
from mailguard.desk.visitor import FormVisitor, PageVisitor, Visitor
from mailguard.incidents.breaches.breach import BreachFacts, Origin
from mailguard.incidents.breaches.from_case import facts_of_case

router = APIRouter(include_in_schema=False)


async def _sent(request: Request) -> FormData:
    return await request.form()


SentForm = Annotated[FormData, Depends(_sent)]
CaseField = Annotated[str, Form(alias="case", max_length=40)]


@router.api_route("/breaches/new", methods=["GET", "HEAD"])
def show_empty(desk: TheDesk, visitor: PageVisitor) -> Response:
    """The form, empty but for the time."""
    return _page(desk, visitor, fill(BreachFacts("", detected_at=desk.now(), channel="email"), house_zone(desk)))


@router.post("/breaches/new")
def show_filled(desk: TheDesk, visitor: FormVisitor, form: SentForm, case_id: CaseField = "") -> Response:
    """The form, filled with what a case or a trace knows. A POST, for addresses do not belong into a URL; it opens
    nothing yet."""
    zone = house_zone(desk)
    if not case_id:
        known = fill(BreachFacts("", detected_at=desk.now(), channel="email"), zone)
        return _page(desk, visitor, known | read_sent(form), origin=_origin(form))
    require_case_id(case_id)
    view(desk.store, case_id, visitor.person)
    facts = facts_of_case(read_case(desk.store, case_id), desk.now())
    return _page(desk, visitor, fill(facts, zone), case_id=case_id)


@router.post("/breaches")
def post_breach(desk: TheDesk, visitor: FormVisitor, form: SentForm, case_id: CaseField = "") -> Response:
    """Put it into the register."""
    zone, sent, origin = house_zone(desk), read_sent(form), _origin(form)
    if case_id:
        require_case_id(case_id)
        read_case(desk.store, case_id)
        origin = Origin.HOLD
    try:
        changes = read_changes(touched(sent, BreachFacts(""), zone), zone)
        breach_id = open_one(desk, changes, visitor.person, origin=origin, case_id=case_id or None)
    except BadDecision as error:
        filled = fill(BreachFacts(""), zone) | sent
        return _page(desk, visitor, filled, case_id=case_id, origin=origin, problem=error, status=422)
    return flash.redirect(desk, f"/breaches/{breach_id}", "breach_opened")


def _origin(form: FormData) -> Origin:
    return Origin.TRACE if form.get("origin") == Origin.TRACE else Origin.HAND


def _page(
    desk: Desk,
    visitor: Visitor,
    filled: dict[str, str],
    *,
    case_id: str = "",
    origin: Origin = Origin.HAND,
    problem: Exception | None = None,
    status: int = 200,
) -> Response:
    name, words = in_words(problem)
    return desk.pages.render(
        "incidents/new.html",
        status,
        visitor=visitor,
        case_id=case_id,
        origin=origin.value,
        problem=words,
        groups=ask(GROUPS, filled, wrong=name),
        zone=desk.settings.report.time_zone,
        data_classes=DATA_CLASSES,
    )
