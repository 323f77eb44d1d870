"""Reports of letters that went to the wrong person, for scripts."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from mailguard.desk.answers import TOO_LARGE, Answers, problem
from mailguard.desk.desk import TheDesk
from mailguard.desk.typed import Typed
from mailguard.desk.visitor import ApiActor, ApiVisitor
from mailguard.incidents.reports.report import Channel, Deletion, Report, ReportState, list_reports, read_report
from mailguard.incidents.reports.triage import (
    LONGEST_QUESTION,
    LONGEST_REASON,
    ask_reporter,
    dismiss_report,
    open_breach_from,
    report_leak,
)
from mailguard.incidents.reports.words import LONGEST_WORDS, open_words

_READING: Answers = {404: problem("No such report")}
_WORKING = (
    _READING
    | TOO_LARGE
    | {
        403: problem("Your role only reads"),
        409: problem("It is dismissed, or a breach was opened already"),
        422: problem("Something is lacking, or the reporter cannot be asked now"),
    }
)

router = APIRouter(prefix="/api/v1/reports", tags=["incidents"])

_LARGEST = 1 << 31
Number = Annotated[int, Path(ge=1, lt=_LARGEST)]


class LeakIn(BaseModel):
    """What one of the staff reports."""

    model_config = ConfigDict(extra="forbid")

    words: Annotated[Typed, Field(min_length=1, max_length=LONGEST_WORDS)]
    about: Annotated[Typed, Field(max_length=300)] = ""
    """An address, a customer's number, or a message's id."""


class QuestionIn(BaseModel):
    """What the reporter is asked."""

    model_config = ConfigDict(extra="forbid")

    question: Annotated[Typed, Field(min_length=1, max_length=LONGEST_QUESTION)]


class DismissalIn(BaseModel):
    """Why nothing more is done."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[Typed, Field(min_length=1, max_length=LONGEST_REASON)]


class TracedLetterOut(BaseModel):
    """One letter that had gone to the address."""

    id: str
    at: datetime
    fate: str
    case_id: str | None


class ReportOut(BaseModel):
    """One report, without its words."""

    id: int
    state: ReportState
    channel: Channel
    address: str
    language: str
    message_ref: str
    received_at: datetime
    proved_at: datetime | None
    by: str
    breach_id: str | None
    question: str
    question_at: datetime | None
    dismissal: str
    deletion_asked_at: datetime | None
    deletion_answer: Deletion | None
    deletion_answered_at: datetime | None
    customers: list[str]
    letters: list[TracedLetterOut]


class ReportList(BaseModel):
    """Some reports, newest first; ask again with `after=<next>`."""

    reports: list[ReportOut]
    next: int | None


class WordsOut(BaseModel):
    """What was said at one time."""

    at: datetime
    channel: Channel
    text: str


class AllWords(BaseModel):
    """Everything that was said, oldest first."""

    words: list[WordsOut]


@router.get("", summary="List reports")
def get_reports(
    desk: TheDesk,
    visitor: ApiVisitor,
    state: Annotated[str, Query(description="One state or several, parted by commas; empty for all")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[int | None, Query(ge=1, lt=_LARGEST, description="`next` of the page before")] = None,
) -> ReportList:
    """What wrong readers and the staff have reported."""
    names = {name.strip() for name in state.split(",") if name.strip()}
    if unknown := names - {one.value for one in ReportState}:
        raise HTTPException(422, f"no such state: {', '.join(sorted(unknown))[:100]}")
    states = frozenset(ReportState(name) for name in names) or None
    found = list_reports(desk.store, states=states, before=after, limit=limit + 1)
    more = found[limit - 1].id if len(found) > limit else None
    return ReportList(reports=[_out(one) for one in found[:limit]], next=more)


@router.post("", summary="Report a possible leak", status_code=201)
def post_report(said: LeakIn, desk: TheDesk, visitor: ApiActor) -> ReportOut:
    """Every role may. Nothing is disputed and nobody outside is written to: triage decides."""
    return _read(desk, report_leak(desk.store, desk.settings, visitor.person, said.words, said.about))


@router.get("/{number}", summary="Read a report", responses=_READING)
def get_report(number: Number, desk: TheDesk, visitor: ApiVisitor) -> ReportOut:
    """One report with the trace that was taken when its address was proved."""
    return _read(desk, number)


@router.post("/{number}/words", summary="Open the words of a report", responses=_WORKING)
def post_words(number: Number, desk: TheDesk, visitor: ApiActor) -> AllWords:
    """Opening them is an entry in the audit trail; auditors open none."""
    words = open_words(desk.store, number, visitor.person)
    return AllWords(words=[WordsOut(at=one.at, channel=one.channel, text=one.text) for one in words])


@router.post("/{number}/question", summary="Ask the reporter for more", responses=_WORKING)
def post_question(number: Number, asked: QuestionIn, desk: TheDesk, visitor: ApiActor) -> ReportOut:
    """By a letter in the reporter's language; once a day at most."""
    return _out(ask_reporter(desk.store, number, asked.question, visitor.person))


@router.post("/{number}/dismissal", summary="Dismiss a report", responses=_WORKING)
def post_dismissal(number: Number, said: DismissalIn, desk: TheDesk, visitor: ApiActor) -> ReportOut:
    """Nothing more is done about it. Disputes that came of it stand."""
    return _out(dismiss_report(desk.store, number, said.reason, visitor.person))


@router.post("/{number}/breach", summary="Open a breach from a report", responses=_WORKING)
def post_breach(number: Number, desk: TheDesk, visitor: ApiActor) -> ReportOut:
    """With what the report and its trace tell; a person reads the facts over."""
    return _out(open_breach_from(desk.store, number, visitor.person))


def _read(desk: TheDesk, number: int) -> ReportOut:
    with desk.store.reading() as session:
        return _out(read_report(session, number))


def _out(report: Report) -> ReportOut:
    known = {name: getattr(report, name) for name in ReportOut.model_fields if name not in ("customers", "letters")}
    letters = [
        TracedLetterOut(**{name: one[name] for name in TracedLetterOut.model_fields})
        for one in report.traced.get("messages", ())
    ]
    return ReportOut(**known, customers=list(report.traced.get("customers", ())), letters=letters)
