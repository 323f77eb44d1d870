"""What a provider's claims mean here: name, addresses, role and teams, by the table `[desk.oidc]`."""

from collections.abc import Mapping
from typing import Any

from mailguard.core.address import is_plain
from mailguard.core.errors import LoginRefused
from mailguard.core.one_line import one_line
from mailguard.core.person import Role
from mailguard.core.settings import OidcSettings
from mailguard.core.settings.oidc import ALL_TEAMS
from mailguard.store.people.federated import Claimed

NO_TEAM = "(none)"
"""For somebody in no group that leads to a team: belonging to none at all would show them the mail of every team."""
_RANK = (Role.ADMIN, Role.SUPERVISOR, Role.OPS, Role.AUDITOR, Role.SENDER)
_LONGEST_NAME = 100
_MOST = 1000


def read_claims(claims: Mapping[str, Any], oidc: OidcSettings) -> Claimed:
    """Who somebody is. Raises LoginRefused when they have no name that could be a login."""
    groups = set(_texts(_at(claims, oidc.groups_claim)))
    name = _at(claims, oidc.name_claim)
    called = one_line(name, _LONGEST_NAME) if isinstance(name, str) else ""
    if not called or called != name:
        raise LoginRefused("no_name")
    return Claimed(
        subject=f"{oidc.issuer} {claims['sub']}",
        name=called,
        email=_email(claims, oidc),
        aliases=tuple(filter(is_plain, map(_bare, _texts(_at(claims, oidc.aliases_claim or ""))))),
        role=_role(groups, oidc),
        teams=_teams(groups, oidc),
    )


def _role(groups: set[str], oidc: OidcSettings) -> Role | None:
    held = {role for group, role in oidc.roles.items() if group in groups}
    highest = next((role for role in _RANK if role in held), None)
    return highest or (Role.SENDER if oidc.others == "sender" else None)


def _teams(groups: set[str], oidc: OidcSettings) -> frozenset[str] | None:
    if not oidc.teams:
        return None
    teams = frozenset(team for group, team in oidc.teams.items() if group in groups)
    if ALL_TEAMS in teams:
        return frozenset()
    return teams or frozenset({NO_TEAM})


def _email(claims: Mapping[str, Any], oidc: OidcSettings) -> str | None:
    """The address, if the provider vouches for it: an own one that is not would tell us of mail that is another's."""
    email = _at(claims, oidc.email_claim)
    said = claims.get("email_verified")
    # Some providers write the truth in quotes; but 1 is not said to be true, though Python takes it for it.
    verified = said is True or said == "true" or oidc.email_is_verified
    return email if verified and isinstance(email, str) and is_plain(email) else None


def _at(claims: Mapping[str, Any], name: str) -> Any:
    """The claim of that name, or at that path; names that are web addresses have dots of their own."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for step in name.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def _texts(value: Any) -> list[str]:
    several = value if isinstance(value, list) else [value]
    return [one for one in several[:_MOST] if isinstance(one, str)]


def _bare(address: str) -> str:
    """Directories write `smtp:sales@operator.example`, with capitals for the first of them."""
    scheme, colon, rest = address.partition(":")
    return rest if colon and scheme.lower() == "smtp" else address
