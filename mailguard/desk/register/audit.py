"""The register audit: what the last run found, and the button that runs it again."""

import csv
import io
from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import StreamingResponse

from mailguard.core.spreadsheet import safe_cell
from mailguard.customers.audit_runs import AuditRun, KeptRisk, kept_risks, last_finished, last_run
from mailguard.customers.auditing.risk import RiskKind
from mailguard.desk import flash
from mailguard.desk.desk import Desk, TheDesk
from mailguard.desk.register.running import start_audit
from mailguard.desk.register.tabs import LONGEST_QUERY, PAGE, ListAsked, Sight, may_audit, pager, shown
from mailguard.desk.typed import Typed
from mailguard.desk.visitor import FormVisitor, PageVisitor

router = APIRouter(include_in_schema=False)

_CSV_PAGE = 2000
_REFRESH = "4"
"""Seconds between two looks at a run that somebody has just started and watches."""


@router.api_route("/register/audit", methods=["GET", "HEAD"])
def show_audit(
    request: Request,
    desk: TheDesk,
    visitor: PageVisitor,
    asked: ListAsked,
    kind: str = "",
    watch: str = "",
) -> Response:
    """Findings of the last finished run, by kind, searched and paged; how far a run is that is under way."""
    query, wanted = asked.query, kind_of(kind)
    finished, latest = last_finished(desk.store.engine, desk.now()), last_run(desk.store.engine, desk.now())
    under_way = latest if latest and latest.alive else None
    found = risks_of(desk, finished, wanted, query, asked.after, PAGE + 1)
    following = found[PAGE - 1].id if len(found) > PAGE else None
    return shown(
        request,
        desk,
        visitor,
        "audit",
        headers={"refresh": _REFRESH} if under_way and watch else None,
        run=finished,
        under_way=under_way,
        watched=bool(watch),
        failed=latest if latest and not latest.alive and latest != finished else None,
        risks=found[:PAGE],
        kind=wanted.value if wanted else "",
        kinds=list(RiskKind),
        query=query,
        sight=Sight(may_audit(visitor.person)),
        may_run=may_audit(visitor.person),
        pager=pager(query, asked.after, following, **({"kind": wanted.value} if wanted else {})),
    )


@router.post("/register/audit")
def post_audit(desk: TheDesk, visitor: FormVisitor) -> Response:
    """Run the audit again, beside the guard's work."""
    started = start_audit(desk, visitor.person.name)
    return flash.redirect(desk, "/register/audit?watch=1", "audit_started" if started else "audit_running")


@router.post("/register/audit/csv")
def post_csv(
    desk: TheDesk, visitor: FormVisitor, kind: Annotated[str, Form()] = "", q: Annotated[Typed, Form()] = ""
) -> Response:
    """The findings as a file. A POST, because so many addresses that leave the desk are an entry in the audit trail."""
    query, wanted = q[:LONGEST_QUERY], kind_of(kind)
    run = last_finished(desk.store.engine, desk.now())
    with desk.store.writing() as session:
        details = {"kind": wanted.value if wanted else "all", "searched": bool(query)}
        actor = visitor.person.name
        desk.store.audit.append(session, "register audit downloaded", actor=actor, at=desk.now(), details=details)
    rows = _csv(desk, run, wanted, query, Sight(may_audit(visitor.person)))
    day = f"{run.at:%Y-%m-%d}" if run else "none"
    headers = {"content-disposition": f'attachment; filename="mailguard-register-audit-{day}.csv"'}
    return StreamingResponse(rows, media_type="text/csv; charset=utf-8", headers=headers)


def kind_of(word: str) -> RiskKind | None:
    """The kind of that name; None for all, and for what is none."""
    return RiskKind(word) if word in set(RiskKind) else None


def risks_of(
    desk: Desk, run: AuditRun | None, kind: RiskKind | None, query: str, after: int, limit: int
) -> list[KeptRisk]:
    """Some findings of a run; of none there are none."""
    return list(kept_risks(desk.store.engine, run.id, kind=kind, query=query, after=after, limit=limit)) if run else []


def _csv(desk: Desk, run: AuditRun | None, kind: RiskKind | None, query: str, sight: Sight) -> Iterator[str]:
    yield _line("risk", "customer", "address", "taken for", "why")
    after = 0
    while page := risks_of(desk, run, kind, query, after, _CSV_PAGE):
        for risk in (kept.risk for kept in page):
            yield _line(
                risk.kind.value, risk.customer_id, sight.plain(risk.address), sight.plain(risk.other), risk.text
            )
        after = page[-1].id


def _line(*cells: str) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([safe_cell(cell, 1000) for cell in cells])
    return out.getvalue()
