"""The weekly reports, for those who are logged in."""

import re
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import FileResponse

from mailguard.desk import flash
from mailguard.desk.desk import TheDesk
from mailguard.desk.visitor import PageVisitor

router = APIRouter(include_in_schema=False)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,80}\.(html|csv|json)", re.ASCII)
_TYPES = {
    "html": "text/html; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}
_SANDBOX = "default-src 'none'; style-src 'unsafe-inline' 'self'; img-src 'self' data:; frame-ancestors 'none'; sandbox"
"""A report is one file with its styles in it. `sandbox` makes it a page of no origin: it has no scripts, no forms."""
_PREFIX = "mailguard-report-"
_MOST = 520


@router.api_route("/reports", methods=["GET", "HEAD"])
def show_reports(request: Request, desk: TheDesk, visitor: PageVisitor) -> Response:
    """The reports on disk, newest first."""
    weeks: dict[str, list[str]] = {}
    for name in _names(desk.report_folder):
        weeks.setdefault(name.rpartition(".")[0].removeprefix(_PREFIX), []).append(name)
    page = desk.pages.render("reports.html", visitor=visitor, flash=flash.take(request, desk), weeks=weeks)
    flash.clear(request, page, desk)
    return page


@router.get("/reports/{name}")
def show_report(name: str, desk: TheDesk, visitor: PageVisitor) -> Response:
    """One report, as a page that can do nothing."""
    match = _NAME.fullmatch(name)
    if match is None or name not in _names(desk.report_folder):
        raise HTTPException(404)
    file = Path(desk.report_folder or "", name)
    return FileResponse(file, media_type=_TYPES[match[1]], headers={"content-security-policy": _SANDBOX})


def _names(folder: Path | None) -> list[str]:
    if folder is None or not folder.is_dir():
        return []
    # A link could lead out of the folder, to the key file for one.
    files = (file.name for file in folder.iterdir() if _NAME.fullmatch(file.name) and not file.is_symlink())
    return sorted(files, reverse=True)[:_MOST]
