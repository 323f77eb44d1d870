"""The weekly report: who reads it, when, and how mail is divided."""

from pydantic import Field

from mailguard.core.settings.section import Section
from mailguard.core.settings.types import MailAddress, Partner, TimeZone, Weekday


class ReportSettings(Section):
    """The weekly report."""

    to: list[MailAddress] = []
    weekday: Weekday = "mon"
    hour: int = Field(7, ge=0, le=23)
    time_zone: TimeZone = "UTC"
    teams: dict[str, list[Partner]] = {}
    """Whose mail is counted together, and whose cases a member of a team sees (`mailguard users add --team`): a team's
    name, and addresses and domains of its senders.

    Each of `register.partners` is a team of its own. Mail of others is counted by its sender's domain, and its cases
    are seen by people of no team only. A case keeps the team that it had when it was held.
    """
