"""Public pages: a reader reports a letter that was not meant for them, and answers with the code that they were sent.

Nobody logs in. Whatever is sent to the first page, known address or not, gets one answer, so it tells nothing about
any customer. On the second a GET changes nothing, and a form without the code of the letter changes nothing either.
"""

from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request, Response

from mailguard.core.address import domain_of, is_plain
from mailguard.core.errors import StoreError
from mailguard.core.one_line import one_line
from mailguard.desk.desk import Desk, TheDesk
from mailguard.desk.strangers.languages import preferred_language, words_in
from mailguard.desk.typed import Typed
from mailguard.desk.visitor import peer_of
from mailguard.incidents.reports.answering import Outcome, answer, find_by_link
from mailguard.incidents.reports.intake import LONGEST_REF, Submission, Taken, take_submission
from mailguard.incidents.reports.report import Channel, Deletion, Report, ReportState
from mailguard.incidents.reports.words import LONGEST_WORDS
from mailguard.store.guessing import network_of

router = APIRouter(include_in_schema=False)

_HEADERS = {"x-robots-tag": "noindex, nofollow"}
_NO_DRAFT = {"address": "", "what": "", "words": ""}


@router.api_route("/report-a-letter", methods=["GET", "HEAD"])
def show_form(request: Request, desk: TheDesk) -> Response:
    """What happens, what is kept, and the form."""
    _require_page(desk)
    return _first_page(request, desk)


@router.post("/report-a-letter")
def take_report(
    request: Request,
    desk: TheDesk,
    address: Annotated[Typed, Form()] = "",
    what: Annotated[Typed, Form()] = "",
    words: Annotated[Typed, Form()] = "",
    website: Annotated[str, Form()] = "",
) -> Response:
    """Take a report. The answer is the same for every address that can be written to."""
    _require_page(desk)
    draft = {"address": address[:254], "what": what[:LONGEST_REF], "words": words[:LONGEST_WORDS]}
    if not is_plain(address) or "." not in domain_of(address):
        return _first_page(request, desk, 422, "odd", draft)
    if website:
        # No person sees that field.
        return _page(request, desk, "strangers/report_end.html", end="thanks")
    said = Submission(
        address=address,
        words=draft["words"],
        channel=Channel.PAGE,
        language=_language(request, desk),
        message_ref=draft["what"],
        network=network_of(peer_of(request, desk)) or "unknown",
    )
    try:
        taken = take_submission(desk.store, desk.settings, said)
    except StoreError:
        return _first_page(request, desk, 503, "later", draft)
    if taken is Taken.LATER:
        return _first_page(request, desk, 429, "limited", draft)
    return _page(request, desk, "strangers/report_end.html", end="thanks")


@router.api_route("/report-a-letter/{link}", methods=["GET", "HEAD"])
def show_answer(request: Request, desk: TheDesk, link: str) -> Response:
    """The form for the code; once the address is proved, the one for the answer too."""
    return _second_page(request, desk, _find(desk, link))


@router.post("/report-a-letter/{link}")
def take_answer(
    request: Request,
    desk: TheDesk,
    link: str,
    code: Annotated[str, Form()] = "",
    deletion: Annotated[str, Form()] = "",
    words: Annotated[Typed, Form()] = "",
) -> Response:
    """Take what belongs to link and code."""
    report, peer = _find(desk, link), peer_of(request, desk)
    tries = [f"report from {peer}", f"report {sha256(link.encode('utf-8', 'replace')).hexdigest()}"]
    if not all(desk.throttle.is_open(key) for key in tries):
        return _second_page(request, desk, report, 429, problem="throttled")
    said = words[:LONGEST_WORDS]
    chosen = Deletion(deletion) if deletion in set(Deletion) else None
    if report is not None and report.state is not ReportState.UNPROVED and not said and chosen is None:
        return _second_page(request, desk, report, 422, problem="choose", code=code)
    try:
        outcome = answer(desk.store, link, code, deletion=chosen, words=said, network=network_of(peer))
    except StoreError:
        return _second_page(request, desk, report, 503, problem="later", words=said)
    if outcome is Outcome.ANSWERED:
        return _page(request, desk, "strangers/report_end.html", report=report, end="answered")
    if outcome is Outcome.PROVED:
        return _second_page(request, desk, _find(desk, link), done="proved", code=code)
    for key in tries:
        desk.throttle.count(key)
    return _second_page(request, desk, report, 422, problem="wrong", words=said)


def _require_page(desk: Desk) -> None:
    if not desk.settings.incidents.public_page:
        raise HTTPException(404)


def _find(desk: Desk, link: str) -> Report | None:
    try:
        with desk.store.reading() as session:
            return find_by_link(session, link, desk.now())
    except StoreError:
        return None


def _first_page(
    request: Request, desk: Desk, status: int = 200, problem: str = "", draft: dict[str, str] | None = None
) -> Response:
    return _page(request, desk, "strangers/report.html", status, problem=problem, draft=draft or _NO_DRAFT)


def _second_page(
    request: Request,
    desk: Desk,
    report: Report | None,
    status: int = 200,
    *,
    problem: str = "",
    done: str = "",
    code: str = "",
    words: str = "",
) -> Response:
    stage = "prove" if report is None or report.state is ReportState.UNPROVED else "answer"
    said = {"stage": stage, "problem": problem, "done": done, "code": code[:20], "words": words}
    return _page(request, desk, "strangers/report_answer.html", status, report=report, **said)


def _page(
    request: Request, desk: Desk, template: str, status: int = 200, *, report: Report | None = None, **values: object
) -> Response:
    language = report.language if report else _language(request, desk)
    incidents = desk.settings.incidents
    organisation = one_line(incidents.organisation, 200) or (
        domain_of(desk.settings.notices.from_address) or desk.settings.smtp.hostname
    )
    says = words_in(language, "reporting")
    says = says | {"intro": says["intro"].format(organisation=organisation)}
    headers = _HEADERS | (
        {"retry-after": "3600" if values.get("problem") == "limited" else "300"} if status in {429, 503} else {}
    )
    return desk.pages.render(
        template,
        status,
        headers=headers,
        language=language,
        says=says,
        organisation=organisation,
        contact=incidents.contact,
        **values,
    )


def _language(request: Request, desk: Desk) -> str:
    return preferred_language(request.headers.get("accept-language", ""), desk.settings.notices.language)
