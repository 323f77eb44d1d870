"""Login by a provider of the company's own: the table `[desk.oidc]` (OpenID Connect Core 1.0)."""

import re
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, field_validator, model_validator

from mailguard.core.person import Role
from mailguard.core.settings.section import Section, at_key
from mailguard.core.settings.types import is_loopback

ALL_TEAMS = "*"
"""What a group is mapped to whose members see the mail of all teams."""
_CLAIM = re.compile(r"[^\s]{1,200}")


def _issuer(value: str) -> str:
    url = urlsplit(value)
    if url.scheme not in ("http", "https") or not url.hostname or url.query or url.fragment or url.username:
        raise ValueError('write the provider\'s own address such as "https://login.operator.example/realms/staff"')
    if url.scheme == "http" and not is_loopback(url.hostname):
        raise ValueError("must begin with https://: whoever is in between could log in as anybody")
    return value


def _claim(value: str) -> str:
    if not _CLAIM.fullmatch(value):
        raise ValueError('write the name of a claim such as "groups", or a path to it such as "realm_access.roles"')
    return value


def _text(value: str) -> str:
    if not value.strip() or not value.isprintable():
        raise ValueError("write it on one line; it may not be empty")
    return value


ClaimName = Annotated[str, AfterValidator(_claim)]
Text = Annotated[str, AfterValidator(_text)]


class OidcSettings(Section):
    """The provider, and what its claims mean here."""

    issuer: Annotated[str, AfterValidator(_issuer)]
    """As the provider itself writes it: what it says of itself and every token must bear the same, letter by letter."""
    client_id: Text
    client_secret_file: Path | None = None
    """Without it we are a public client, and PKCE (RFC 7636) alone binds the code to us."""
    scopes: list[Text] = ["openid", "profile", "email"]
    label: Annotated[Text, Field(max_length=60)] = "single sign-on"
    """What the button says: "Log in with ..."."""
    name_claim: ClaimName = "preferred_username"
    """The login name of somebody new. Take one that people cannot change themselves."""
    email_claim: ClaimName = "email"
    email_is_verified: bool = False
    """The provider gives only addresses that are the person's, and does not say so by `email_verified`."""
    aliases_claim: ClaimName | None = None
    """Further addresses of the person and shared mailboxes: on mail from them the person does not decide."""
    groups_claim: ClaimName = "groups"
    roles: dict[str, Role] = {}
    """A group's name and the role of its members; of several the highest counts."""
    others: Literal["refuse", "sender"] = "refuse"
    """Who is in none of these groups: not let in, or let in to see their own mail."""
    teams: dict[str, Text] = {}
    """A group's name and the team whose cases its members see; "*": those of all teams. Without it teams are ours."""
    local_login: bool = True
    """People may also log in with a password or passkey of ours."""
    request_seconds: float = Field(5, gt=0, le=30)
    """How long the provider may take for one answer."""

    @field_validator("scopes")
    @classmethod
    def _is_openid(cls, value: list[str]) -> list[str]:
        if "openid" not in value:
            raise ValueError('must contain "openid": without it no provider says who somebody is')
        return value

    @model_validator(mode="after")
    def _lets_somebody_in(self) -> "OidcSettings":
        if not self.roles and self.others == "refuse":
            mend = 'nobody could log in: map a group such as { "Reviewers" = "supervisor" }, or set others = "sender"'
            raise at_key("desk.oidc.roles", mend)
        return self
