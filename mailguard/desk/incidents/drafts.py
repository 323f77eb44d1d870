"""Drafts of a breach: which there are, each to be read and copied, and as a file. Having one changes nothing but the
audit trail, where every one stands."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from mailguard.desk import flash
from mailguard.desk.answers import problem
from mailguard.desk.desk import Desk, TheDesk
from mailguard.desk.incidents.acts import require_number, show
from mailguard.desk.incidents.draft_shapes import DraftOut
from mailguard.desk.incidents.fields import FIELDS
from mailguard.desk.language.catalogue import N_
from mailguard.desk.visitor import ApiVisitor, PageVisitor, Visitor
from mailguard.incidents.drafts.describe import describe_draft
from mailguard.incidents.drafts.draft import Draft
from mailguard.incidents.drafts.kinds import LANGUAGES, DraftKind, kinds_of
from mailguard.incidents.drafts.read import draft_breach
from mailguard.incidents.drafts.render import as_html, as_pdf, as_text

router = APIRouter()

BreachId = Annotated[str, Path(max_length=20, examples=["2026-0007"])]
_CODES = f"^({'|'.join(LANGUAGES)})$"
Language = Annotated[str, Path(pattern=_CODES)]
Form = Annotated[str, Path(pattern="^(txt|html|pdf)$")]

_TYPES = {"txt": "text/plain; charset=utf-8", "html": "text/html; charset=utf-8", "pdf": "application/pdf"}
TITLES: dict[DraftKind, str] = {
    DraftKind.AUTHORITY_1: N_("Notification to the authority, phase 1"),
    DraftKind.AUTHORITY_2: N_("Notification to the authority, phase 2"),
    DraftKind.TELECOM_1: N_("Telecom notification, first"),
    DraftKind.TELECOM_2: N_("Telecom notification, second"),
    DraftKind.PEOPLE: N_("Letter to the people concerned"),
    DraftKind.CONTROLLER: N_("Letter to the controller"),
    DraftKind.READER: N_("Letter to the reader, asking for deletion"),
}
"""As the pages call them, in the visitor's language; the drafts themselves are in that of their readers."""

SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"


@router.api_route("/breaches/{breach_id}/drafts", methods=["GET", "HEAD"], include_in_schema=False)
def show_drafts(request: Request, breach_id: BreachId, desk: TheDesk, visitor: PageVisitor) -> Response:
    """Kinds and languages."""
    shown = show(desk, breach_id, visitor.person)
    page = desk.pages.render(
        "incidents/drafts.html",
        visitor=visitor,
        flash=flash.take(request, desk),
        breach=shown.watched.breach,
        kinds=[(kind, TITLES[kind]) for kind in kinds_of(desk.settings.incidents)],
        others=[(kind, TITLES[kind]) for kind in DraftKind if kind not in kinds_of(desk.settings.incidents)],
        languages=LANGUAGES,
    )
    flash.clear(request, page, desk)
    return page


@router.get("/breaches/{breach_id}/drafts/{kind}/{language}", include_in_schema=False)
def show_draft(
    breach_id: BreachId, kind: DraftKind, language: Language, desk: TheDesk, visitor: PageVisitor
) -> Response:
    """One draft as text to be copied, and what a person has to fill in."""
    draft = _draft(desk, visitor, breach_id, kind, language, "page")
    return desk.pages.render(
        "incidents/draft.html",
        visitor=visitor,
        draft=draft,
        title=TITLES[kind],
        text=as_text(draft),
        languages=LANGUAGES,
        fields=FIELDS,
    )


@router.get("/breaches/{breach_id}/drafts/{kind}/{language}/{form}", include_in_schema=False)
def get_file(
    breach_id: BreachId, kind: DraftKind, language: Language, form: Form, desk: TheDesk, visitor: PageVisitor
) -> Response:
    """One draft as a file."""
    draft = _draft(desk, visitor, breach_id, kind, language, form)
    octets = as_pdf(draft) if form == "pdf" else (as_html if form == "html" else as_text)(draft).encode()
    return download(octets, f"breach-{draft.breach_id}-{kind.value}-{language}.{form}", _TYPES[form])


@router.get(
    "/api/v1/breaches/{breach_id}/drafts/{kind}",
    tags=["incidents"],
    summary="Draft a notification or letter",
    responses={404: problem("No such breach")},
)
def get_draft(
    breach_id: BreachId,
    kind: DraftKind,
    desk: TheDesk,
    visitor: ApiVisitor,
    language: Annotated[str, Query(pattern=_CODES, description="en, fi, sv, pl, nl or de")] = "en",
) -> DraftOut:
    """What the register knows, as a notification or letter; what is lacking is marked and listed. It is not sent."""
    return DraftOut(**describe_draft(_draft(desk, visitor, breach_id, kind, language, "json")))


def download(octets: bytes, name: str, media_type: str) -> Response:
    """A file that the browser keeps and does not show."""
    headers = {"content-disposition": f'attachment; filename="{name}"', "content-security-policy": SANDBOX}
    return Response(octets, media_type=media_type, headers=headers)


def _draft(desk: Desk, visitor: Visitor, breach_id: str, kind: DraftKind, language: str, form: str) -> Draft:
    require_number(breach_id)
    return draft_breach(
        desk.store, breach_id, kind, language, settings=desk.settings, by=visitor.person.name, form=form
    )
