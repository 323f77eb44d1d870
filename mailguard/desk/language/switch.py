"""The switch of language, colours and single keys: a form in the foot of every page."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import col, update

from mailguard.core.person import Person
from mailguard.desk.desk import Desk, TheDesk
from mailguard.desk.language.choice import COOKIE, LANGUAGES, SCHEMES, choice, own_path
from mailguard.desk.visitor import CrossSite, check_origin, same_token, visitor_of_cookie
from mailguard.store.tables.people import UserRow

router = APIRouter(include_in_schema=False)

_YEAR = 365 * 86_400


@router.post("/display")
def post_choice(
    request: Request,
    desk: TheDesk,
    language: Annotated[str, Form()] = "",
    scheme: Annotated[str | None, Form()] = None,
    keys: Annotated[str, Form()] = "",
    csrf: Annotated[str, Form()] = "",
    here: Annotated[str, Form()] = "",
) -> Response:
    """Keep what was chosen in a cookie, a person's language with their account too, and go back."""
    check_origin(request, desk)
    visitor = visitor_of_cookie(request, desk)
    if visitor is not None and not same_token(csrf, visitor.csrf_token or ""):
        raise CrossSite
    made = choice()
    if language in LANGUAGES:
        made.language = language
        if visitor is not None:
            _keep(desk, visitor.person, language)
    if scheme in SCHEMES:
        made.scheme = scheme
    if keys in {"on", "off"}:
        made.keys = keys == "on"
    response = RedirectResponse(own_path(here), 303)
    response.set_cookie(
        COOKIE, made.as_cookie(), max_age=_YEAR, path="/", secure=desk.https, httponly=True, samesite="lax"
    )
    return response


def _keep(desk: Desk, person: Person, language: str) -> None:
    with desk.store.writing() as session:
        session.exec(update(UserRow).where(col(UserRow.id) == person.user_id).values(language=language))
