"""What went where: everything that the journal has of an address, a customer or one message. Each look is audited."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response

from mailguard.core.errors import InputError
from mailguard.core.one_line import one_line
from mailguard.core.person import Person
from mailguard.customers.register import Register
from mailguard.desk import flash
from mailguard.desk.desk import Desk, TheDesk
from mailguard.desk.register.tabs import pager
from mailguard.desk.tracing.shapes import TraceOut
from mailguard.desk.typed import Typed
from mailguard.desk.visitor import ApiVisitor, FormVisitor, PageVisitor
from mailguard.incidents.tracing.bundle import pack_bundle
from mailguard.incidents.tracing.describe import describe_trace
from mailguard.incidents.tracing.trace import Subject, Trace, Wanted, read_wanted, trace

router = APIRouter()

_LONGEST = 500
_PAGE = 50
_MOST_IN_BUNDLE = 10_000
_LARGEST = 1 << 63

Asked = Annotated[Typed, Query(max_length=_LONGEST, description="An address, a customer's number, or a message's id")]
Kind = Annotated[Subject | None, Query(alias="as", description="What it is, where the guess from its form is wrong")]
Before = Annotated[int | None, Query(ge=1, lt=_LARGEST, description="`next` of the page before")]


@router.api_route("/trace", methods=["GET", "HEAD"], include_in_schema=False)
def show_trace(
    request: Request,
    desk: TheDesk,
    visitor: PageVisitor,
    q: Typed = "",
    kind: Annotated[str, Query(alias="as", max_length=20)] = "",
    after: Before = None,
) -> Response:
    """The form, and what was found."""
    subject = Subject(kind) if kind in set(Subject) else None
    found = _find(desk, visitor.person, q[:_LONGEST], subject, after, _PAGE) if q.strip() else None
    chosen = {"as": subject.value} if subject else {}
    page = desk.pages.render(
        "tracing/trace.html",
        visitor=visitor,
        flash=flash.take(request, desk),
        query=q[:_LONGEST],
        subject=subject.value if subject else "",
        found=found,
        keep_days=desk.settings.journal.keep_days,
        pager=pager(q[:_LONGEST], after or 0, found.next if found else None, **chosen),
    )
    flash.clear(request, page, desk)
    return page


@router.post("/trace/evidence", include_in_schema=False)
def post_evidence(
    desk: TheDesk,
    visitor: FormVisitor,
    q: Annotated[Typed, Form()] = "",
    kind: Annotated[str, Form(alias="as", max_length=20)] = "",
) -> Response:
    """The trace as a signed bundle. A POST, because so many addresses that leave the desk are audited by themselves."""
    subject = Subject(kind) if kind in set(Subject) else None
    found = trace(desk.store, _wanted(desk, q[:_LONGEST], subject), limit=_MOST_IN_BUNDLE)
    packed = pack_bundle(desk.store, found, visitor.person.name)
    headers = {"content-disposition": f'attachment; filename="mailguard-trace-{desk.now():%Y%m%d-%H%M%S}.zip"'}
    return Response(packed, media_type="application/zip", headers=headers)


@router.get(
    "/api/v1/trace",
    tags=["incidents"],
    summary="What went where",
)
def get_trace(
    desk: TheDesk,
    visitor: ApiVisitor,
    q: Asked,
    kind: Kind = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    after: Before = None,
) -> TraceOut:
    """Messages to or from an address, about a customer, or of one id, newest first; that somebody asked is audited."""
    return TraceOut.model_validate(describe_trace(_find(desk, visitor.person, q, kind, after, limit)))


def _find(desk: Desk, person: Person, text: str, subject: Subject | None, before: int | None, limit: int) -> Trace:
    wanted = _wanted(desk, text, subject)
    found = trace(desk.store, wanted, before=before, limit=limit)
    if before is None:
        # Once a question, not once a page of its answer.
        details: dict[str, Any] = {"subject": wanted.subject.value, "wanted": one_line(wanted.value, 254)}
        details["found"] = found.found
        with desk.store.writing() as session:
            desk.store.audit.append(session, "trace", actor=person.name, at=desk.now(), details=details)
    return found


def _wanted(desk: Desk, text: str, subject: Subject | None) -> Wanted:
    try:
        wanted = Wanted(subject, text.strip()) if subject else read_wanted(text)
    except InputError:
        return Wanted(Subject.MESSAGE, "")
    if wanted.subject is Subject.CUSTOMER:
        known = Register(desk.store.engine).by_id(wanted.value)
        # Of a customer who has left the register, there may be letters all the same.
        return Wanted(Subject.CUSTOMER, known.customer_id) if known else wanted
    return wanted
