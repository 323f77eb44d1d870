"""What machines ask: alive, ready, and the figures for Prometheus."""

from collections.abc import Iterable, Iterator
from ipaddress import ip_address

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from sqlmodel import col, func, select

from mailguard.cases.deciding.glass_reviews import unreviewed
from mailguard.core.case import CaseState
from mailguard.core.clock import Clock
from mailguard.core.errors import RegisterError, StoreError
from mailguard.customers.freshness import freshness
from mailguard.desk.desk import Desk, TheDesk
from mailguard.store.database.disk import MEBIBYTE
from mailguard.store.people import person_of_token
from mailguard.store.store import Store
from mailguard.store.tables.audit import AuditHeadRow
from mailguard.store.tables.cases import CaseRow
from mailguard.store.tables.decisions import DecisionRow
from mailguard.store.tables.outbox import NoticeRow

router = APIRouter(include_in_schema=False)


@router.api_route("/healthz", methods=["GET", "HEAD"])
def show_health() -> Response:
    """The process answers."""
    return PlainTextResponse("ok\n")


@router.api_route("/readyz", methods=["GET", "HEAD"])
def show_readiness(desk: TheDesk) -> Response:
    """The store answers; 503 while it does not, with the reason.

    What spoils only a part is told, and no reason to send mail elsewhere: with a full disk or a stale register clean
    mail still passes, and of a store that takes no writes the other nodes have no better one.
    """
    try:
        with desk.store.reading() as session:
            session.exec(select(AuditHeadRow.seq)).first()
        told = list(_troubles(desk))
    except StoreError as error:
        return PlainTextResponse(f"{error.reason or 'the store does not answer'}\n", 503)
    except RegisterError:
        return PlainTextResponse("the customer register does not answer\n", 503)
    return PlainTextResponse(f"ready, but {'; '.join(told)}\n" if told else "ready\n")


def _troubles(desk: Desk) -> Iterator[str]:
    room = desk.store.disk.look()
    if room is not None and room.is_short:
        free, reserve = room.free // MEBIBYTE, room.reserve // MEBIBYTE
        yield f"mail to be held is deferred: {free} MB free on the disk, {reserve} MB are kept back"
    elif (trouble := desk.store.trouble.look()) is not None:
        yield f"writing failed a moment ago: {trouble.reason}"
    if freshness(desk.store.engine, desk.settings.register_, desk.now).stale:
        yield "the customer register is stale"


@router.get("/metrics")
def show_metrics(request: Request, desk: TheDesk) -> Response:
    """Figures for this machine's own collector, or for a holder of a token. They name no person and no letter."""
    if not _may_measure(request, desk):
        return JSONResponse(
            {"detail": "from this machine, or with a bearer token"}, 401, {"WWW-Authenticate": "Bearer"}
        )
    registry: CollectorRegistry = request.app.state.metrics
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def _may_measure(request: Request, desk: Desk) -> bool:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return person_of_token(desk.store, token.strip()) is not None
    # Behind a proxy on this machine everybody comes from loopback, so what was forwarded is not from here.
    if {"forwarded", "x-forwarded-for", "x-real-ip", "via"} & set(request.headers):
        return False
    try:
        return request.client is not None and ip_address(request.client.host).is_loopback
    except ValueError:
        return False


class CaseFigures(Collector):
    """Reads the store when Prometheus asks, so the figures are right after a restart and with several processes."""

    def __init__(self, store: Store, now: Clock) -> None:
        self._store = store
        self._now = now

    def describe(self) -> Iterable[Metric]:
        """Registering must not ask the store."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Cases by state, age of the oldest that waits, letters not yet sent, length of the audit chain."""
        cases = GaugeMetricFamily("mailguard_cases", "Cases by state", labels=["state"])
        age = GaugeMetricFamily("mailguard_oldest_held_seconds", "Age of the case that waits longest; 0 with none")
        letters = GaugeMetricFamily("mailguard_notices_waiting", "Letters of the guard that are not sent yet")
        chain = GaugeMetricFamily("mailguard_audit_entries", "Entries in the audit chain")
        glass = CounterMetricFamily("mailguard_break_glass", "Messages approved by one person who broke the glass")
        unseen = GaugeMetricFamily("mailguard_break_glass_unreviewed", "Such approvals that nobody has reviewed")
        with self._store.reading() as session:
            broken = session.exec(select(func.count()).where(col(DecisionRow.break_glass).is_(True))).one()
            waits = len(unreviewed(session))
            counts = dict(session.exec(select(CaseRow.state, func.count()).group_by(CaseRow.state)).all())
            held = CaseRow.state == CaseState.HELD
            oldest = session.exec(select(func.min(CaseRow.received_at)).where(held)).one()
            waiting = session.exec(select(func.count()).where(col(NoticeRow.due_at).is_not(None))).one()
            entries = session.exec(select(AuditHeadRow.seq)).first()
        for state in CaseState:
            cases.add_metric([state.value], counts.get(state.value, 0))
        age.add_metric([], (self._now() - oldest).total_seconds() if oldest else 0)
        letters.add_metric([], waiting)
        chain.add_metric([], entries or 0)
        glass.add_metric([], broken)
        unseen.add_metric([], waits)
        return cases, age, letters, chain, glass, unseen
