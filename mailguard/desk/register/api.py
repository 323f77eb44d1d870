"""The register for scripts: what is remembered of its addresses, and what the audit found. Reading only."""

from typing import Annotated

from fastapi import APIRouter, Query

from mailguard.customers.audit_runs import last_finished
from mailguard.customers.auditing.risk import RiskKind
from mailguard.customers.disputes import list_disputes
from mailguard.customers.pairs import list_pairs
from mailguard.desk.desk import TheDesk
from mailguard.desk.register.audit import risks_of
from mailguard.desk.register.shapes import AuditOut, DisputeList, DisputeOut, PairList, PairOut, RiskOut
from mailguard.desk.register.tabs import LONGEST_QUERY, After, Sight, may_audit, may_revoke
from mailguard.desk.typed import Typed
from mailguard.desk.visitor import ApiVisitor

router = APIRouter(prefix="/api/v1/register", tags=["register"])

Searched = Annotated[
    Typed, Query(max_length=LONGEST_QUERY, description="Part of an address, customer number or case id")
]
Limit = Annotated[int, Query(ge=1, le=200)]


@router.get("/pairs", summary="Remembered pairs")
def get_pairs(desk: TheDesk, visitor: ApiVisitor, q: Searched = "", limit: Limit = 50, after: After = 0) -> PairList:
    """Decisions that count today, newest first."""
    sight = Sight(may_revoke(visitor.person))
    with desk.store.reading() as session:
        found = list_pairs(session, desk.now().date(), query=q, before=after, limit=limit + 1)
    pairs = [
        PairOut(
            id=pair.id,
            address=sight.plain(pair.address),
            customer=pair.customer_id,
            approved=pair.approved,
            reasons=list(pair.reasons),
            until=pair.until,
            case=pair.case_id,
            by=pair.by,
            at=pair.at,
        )
        for pair in found[:limit]
    ]
    return PairList(pairs=pairs, next=pairs[-1].id if len(found) > limit else None)


@router.get("/disputes", summary="Disputed addresses")
def get_disputes(
    desk: TheDesk, visitor: ApiVisitor, q: Searched = "", limit: Limit = 50, after: After = 0
) -> DisputeList:
    """Disputes that stand, newest first."""
    sight = Sight(may_revoke(visitor.person))
    with desk.store.reading() as session:
        found = list_disputes(session, query=q, before=after, limit=limit + 1)
    disputes = [
        DisputeOut(id=one.id, address=sight.plain(one.address), customer=one.customer_id, by=one.by, at=one.at)
        for one in found[:limit]
    ]
    return DisputeList(disputes=disputes, next=disputes[-1].id if len(found) > limit else None)


@router.get("/audit", summary="Findings of the register audit")
def get_audit(
    desk: TheDesk,
    visitor: ApiVisitor,
    kind: RiskKind | None = None,
    q: Searched = "",
    limit: Limit = 50,
    after: After = 0,
) -> AuditOut:
    """What the last audit that came to its end found, in its order."""
    sight = Sight(may_audit(visitor.person))
    run = last_finished(desk.store.engine, desk.now())
    found = risks_of(desk, run, kind, q, after, limit + 1)
    risks = [
        RiskOut(
            id=kept.id,
            kind=kept.risk.kind,
            customers=kept.risk.customer_id,
            address=sight.plain(kept.risk.address),
            taken_for=sight.plain(kept.risk.other),
            text=kept.risk.text,
        )
        for kept in found[:limit]
    ]
    return AuditOut(
        run_at=run.at if run else None,
        counts=run.counts if run else {},
        risks=risks,
        next=risks[-1].id if len(found) > limit else None,
    )
