"""The register at a glance: how large, how good its addresses, how fresh its sources."""

from fastapi import APIRouter, Request, Response

from mailguard.customers.audit_runs import last_finished
from mailguard.customers.freshness import freshness, limit_hours
from mailguard.desk.desk import TheDesk
from mailguard.desk.register.tabs import shown
from mailguard.desk.visitor import PageVisitor

router = APIRouter(include_in_schema=False)


@router.api_route("/register", methods=["GET", "HEAD"])
def show_register(request: Request, desk: TheDesk, visitor: PageVisitor) -> Response:
    """Figures and sources."""
    engine, settings = desk.store.engine, desk.settings.register_
    return shown(
        request,
        desk,
        visitor,
        "overview",
        counted=desk.figures.latest(),
        fresh=freshness(engine, settings, desk.now),
        limit=limit_hours(settings),
        audited=last_finished(engine, desk.now()),
    )
