"""The review desk as one ASGI application."""

from pathlib import Path

from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from mailguard import __version__
from mailguard.cases.reading import ReadLetter
from mailguard.core.clock import Clock, utc_now
from mailguard.core.settings import Settings
from mailguard.customers.freshness import FreshnessWatch
from mailguard.desk import api, case, confirming, deciding, login, probes, queue, reports
from mailguard.desk.desk import Desk
from mailguard.desk.failures import CatchAll, answer_errors
from mailguard.desk.headers import SecurityHeaders
from mailguard.desk.limits import BodyLimit, LoginThrottle
from mailguard.desk.pages import STATIC, Pages
from mailguard.desk.register import api as register_api
from mailguard.desk.register import audit, confirmations, disputes, overview, pairs
from mailguard.message.read import read_letter
from mailguard.store.store import Store


def make_desk(
    store: Store,
    settings: Settings,
    *,
    report_folder: Path | None = None,
    now: Clock = utc_now,
    read: ReadLetter = read_letter,
    metrics: CollectorRegistry | None = None,
) -> FastAPI:
    """The pages, the HTTP API and the probes of the review desk, on an open store.

    `report_folder` is where the weekly reports are written; `metrics` a registry that other rooms have put their
    figures into. Endpoints are plain functions on purpose: the store blocks, so each request runs in a thread.
    """
    fresh = FreshnessWatch(store.engine, settings.register_, now)
    pages = Pages(time_zone=settings.report.time_zone, now=now, freshness=fresh)
    desk = Desk(store, settings, now, pages, LoginThrottle(now), report_folder, read)
    app = FastAPI(
        title="mailguard",
        version=__version__,
        summary="Held mail: read it, and decide on it.",
        openapi_url="/api/openapi.json",
        docs_url=None,  # Both viewers load scripts from another site.
        redoc_url=None,
        # The redirect that would add or take a slash is built from the Host header, which is the visitor's word.
        redirect_slashes=False,
        middleware=[Middleware(SecurityHeaders, https=desk.https), Middleware(CatchAll), Middleware(BodyLimit)],
    )
    app.state.desk = desk
    app.state.metrics = metrics or CollectorRegistry()
    app.state.metrics.register(probes.CaseFigures(store, now))
    answer_errors(app)
    register = (overview, audit, pairs, disputes, confirmations, register_api)
    for room in (confirming, login, queue, case, deciding, *register, reports, probes, api):
        app.include_router(room.router)
    app.mount("/static", _Static(directory=STATIC))
    return app


class _Static(StaticFiles):
    def file_response(self, *args: object, **kwargs: object) -> Response:
        response: Response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        # Pages name the file with its digest, so a kept copy is never the wrong one.
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response
