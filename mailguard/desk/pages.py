"""The pages' templates: always escaped, with the filters that make foreign text harmless."""

from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from mailguard.core.clock import Clock
from mailguard.core.errors import RegisterError
from mailguard.customers.freshness import Freshness
from mailguard.desk import display, wording

STATIC = Path(__file__).parent / "static"
_TEMPLATES = Path(__file__).parent / "templates"


class Pages:
    """Renders the desk's templates. Times are shown in the house's time zone, the report's."""

    def __init__(self, *, time_zone: str, now: Clock, freshness: Callable[[], Freshness]) -> None:
        self._zone = ZoneInfo(time_zone)
        self._now = now
        self._environment = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        self._environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
        self._environment.filters |= {
            "line": display.line,
            "block": display.block,
            "address": display.address,
            "mask_address": display.mask_address,
            "moment": self._moment,
            "short_moment": self._short_moment,
            "age": lambda at: span(now() - at),
            "left": lambda at, days: at + timedelta(days=days) - now(),
            "span": span,
            "octets": octets,
            "count": lambda number: format_decimal(number, locale="en"),
            "day": lambda day: format_date(day, "d MMM y", locale="en"),
            "hours": lambda hours: span(timedelta(hours=hours)),
            "severity": wording.severity,
            "words": wording.words,
        }
        self._environment.globals |= {
            "words": wording,
            "static": _versions(),
            "register_freshness": lambda: _known(freshness),
        }

    def render(
        self, template: str, status: int = 200, *, headers: dict[str, str] | None = None, **context: object
    ) -> HTMLResponse:
        """A page. Half characters that no encoding knows become question marks, they never become an error."""
        text = self._environment.get_template(template).render(**({"visitor": None, "flash": None} | context))
        return HTMLResponse(text.encode("utf-8", "replace"), status, headers)

    def _moment(self, at: datetime) -> str:
        return format_datetime(at.astimezone(self._zone), "d MMM y, HH:mm:ss z", locale="en")

    def _short_moment(self, at: datetime) -> str:
        local = at.astimezone(self._zone)
        same_year = local.year == self._now().astimezone(self._zone).year
        return format_datetime(local, "d MMM HH:mm" if same_year else "d MMM y HH:mm", locale="en")


def _known(freshness: Callable[[], Freshness]) -> Freshness | None:
    # The page that tells of a database's trouble is one of ours too.
    try:
        return freshness()
    except RegisterError:
        return None


def span(length: timedelta) -> str:
    """A length of time in the two largest units: `3 d 4 h`."""
    minutes = max(0, int(length.total_seconds()) // 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min" if minutes else "under a minute"


def octets(size: int) -> str:
    """A size for people: `812 bytes`, `14 kB`, `3.2 MB`."""
    if size < 1000:
        return f"{size} bytes"
    return f"{size / 1000:.0f} kB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"


def _versions() -> dict[str, str]:
    # The digest in the address lets browsers keep the file for good and still fetch a new one at once.
    return {
        file.name: f"/static/{file.name}?v={sha256(file.read_bytes()).hexdigest()[:12]}" for file in STATIC.iterdir()
    }
