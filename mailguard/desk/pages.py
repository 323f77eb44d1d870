"""The pages' templates: always escaped, with the filters that make foreign text harmless."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from mailguard.core.clock import Clock
from mailguard.core.errors import RegisterError, StoreError
from mailguard.customers.freshness import Freshness
from mailguard.desk import display, navigation, wording
from mailguard.desk.assets import versions
from mailguard.desk.indentation import Unindented
from mailguard.desk.language import catalogue, formats, made
from mailguard.desk.language.choice import LANGUAGES, choice
from mailguard.desk.rights import may
from mailguard.incidents.breaches.running import Overdue

TEMPLATES = Path(__file__).parent / "templates"


class Pages:
    """Renders the desk's templates. Times are shown in the house's time zone, the report's."""

    def __init__(
        self,
        *,
        time_zone: str,
        now: Clock,
        freshness: Callable[[], Freshness],
        odd_nodes: Callable[[], Mapping[str, str]],
        overdue: Callable[[], Sequence[Overdue]],
    ) -> None:
        self._zone = ZoneInfo(time_zone)
        self._now = now
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n", Unindented],
        )
        self._environment.install_gettext_callables(  # type: ignore[attr-defined]
            catalogue.gettext,
            catalogue.ngettext,
            newstyle=True,
            pgettext=catalogue.pgettext,
            npgettext=catalogue.npgettext,
        )
        self._environment.filters |= {
            "line": display.line,
            "block": display.block,
            "address": display.address,
            "person": display.person,
            "moment": self.moment,
            "short_moment": self._short_moment,
            "when": lambda at: _time(at, self._short_moment(at), self.moment(at)),
            "exactly": lambda at: _time(at, self.moment(at)),
            "on_day": lambda at: _time(at, formats.day(at)),
            "timed": lambda shown, at: _time(at, shown, self.moment(at)),
            "strong": lambda text: Markup("<b>{}</b>").format(text),
            "age": lambda at: formats.span(now() - at),
            "left": lambda at: formats.span(at - now()),
            "span": formats.span,
            "octets": formats.octets,
            "count": formats.count,
            "percent": formats.percent,
            "day": formats.day,
            "typed_day": formats.typed_day,
            "hours": lambda hours: formats.span(timedelta(hours=hours)),
            "severity": wording.severity,
            "words": wording.words,
            "made": made.say_made,
        }
        self._environment.globals |= {
            "words": wording,
            "choice": choice,
            "languages_known": LANGUAGES,
            "navigation": navigation,
            "static": versions(),
            "register_freshness": lambda: _known(freshness),
            "odd_nodes": lambda: _told(odd_nodes),
            "overdue_clocks": lambda: _late(overdue),
            "may": may,
        }

    def render(
        self, template: str, status: int = 200, *, headers: dict[str, str] | None = None, **context: object
    ) -> HTMLResponse:
        """A page. Half characters that no encoding knows become question marks, they never become an error."""
        text = self._environment.get_template(template).render(**({"visitor": None, "flash": None} | context))
        return HTMLResponse(text.encode("utf-8", "replace"), status, headers)

    def moment(self, at: datetime) -> str:
        """A moment in the house's time zone, to the second, with the zone's name."""
        return formats.moment(at, self._zone)

    def _short_moment(self, at: datetime) -> str:
        return formats.short_moment(at, self._now(), self._zone)


def _time(at: date, shown: str, title: str = "") -> Markup:
    # For times within sentences, which are one text to the translator.
    titled = Markup(' title="{}"').format(title) if title else ""
    return Markup('<time datetime="{}"{}>{}</time>').format(at.isoformat(), titled, shown)


def _known(freshness: Callable[[], Freshness]) -> Freshness | None:
    # The page that tells of a database's trouble is one of ours too.
    try:
        return freshness()
    except RegisterError:
        return None


def _told(odd_nodes: Callable[[], Mapping[str, str]]) -> Mapping[str, str]:
    try:
        return odd_nodes()
    except StoreError:
        return {}


def _late(overdue: Callable[[], Sequence[Overdue]]) -> Sequence[Overdue]:
    try:
        return overdue()
    except StoreError:
        return ()
