"""Reports of letters that went to the wrong person: anybody of the staff makes one, triage works on all of them."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, Request, Response

from mailguard.core.errors import BadDecision
from mailguard.desk import flash
from mailguard.desk.desk import Desk, TheDesk
from mailguard.desk.language.catalogue import told
from mailguard.desk.register.tabs import pager
from mailguard.desk.rights import may
from mailguard.desk.typed import Typed
from mailguard.desk.visitor import FormVisitor, PageVisitor, Visitor
from mailguard.incidents.reports.report import ReportState, list_reports, read_report
from mailguard.incidents.reports.triage import (
    LONGEST_QUESTION,
    LONGEST_REASON,
    ask_reporter,
    dismiss_report,
    open_breach_from,
    report_leak,
)
from mailguard.incidents.reports.words import LONGEST_WORDS, TRIAGE_ROLES, Words, open_words

router = APIRouter(include_in_schema=False)

_PAGE = 50
_LARGEST = 1 << 31
WAITING = frozenset({ReportState.PROVED, ReportState.TRIAGE})
"""What somebody has to look at: nobody has proved the others, or they are dealt with."""

Number = Annotated[int, Path(ge=1, lt=_LARGEST)]
Text = Annotated[Typed, Form()]


@router.api_route("/leak-reports", methods=["GET", "HEAD"])
def show_reports(
    request: Request,
    desk: TheDesk,
    visitor: PageVisitor,
    state: Annotated[str, Query(max_length=20)] = "waiting",
    after: Annotated[int | None, Query(ge=1, lt=_LARGEST)] = None,
) -> Response:
    """The reports, newest first: those that wait, or those of one state."""
    states = WAITING if state == "waiting" else frozenset({ReportState(state)} if state in set(ReportState) else ())
    found = list_reports(desk.store, states=states or None, before=after, limit=_PAGE + 1)
    page = desk.pages.render(
        "leaks/listing.html",
        visitor=visitor,
        flash=flash.take(request, desk),
        reports=found[:_PAGE],
        state=state if states else "all",
        states=("waiting", *(one.value for one in ReportState), "all"),
        pager=pager("", after or 0, found[_PAGE - 1].id if len(found) > _PAGE else None, state=state),
    )
    flash.clear(request, page, desk)
    return page


@router.api_route("/leak-reports/new", methods=["GET", "HEAD"])
def show_form(desk: TheDesk, visitor: PageVisitor) -> Response:
    """The form of the staff."""
    return _form(desk, visitor)


@router.post("/leak-reports")
def post_report(desk: TheDesk, visitor: FormVisitor, words: Text = "", about: Text = "") -> Response:
    """Report a possible leak. Every role may."""
    try:
        number = report_leak(desk.store, desk.settings, visitor.person, words[:LONGEST_WORDS], about)
    except BadDecision as error:
        return _form(desk, visitor, 422, told(error), {"words": words, "about": about})
    if may(visitor.person, "GET /leak-reports/{number}"):
        return _back(desk, number, "leak_reported")
    return flash.redirect(desk, "/", "leak_reported")


@router.api_route("/leak-reports/{number}", methods=["GET", "HEAD"])
def show_report(request: Request, desk: TheDesk, visitor: PageVisitor, number: Number) -> Response:
    """One report: how it came, what the journal knows, what can be done. Its words are sealed."""
    page = _page(desk, visitor, number, sentence=flash.take(request, desk))
    flash.clear(request, page, desk)
    return page


@router.post("/leak-reports/{number}/words")
def post_words(desk: TheDesk, visitor: FormVisitor, number: Number) -> Response:
    """Open the words; that is an entry in the audit trail."""
    return _page(desk, visitor, number, words=open_words(desk.store, number, visitor.person))


@router.post("/leak-reports/{number}/question")
def post_question(desk: TheDesk, visitor: FormVisitor, number: Number, question: Text = "") -> Response:
    """Ask the reporter for more."""
    try:
        ask_reporter(desk.store, number, question, visitor.person)
    except BadDecision as error:
        return _page(desk, visitor, number, status=422, problem=told(error), draft={"question": question})
    return _back(desk, number, "reporter_asked")


@router.post("/leak-reports/{number}/dismissal")
def post_dismissal(desk: TheDesk, visitor: FormVisitor, number: Number, reason: Text = "") -> Response:
    """Dismiss it, with a reason."""
    try:
        dismiss_report(desk.store, number, reason, visitor.person)
    except BadDecision as error:
        return _page(desk, visitor, number, status=422, problem=told(error), draft={"reason": reason})
    return _back(desk, number, "report_dismissed")


@router.post("/leak-reports/{number}/breach")
def post_breach(desk: TheDesk, visitor: FormVisitor, number: Number) -> Response:
    """Open a breach in the register."""
    opened = open_breach_from(desk.store, number, visitor.person)
    return flash.redirect(desk, f"/breaches/{opened.breach_id}", "breach_opened")


def _form(
    desk: Desk, visitor: Visitor, status: int = 200, problem: str = "", draft: dict[str, str] | None = None
) -> Response:
    return desk.pages.render(
        "leaks/new.html", status, visitor=visitor, problem=problem, draft=draft or {}, longest=LONGEST_WORDS
    )


def _page(
    desk: Desk,
    visitor: Visitor,
    number: int,
    *,
    status: int = 200,
    sentence: flash.Flash | None = None,
    words: list[Words] | None = None,
    problem: str = "",
    draft: dict[str, str] | None = None,
) -> Response:
    with desk.store.reading() as session:
        report = read_report(session, number)
    return desk.pages.render(
        "leaks/report.html",
        status,
        visitor=visitor,
        flash=sentence,
        report=report,
        letters=[(datetime.fromisoformat(one["at"]), one) for one in report.traced.get("messages", ())[:_PAGE]],
        said=words,
        problem=problem,
        draft=draft or {},
        may_work=visitor.person.role in TRIAGE_ROLES,
        longest_question=LONGEST_QUESTION,
        longest_reason=LONGEST_REASON,
    )


def _back(desk: Desk, number: int, code: str) -> Response:
    return flash.redirect(desk, f"/leak-reports/{number}", code)
