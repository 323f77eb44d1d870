"""The life of held mail, and the hours at which people are at work."""

from datetime import date, time

from pydantic import Field, model_validator

from mailguard.core.settings.section import Section, at_key
from mailguard.core.settings.types import (
    Country,
    Language,
    MailAddress,
    TimeOfDay,
    TimeZone,
    Weekday,
)


class CaseSettings(Section):
    """The life of held mail."""

    expire_days: int = Field(7, ge=1, le=3650)
    """A case that nobody decides is returned to its sender after so many days, never sent.

    This and the terms below are for messages held from now on: what waits already keeps the deadlines that it was
    given when it was held.
    """
    expire_hours: int | None = Field(None, ge=1, le=2000)
    """The same in business hours of `[calendar]`; when set, it holds instead of `expire_days`."""
    remind_hours: int | None = Field(None, ge=1, le=2000)
    """Business hours after which supervisors are reminded; not set: half the time to expiry."""
    escalate_hours: int | None = Field(None, ge=1, le=2000)
    """Business hours after which it is told higher up; not set: three quarters of the time to expiry."""
    escalate_to: list[MailAddress] = []
    """Who is told then, besides the supervisors; not set: everybody with the role ops or admin."""

    seeded_per_week: int = Field(0, ge=0, le=50)
    """Made-up cases a week, put among the real ones to measure the reviewers' attention; they are never sent."""
    seeded_languages: list[Language] = []
    """Languages of their letters, in turn; empty: that of `notices.language`."""

    @model_validator(mode="after")
    def _one_after_the_other(self) -> "CaseSettings":
        remind, escalate, expire = self.remind_hours, self.escalate_hours, self.expire_hours
        for key, hours in (("remind_hours", remind), ("escalate_hours", escalate)):
            if hours and expire and hours >= expire:
                raise at_key(f"cases.{key}", f"must be less than expire_hours = {expire}")
        # What is not set comes at half and at three quarters of the time.
        first, second = remind or (expire or 0) / 2, escalate or (expire or 0) * 3 / 4
        if first and second and first >= second:
            raise at_key("cases.escalate_hours", f"must be more than the {first:g} hours to the reminder")
        return self


class CalendarSettings(Section):
    """When people are at work: deadlines in hours count these hours only."""

    time_zone: TimeZone = "UTC"
    work_days: list[Weekday] = Field(["mon", "tue", "wed", "thu", "fri"], min_length=1)
    opens: TimeOfDay = time(8)
    closes: TimeOfDay = time(16)
    country: Country = ""
    """Whose public holidays are free: a country (ISO 3166, "FI") or a part of it ("DE-BY"); empty: none are."""
    holidays: list[date] = []
    """Further free days, `[2026-12-24]`."""

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> "CalendarSettings":
        # A window of a minute a week would put deadlines into another century.
        if self.hours_a_day < 1:
            raise at_key("calendar.closes", f"write a time at least an hour after opens, which is {self.opens:%H:%M}")
        return self

    @property
    def hours_a_day(self) -> float:
        """How long a working day is, on a day on which the clock is not changed."""
        return (self.closes.hour - self.opens.hour) + (self.closes.minute - self.opens.minute) / 60
