"""Breaches of personal data: clocks, and who we are."""

from typing import Literal

from pydantic import Field

from mailguard.core.settings.section import Section
from mailguard.core.settings.types import MailAddress


class ClockSettings(Section):
    """A deadline that runs from a breach's discovery on."""

    name: str = Field(min_length=1, max_length=60)
    hours: float = Field(gt=0)
    starts: Literal["detected_at", "aware_at", "notified_authority_at"] = "aware_at"
    ends: Literal["notified_authority_at", "notified_fully_at", "notified_people_at", "notified_controller_at"]
    law: str = ""


class IncidentSettings(Section):
    """Breaches of personal data: who we are, whose clocks run, and where strangers may report a letter."""

    organisation: str = Field("", max_length=200)
    """The controller's name, as letters and notifications say it."""
    contact: str = Field("", max_length=500)
    """Whom people and authorities may ask: name, telephone, address of the data protection officer."""
    regimes: list[Literal["gdpr", "telecom", "processor"]] = Field(["gdpr"], min_length=1)
    """`gdpr`: 72 hours (Art. 33(1)). `telecom`: 24 hours, and 3 days more for the rest (Regulation (EU) 611/2013,
    Art. 2). `processor`: we act for a controller, who is told without undue delay (GDPR Art. 33(2))."""
    processor_hours: float = Field(24, gt=0)
    """What "without undue delay" means here."""
    clocks: list[ClockSettings] = []
    """Further ones, for example of a contract."""
    public_page: bool = False
    """Offer the page `/report-a-letter` to everybody who reaches `desk.public_url`."""
    address: MailAddress = ""
    """Where readers may write "this was not meant for me"; mail to it, sent on to our front door, opens a report."""
