"""The letter's HTML in a frame of its own, and the text of one of its files. Both are looks, and are written down.

The frame is a browsing context without scripts, forms, plug-ins, navigation and origin (`sandbox`, HTML standard,
section 4.8.5), set by the frame and again by its page's own policy, and that policy lets nothing be fetched but our
style sheet.
"""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from mailguard.cases.reading import CaseDetail, open_body, read_case
from mailguard.cases.reveal import view
from mailguard.core.errors import NoSuchCase
from mailguard.core.part import Letter
from mailguard.desk.case_id import CaseId
from mailguard.desk.desk import Desk, TheDesk
from mailguard.desk.letter.files import FILE_KINDS, read_file
from mailguard.desk.letter.html_view import html_view
from mailguard.desk.letter.marking import Marker, html_paths
from mailguard.desk.visitor import PageVisitor
from mailguard.message.html_bodies import read_html_bodies

router = APIRouter(include_in_schema=False)

Number = Annotated[int, Path(ge=1, le=9999)]
_FRAMED = {
    "content-security-policy": (
        "sandbox; default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),
    "x-frame-options": "SAMEORIGIN",
}


@router.get("/cases/{case_id}/html/{number}")
def show_html(case_id: CaseId, number: Number, desk: TheDesk, visitor: PageVisitor) -> Response:
    """One of the letter's HTML bodies, for the frame on the case page."""
    case, raw, letter = _open(desk, case_id)
    paths = html_paths(letter)
    if number > len(paths):
        raise NoSuchCase("the letter has no such part")
    path = paths[number - 1]
    view(desk.store, case_id, visitor.person, path)
    source = read_html_bodies(raw).get(path)
    shown = None if source is None else html_view(letter, path, source, case.findings)
    return desk.pages.render("letter/framed.html", headers=_FRAMED, shown=shown)


@router.get("/cases/{case_id}/files/{number}")
def show_file(case_id: CaseId, number: Number, desk: TheDesk, visitor: PageVisitor) -> Response:
    """What a file of the letter says, as text, masked. The file itself is handed to nobody."""
    case, _, letter = _open(desk, case_id)
    found = read_file(letter, Marker(letter, case.findings), number)
    if found is None:
        raise NoSuchCase("the letter has no such file")
    file, readings = found
    view(desk.store, case_id, visitor.person, file.path)
    return desk.pages.render(
        "letter/file.html", visitor=visitor, case=case, file=file, readings=readings, file_kinds=FILE_KINDS
    )


def _open(desk: Desk, case_id: str) -> tuple[CaseDetail, bytes, Letter]:
    """Raises NoSuchCase for a letter that is no longer kept too."""
    raw = open_body(desk.store, case_id)
    if raw is None:
        raise NoSuchCase("the letter is no longer kept")
    return read_case(desk.store, case_id), raw, desk.read(raw)
