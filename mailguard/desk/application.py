"""The review desk as one ASGI application."""

from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

from mailguard import __version__
from mailguard.cases.reading import ReadLetter
from mailguard.core.clock import Clock, utc_now
from mailguard.core.coaching import Coaching
from mailguard.core.settings import Settings
from mailguard.customers.freshness import FreshnessWatch
from mailguard.desk import probes
from mailguard.desk.answers import ANYWHERE
from mailguard.desk.assets import Assets
from mailguard.desk.case import api as case_api
from mailguard.desk.case import disputing
from mailguard.desk.case import page as case
from mailguard.desk.deciding import acts, glass, undoing
from mailguard.desk.deputies import api as deputies_api
from mailguard.desk.deputies import pages as deputies
from mailguard.desk.desk import Desk
from mailguard.desk.failures import CatchAll, answer_errors
from mailguard.desk.headers import SecurityHeaders
from mailguard.desk.incidents import api as breaches_api
from mailguard.desk.incidents import breach, drafts, export, listing, opening
from mailguard.desk.incidents.figures import BreachFigures, read_overdue
from mailguard.desk.language import switch
from mailguard.desk.language.choice import Chosen
from mailguard.desk.leaks import api as leaks_api
from mailguard.desk.leaks import pages as leaks
from mailguard.desk.letter import pages as letter_pages
from mailguard.desk.limits import BodyLimit, LoginThrottle
from mailguard.desk.login import router as login
from mailguard.desk.mine import pages as mine_pages
from mailguard.desk.pages import Pages
from mailguard.desk.queue import api as queue_api
from mailguard.desk.queue import bulk, claiming, news, views
from mailguard.desk.queue import page as queue
from mailguard.desk.register import api as register_api
from mailguard.desk.register import audit, confirmations, disputes, overview, pairs
from mailguard.desk.reports import coaching as coaching_pages
from mailguard.desk.reports import weekly
from mailguard.desk.reports.archive import ReportArchive
from mailguard.desk.strangers import confirming, reporting
from mailguard.desk.talking import api as talking_api
from mailguard.desk.talking import pages as talking_pages
from mailguard.desk.tracing import pages as tracing
from mailguard.message.read import read_letter
from mailguard.store.nodes import list_nodes, odd_nodes
from mailguard.store.store import Store


def make_desk(
    store: Store,
    settings: Settings,
    *,
    archive: ReportArchive | None = None,
    now: Clock = utc_now,
    read: ReadLetter = read_letter,
    coaching: Coaching | None = None,
    metrics: CollectorRegistry | None = None,
) -> FastAPI:
    """The pages, the HTTP API and the probes of the review desk, on an open store.

    `archive` gives the weekly reports; `metrics` a registry that other rooms have put their
    figures into. Endpoints are plain functions on purpose: the store blocks, so each request runs in a thread.
    """
    fresh = FreshnessWatch(store.engine, settings.register_, now)
    pages = Pages(
        time_zone=settings.report.time_zone,
        now=now,
        freshness=fresh,
        odd_nodes=lambda: odd_nodes(list_nodes(store)),
        overdue=lambda: read_overdue(store, settings.incidents, now()),
    )
    desk = Desk(store, settings, now, pages, LoginThrottle(now), archive, read, coaching)
    app = FastAPI(
        title="mailguard",
        version=__version__,
        summary="Held mail: read it, and decide on it.",
        openapi_url="/api/openapi.json",
        docs_url=None,  # Both viewers load scripts from another site.
        redoc_url=None,
        # The redirect that would add or take a slash is built from the Host header, which is the visitor's word.
        redirect_slashes=False,
        responses=ANYWHERE,
        middleware=[
            Middleware(SecurityHeaders, https=desk.https),
            Middleware(Chosen, default=settings.notices.language),
            Middleware(CatchAll),
            Middleware(BodyLimit),
        ],
    )
    app.state.desk = desk
    app.state.metrics = metrics or CollectorRegistry()
    app.state.metrics.register(probes.CaseFigures(store, now))
    app.state.metrics.register(BreachFigures(store, settings.incidents, now))
    answer_errors(app)
    register = (overview, audit, pairs, disputes, confirmations, register_api)
    for room in (
        confirming,
        reporting,
        login,
        switch,
        queue,
        news,
        bulk,
        views,
        claiming,
        case,
        letter_pages,
        acts,
        undoing,
        disputing,
        glass,
        deputies,
        tracing,
        *register,
        listing,
        opening,
        drafts,
        export,
        breach,
        breaches_api,
        leaks,
        leaks_api,
        weekly,
        coaching_pages,
        probes,
        case_api,
        queue_api,
        deputies_api,
        mine_pages,
        talking_pages,
        talking_api,
    ):
        app.include_router(room.router)
    # Only these are packed: a page holds a token beside texts of strangers (BREACH), a style sheet holds no secret.
    app.mount("/static", GZipMiddleware(Assets(), minimum_size=500))
    return app
