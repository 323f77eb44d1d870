"""Times and numbers in the form of a language."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from babel.numbers import format_decimal

_LOCALES = {"en": "en_GB"}


@dataclass(frozen=True, slots=True)
class Form:
    """How a language writes times of the house's time zone, and numbers."""

    language: str
    time_zone: str

    def moment(self, at: datetime) -> str:
        """`16 November 2026 11:00 EET`."""
        local = at.astimezone(ZoneInfo(self.time_zone))
        zone = local.strftime("%Z")
        zone = f"UTC{zone}" if zone[:1] in "+-" else zone
        return f"{self.day(at)} {format_time(local, 'short', locale=self._locale)} {zone}"

    def day(self, at: datetime) -> str:
        """`16 November 2026`."""
        return str(format_date(at.astimezone(ZoneInfo(self.time_zone)), "long", locale=self._locale))

    def number(self, value: int) -> str:
        """`1,200`."""
        return str(format_decimal(value, locale=self._locale))

    @property
    def _locale(self) -> str:
        return _LOCALES.get(self.language, self.language)
