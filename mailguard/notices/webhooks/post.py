"""Hand one delivery to its hook: no redirect, no proxy, no long wait, and nothing of the answer but its number."""

import asyncio
import json
import ssl
from datetime import datetime

import httpx

from mailguard.core.errors import InputError, SourceError
from mailguard.core.secret import Secret
from mailguard.core.settings.notices import WebhookSettings
from mailguard.customers.sources.secret_file import read_secret
from mailguard.notices.webhooks.events import Body
from mailguard.notices.webhooks.sign import HEADER, sign

DELIVERY, EVENT = "X-Mailguard-Delivery", "X-Mailguard-Event"
_TIMEOUT = httpx.Timeout(10, connect=5)
_SECONDS = 15.0
"""In all: a server that sends an octet now and then never runs into the time-out of one read."""
_SHORTEST_SECRET = 16


def read_hook_secret(hook: WebhookSettings) -> Secret:
    """The secret of its file. Raises InputError naming the file."""
    try:
        secret = read_secret(hook.secret_file)
    except SourceError as error:
        raise InputError(str(error)) from None
    if len(secret.reveal()) < _SHORTEST_SECRET:
        raise InputError(f"{hook.secret_file}: at least {_SHORTEST_SECRET} characters are needed")
    return secret


async def post(hook: WebhookSettings, delivery: int, body: Body, at: datetime) -> int:
    """Post it, signed as of that moment; gives the number of the answer (RFC 9110, section 15).

    Raises InputError for a secret or certificate that cannot be read; httpx.HTTPError and TimeoutError when nothing
    has answered, whose texts may hold the address.
    """
    octets = json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "mailguard",
        HEADER: sign(read_hook_secret(hook), octets, int(at.timestamp())),
        DELIVERY: str(delivery),
        EVENT: str(body["event"]),
    }
    # A proxy of the environment would see what is told; a redirect would take it where nobody has configured.
    async with httpx.AsyncClient(
        verify=_trusted(hook), timeout=_TIMEOUT, follow_redirects=False, trust_env=False
    ) as client:
        async with asyncio.timeout(_SECONDS):
            # The answer's text is not read: there may be no end of it.
            async with client.stream("POST", hook.url, content=octets, headers=headers) as response:
                return response.status_code


def _trusted(hook: WebhookSettings) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=hook.ca_file)
    except OSError as error:
        raise InputError(f"{hook.ca_file}: cannot be used: {error.strerror or type(error).__name__}") from None
