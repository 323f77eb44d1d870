"""What a JSON interface answered: the customers of a page, and where the next one is."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from mailguard.core.errors import SourceError
from mailguard.core.settings.sources import HttpSource

_LONGEST_ADDRESS = 8000


@dataclass(frozen=True, slots=True)
class Page:
    """One page."""

    items: list[dict[str, Any]]
    next: httpx.URL | None


def read_page(source: HttpSource, here: httpx.URL, body: bytes, link: str | None) -> Page:
    """Read an answer's body; `link` is the address of its Link header with rel="next" (RFC 8288).

    Raises SourceError for what is no page: no JSON, no list at its place, a next page on another host.
    """
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        raise SourceError("is no JSON") from None
    items = find(answer, source.items)
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        where = f"at {source.items}" if source.items else "at the top"
        raise SourceError(f"there is no list of customers {where}: look at `items`")
    return Page(items, _next_page(source, here, find(answer, source.next) if source.next else link))


def find(value: object, path: str) -> object:
    """What is at a path of keys parted by dots; a key that itself has dots goes before. None where there is nothing."""
    if not path:
        return value
    if isinstance(value, Mapping) and path in value:
        found: object = value[path]
        return found
    for key in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def _next_page(source: HttpSource, here: httpx.URL, found: object) -> httpx.URL | None:
    if found is None or found == "" or found is False:
        return None
    if not isinstance(found, str | int) or len(str(found)) > _LONGEST_ADDRESS:
        raise SourceError("the next page is neither an address nor a cursor: look at `next`")
    if source.cursor_parameter:
        return httpx.URL(source.url).copy_set_param(source.cursor_parameter, str(found))
    try:
        address = here.join(str(found)).copy_with(fragment=None)
    except (httpx.InvalidURL, ValueError):
        raise SourceError("the next page's address cannot be read") from None
    if not _same_server(address, httpx.URL(source.url)):
        # Whoever writes the answer must not learn the token, nor send the guard about the house's network.
        raise SourceError("the next page is on another server, which is not asked")
    return address


def _same_server(one: httpx.URL, other: httpx.URL) -> bool:
    def server(url: httpx.URL) -> tuple[str, str, int | None]:
        return url.scheme, url.host.lower(), url.port or {"http": 80, "https": 443}.get(url.scheme)

    return server(one) == server(other) and not one.userinfo
