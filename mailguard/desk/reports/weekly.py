"""The weekly reports, for those who are logged in: made from what the store keeps, so every node shows them all."""

from fastapi import APIRouter, HTTPException, Request, Response

from mailguard.core.errors import InputError
from mailguard.desk import flash
from mailguard.desk.desk import TheDesk
from mailguard.desk.visitor import PageVisitor

router = APIRouter(include_in_schema=False)

_TYPES = {
    "html": "text/html; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "pdf": "application/pdf",
}
_SANDBOX = "default-src 'none'; style-src 'unsafe-inline' 'self'; img-src 'self' data:; frame-ancestors 'none'; sandbox"
"""A report is one file with its styles in it. `sandbox` makes it a page of no origin: it has no scripts, no forms."""


@router.api_route("/reports", methods=["GET", "HEAD"])
def show_reports(request: Request, desk: TheDesk, visitor: PageVisitor) -> Response:
    """All weeks, newest first, under a picture of their trend."""
    weeks = desk.reports.weeks() if desk.reports else ()
    page = desk.pages.render("reports/weekly.html", visitor=visitor, flash=flash.take(request, desk), weeks=weeks)
    flash.clear(request, page, desk)
    return page


@router.get("/reports/trend.svg")
def show_trend(desk: TheDesk, visitor: PageVisitor) -> Response:
    """The picture."""
    picture = desk.reports.trend() if desk.reports else ""
    if not picture:
        raise HTTPException(404)
    return Response(picture, media_type="image/svg+xml", headers={"content-security-policy": _SANDBOX})


@router.get("/reports/{name}")
def show_report(name: str, desk: TheDesk, visitor: PageVisitor) -> Response:
    """One report, as a page that can do nothing."""
    try:
        content = desk.reports.read(name) if desk.reports else None
    except InputError as error:
        # The page itself is fine: what the system lacks is no mistake of the visitor's.
        raise HTTPException(503, str(error)) from None
    if content is None:
        raise HTTPException(404)
    form = name.rpartition(".")[2]
    headers = {"content-security-policy": _SANDBOX}
    if form != "html":
        headers["content-disposition"] = f'attachment; filename="{name}"'
    return Response(content, media_type=_TYPES[form], headers=headers)
