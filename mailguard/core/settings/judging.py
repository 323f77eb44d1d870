"""What mail is judged by: the customer register and the rules."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from mailguard.core.settings.section import Section
from mailguard.core.settings.sources import Sources
from mailguard.core.settings.types import OwnDomain, Partner


class RegisterSettings(Section):
    """The customer register."""

    internal_domains: list[OwnDomain] = []
    """Domains of the company itself; their addresses are `internal`."""
    sources: Sources = []
    """Where the register is fetched from by itself, a table `[[register.sources]]` each (core.settings.sources)."""
    columns: dict[str, str] = {}
    """Other headers in the customer file: `their header = our column`."""
    partners: list[Partner] = []
    """Addresses and domains of companies that may be written to about customers; personal data for them is held."""
    own_addresses: list[str] = []
    """Street addresses of the company itself, "Street 1, 00100 Town": in a letter they are nobody's home."""
    remember_days: int = Field(365, ge=0, le=3650)
    """Days for which an approved pair of customer and address is not held again for the same reason."""
    changed_days: int = Field(30, ge=0, le=3650)
    """Days for which an address that took another's place on the record counts as unconfirmed."""
    confirmation: Literal["off", "on_hold"] = "off"
    """Ask an unconfirmed address by a mail of the guard's own when the first letter to it is held."""
    confirmation_days: int = Field(14, ge=1, le=365)
    """Days for which the code in that mail is good."""
    stale_hours: int | None = Field(None, ge=1)
    """Age from which sensitive mail is held; not set: 72 where there are sources, never where there are none.

    The age of the register is the age of its oldest source's last sync, or of the last import where there are no
    sources. A source that has never come through is stale at once.
    """
    most_dropped_percent: float = Field(5, ge=0, le=100)
    """A sync that would take a larger share of a source's customers off record is refused."""


class PolicySettings(Section):
    """What follows from a verdict."""

    partial: Literal["hold_all", "split"] = "hold_all"
    """Only some recipients are to be held: the whole message waits for the decision, or those that nothing keeps from
    it get it at once and the others wait."""


class RulesSettings(Section):
    """Where the operator's own rules are, besides those that come with the program."""

    folder: Path | None = None
