"""The register as a file, for an authority that asks for it (GDPR Art. 33(5)). Each export is audited."""

from datetime import UTC, date, datetime, time
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from mailguard.desk.desk import TheDesk
from mailguard.desk.display import mask_address
from mailguard.desk.incidents.drafts import download
from mailguard.desk.incidents.keeping import may_write
from mailguard.desk.incidents.shown import house_zone
from mailguard.desk.visitor import PageVisitor
from mailguard.incidents.breaches.export import ExportForm, export_register

router = APIRouter(include_in_schema=False)

_TYPES = {ExportForm.CSV: "text/csv; charset=utf-8", ExportForm.PDF: "application/pdf"}

Since = Annotated[date | None, Query(ge=date(2000, 1, 1), le=date(9000, 1, 1))]


@router.get("/breaches/export/{form}")
def get_register(
    form: Annotated[ExportForm, Path()], desk: TheDesk, visitor: PageVisitor, since: Since = None
) -> Response:
    """All of it, or what was opened on that day and later; addresses are masked for those who only read."""
    person, zone = visitor.person, house_zone(desk)
    begin = datetime.combine(since, time(), zone).astimezone(UTC) if since else None
    mask = None if may_write(person) else mask_address
    octets = export_register(desk.store, form, settings=desk.settings, by=person.name, since=begin, mask=mask)
    return download(octets, f"breach-register-{desk.now().astimezone(zone):%Y-%m-%d}.{form.value}", _TYPES[form])
