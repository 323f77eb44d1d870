"""The way out at the provider (OpenID Connect RP-Initiated Logout 1.0)."""

from urllib.parse import urlencode

import structlog
from fastapi import Response

from mailguard.core.errors import ProviderError
from mailguard.desk.desk import Desk

_log = structlog.get_logger("mailguard.desk")


def leave_provider(desk: Desk) -> Response | None:
    """A page that leads to the provider, which ends its own session and leads back; None where it offers no such way.

    A page and no redirect: our `form-action 'self'` would stop that after a form.
    """
    oidc, provider = desk.settings.desk.oidc, desk.provider
    if oidc is None or provider is None:
        return None
    try:
        ending = provider.metadata().end_session_endpoint
    except ProviderError as error:
        _log.warning("the provider of logins cannot be asked", why=str(error))
        return None
    if ending is None:
        return None
    back = {"client_id": oidc.client_id, "post_logout_redirect_uri": f"{desk.base_url}/login"}
    address = f"{ending}{'&' if '?' in ending else '?'}{urlencode(back)}"
    return desk.pages.render(
        "login/left.html", address=address, label=oidc.label, headers={"refresh": f"0; url={address}"}
    )
