"""What a visitor has chosen of how pages look: language, light or dark, keys. Each request has its own."""

import re
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from mailguard.desk.strangers.languages import preferred_language

LANGUAGES: Final = {
    "en": "English",
    "fi": "Suomi",
    "sv": "Svenska",
    "pl": "Polski",
    "nl": "Nederlands",
    "de": "Deutsch",
}
"""Each by its own name (ISO 639-1), in the order of the switch."""
SCHEMES: Final = ("", "light", "dark")
"""Empty: as the device has it."""
COOKIE: Final = "mailguard-display"
"""Holds no secret and gives no right: looks only, so it needs no `__Host-`."""

_OWN_PATH = re.compile(r"/[\w/?&=.%+@:,~-]*", re.ASCII)


@dataclass(slots=True)
class Choice:
    """How pages look for one request. The visitor's own language is put in when their session has been read."""

    language: str = "en"
    scheme: str = ""
    keys: bool = True
    """Whether single keys do something (WCAG 2.1.4)."""
    here: str = "/cases"
    """Where the switch leads back to."""

    def as_cookie(self) -> str:
        """`fi.dark.keys`."""
        return f"{self.language}.{self.scheme or 'auto'}.{'keys' if self.keys else 'off'}"


_choice: ContextVar[Choice | None] = ContextVar("choice", default=None)


def choice() -> Choice:
    """The choice of this request; outside of one English and the device's colours."""
    return _choice.get() or Choice()


def prefer(language: str | None) -> None:
    """The person who asks has this language on their account, which goes before cookie and browser."""
    # The object is shared on purpose: endpoints and their dependencies run in threads, each with a context of its own.
    made = _choice.get()
    if made is not None and language in LANGUAGES:
        made.language = str(language)


def own_path(wanted: str) -> str:
    """The path if it is one of our own pages, else the queue's. Never an address elsewhere."""
    return wanted if _OWN_PATH.fullmatch(wanted) and "//" not in wanted else "/cases"


class Chosen:
    """Reads cookie and Accept-Language (RFC 9110, section 12.5.4) before anything answers; errors speak as pages do."""

    def __init__(self, app: ASGIApp, *, default: str) -> None:
        self._app, self._default = app, default

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        token = _choice.set(self._read(HTTPConnection(scope)))
        try:
            await self._app(scope, receive, send)
        finally:
            _choice.reset(token)

    def _read(self, asked: HTTPConnection) -> Choice:
        made = Choice(preferred_language(asked.headers.get("accept-language", ""), self._default))
        language, _, rest = asked.cookies.get(COOKIE, "").partition(".")
        scheme, _, keys = rest.partition(".")
        if language in LANGUAGES:
            made.language = language
        made.scheme = scheme if scheme in SCHEMES else ""
        made.keys = keys != "off"
        if asked.scope["method"] == "GET":
            made.here = own_path(asked.url.path + (f"?{asked.url.query}" if asked.url.query else ""))
        return made
