"""The review desk: where it listens, who gets in, and how people decide there."""

from typing import Literal

from pydantic import Field

from mailguard.core.settings.oidc import OidcSettings
from mailguard.core.settings.section import Section
from mailguard.core.settings.types import Endpoint, Network, WebAddress


class DeskSettings(Section):
    """The review desk."""

    listen: Endpoint = "127.0.0.1:8025"
    public_url: WebAddress = "http://127.0.0.1:8025"
    session_minutes: int = Field(60, ge=1)
    proxies: list[Network] = ["127.0.0.1/32", "::1/128"]
    """Who may say in X-Forwarded-For from where a visitor comes; guesses are counted by that address."""
    oidc: OidcSettings | None = None
    """Not set: people log in with what `mailguard users add` gave them."""
    second_factor: Literal["optional", "required"] = "optional"
    """Whether people who decide must show more than a password of ours; a provider sees to that itself."""
    undo_seconds: int = Field(10, ge=0, le=3600)
    """How long a decision taken at the pages can be taken back; nothing leaves before. 0: it is final at once."""
    attention: Literal["off", "pages", "everywhere"] = "pages"
    """Where an approval of a namesake's or a credential's case asks about the customer on record first: at the pages,
    or of scripts too, who read the question at `/api/v1/cases/{id}/attention`."""
    step_up_minutes: int = Field(15, ge=0)
    """A decision on mail of the highest class is taken by somebody who showed so lately who they are; 0: by anybody
    who is logged in."""
    assign_minutes: int = Field(15, ge=1, le=480)
    """How long somebody is at a case who has taken it; then it is anybody's again."""
