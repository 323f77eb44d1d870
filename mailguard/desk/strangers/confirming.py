"""The page that the letter to an unconfirmed address leads to. Nobody logs in here: whoever reads the mailbox answers.

A GET changes nothing, and a POST changes nothing without the code, which stands in the letter's text and not in its
link: programs that open links and send forms do no harm. There is no token against forged forms because there is
nothing to forge: no cookie gives a right here, and who knows link and code may answer from wherever they like. An
unknown, used, replaced and expired link show the same page and take a wrong code alike.
"""

from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from mailguard.cases.addresses.answers import take_answer
from mailguard.core.address import domain_of
from mailguard.core.errors import StoreError
from mailguard.core.letter_code import is_code
from mailguard.customers.confirmations import Outcome, open_question
from mailguard.desk.desk import Desk, TheDesk
from mailguard.desk.strangers.languages import preferred_language, words_in
from mailguard.desk.visitor import peer_of

router = APIRouter(include_in_schema=False)

_HEADERS = {"x-robots-tag": "noindex, nofollow"}
_ENDS = {Outcome.CONFIRMED: "confirmed", Outcome.DISPUTED: "disputed", Outcome.ALREADY: "already"}


@router.api_route("/confirm/{link}", methods=["GET", "HEAD"])
def show_question(request: Request, desk: TheDesk, link: str) -> Response:
    """The form, the same for every link."""
    return _form(request, desk, link)


@router.post("/confirm/{link}")
def take(
    request: Request,
    desk: TheDesk,
    link: str,
    code: Annotated[str, Form()] = "",
    answer: Annotated[str, Form()] = "",
) -> Response:
    """Take the answer that belongs to link and code."""
    tries = [f"confirm from {peer_of(request, desk)}", f"confirm {sha256(link.encode('utf-8', 'replace')).hexdigest()}"]
    if not all(desk.throttle.is_open(key) for key in tries):
        return _form(request, desk, link, 429, "throttled")
    if is_code(code) and answer not in {"yes", "no"}:
        return _form(request, desk, link, 422, "choose", code=code)
    try:
        outcome = take_answer(desk.store, link, code, yes=answer == "yes")
    except StoreError:
        return _form(request, desk, link, 503, "later")
    if outcome in _ENDS:
        return _page(request, desk, link, "strangers/confirmed.html", 200, end=_ENDS[outcome])
    for key in tries:
        desk.throttle.count(key)
    return _form(request, desk, link, 422, "wrong")


def _form(request: Request, desk: Desk, link: str, status: int = 200, problem: str = "", *, code: str = "") -> Response:
    return _page(request, desk, link, "strangers/confirm.html", status, problem=problem, code=code)


def _page(request: Request, desk: Desk, link: str, template: str, status: int, **values: str) -> Response:
    language = _language(request, desk, link)
    organisation = domain_of(desk.settings.notices.from_address) or desk.settings.smtp.hostname
    says = words_in(language) | {"intro": words_in(language)["intro"].format(organisation=organisation)}
    headers = _HEADERS | ({"retry-after": "300"} if status in {429, 503} else {})
    return desk.pages.render(
        template, status, headers=headers, language=language, says=says, organisation=organisation, **values
    )


def _language(request: Request, desk: Desk, link: str) -> str:
    """The letter's language; for a link that leads nowhere the browser's."""
    try:
        with desk.store.reading() as session:
            asked = open_question(session, link, desk.now())
    except StoreError:
        asked = None
    wanted = request.headers.get("accept-language", "")
    return asked.language if asked else preferred_language(wanted, desk.settings.notices.language)
