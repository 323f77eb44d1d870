"""By when somebody must have decided on a held message: a reminder, then word higher up, then back to its sender.

They are reckoned once, when a message is held, and written into its row. A case that is waiting keeps them when the
configuration changes.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mailguard.core.calendar import BusinessCalendar
from mailguard.core.settings import CaseSettings, Settings

_REMIND, _ESCALATE = 1 / 2, 3 / 4
"""Shares of the time to expiry, where the configuration says nothing else."""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The three moments in the life of a case that nobody decides, in their order; named as the columns of `cases`."""

    remind_at: datetime
    escalate_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Terms:
    """How long is waited for a decision, and on which calendar."""

    cases: CaseSettings = field(default_factory=CaseSettings)
    calendar: BusinessCalendar = field(default_factory=BusinessCalendar)

    @classmethod
    def of(cls, settings: Settings) -> "Terms":
        """The terms of the configuration."""
        return cls(settings.cases, BusinessCalendar.of(settings.calendar))

    def reckon(self, received_at: datetime) -> Deadlines:
        """The deadlines of a message that was held at that moment.

        Hours are business hours, days are those of any calendar. Where both are used a holiday can push a reminder
        beyond the expiry: then it comes at its share of the time, as if nothing were configured.
        """
        expires_at = self._expiry(received_at)
        remind_at = self._share(received_at, expires_at, self.cases.remind_hours, _REMIND)
        escalate_at = self._share(received_at, expires_at, self.cases.escalate_hours, _ESCALATE)
        return Deadlines(min(remind_at, escalate_at), escalate_at, expires_at)

    def _expiry(self, received_at: datetime) -> datetime:
        if self.cases.expire_hours is not None:
            return self.calendar.after(received_at, self.cases.expire_hours)
        return received_at + timedelta(days=self.cases.expire_days)

    def _share(self, received_at: datetime, expires_at: datetime, hours: int | None, share: float) -> datetime:
        if hours is not None and (at := self.calendar.after(received_at, hours)) < expires_at:
            return at
        if self.cases.expire_hours is not None:
            return self.calendar.after(received_at, self.cases.expire_hours * share)
        return received_at + (expires_at - received_at) * share
