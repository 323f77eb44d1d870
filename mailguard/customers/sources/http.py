"""Customers from a JSON interface, page by page, under limits of time, size and number."""

import re
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import httpx

from mailguard.core.customer import COLUMNS
from mailguard.core.errors import SourceError
from mailguard.core.one_line import one_line
from mailguard.core.settings.sources import HttpSource
from mailguard.customers.sources.answer import Page, find, read_page
from mailguard.customers.sources.cells import OddValue, cells
from mailguard.customers.sources.secret_file import read_secret

_TIMEOUT = httpx.Timeout(30, connect=10)
_PAGE_SECONDS = 120.0
"""A server that sends an octet now and then never runs into the time-out of one read."""
_PAGE_OCTETS = 64 * 1024 * 1024
_MOST_PAGES = 100_000
_MOST_EMPTY = 10
"""Empty pages on end, each with a next one."""
_TRIES = 4
_LATER = frozenset({429, 502, 503, 504})
_LONGEST_WAIT = 60.0


class PageRows:
    """The items of all pages."""

    size = 0

    def __init__(self, source: HttpSource, client: httpx.Client, wait: Callable[[float], None]) -> None:
        self.name = source.name
        self.position = 0
        mapped = set(source.columns.values())
        self.header: Sequence[str] = (*source.columns, *(column for column in COLUMNS if column not in mapped))
        self._source = source
        self._client = client
        self._wait = wait

    def rows(self) -> Iterator[tuple[int, Sequence[str]]]:
        """Number and cells of each item. Raises SourceError when a page does not come whole."""
        for page in self._pages():
            for item in page.items:
                self.position += 1
                try:
                    yield self.position, cells([find(item, heading) for heading in self.header])
                except OddValue as odd:
                    raise SourceError(f"item {self.position}: {odd}") from None

    def place(self, number: int) -> str:
        """Where an item is, for people."""
        return f"item {number}"

    def _pages(self) -> Iterator[Page]:
        address: httpx.URL | None = httpx.URL(self._source.url)
        seen: set[str] = set()
        empty = 0
        while address is not None:
            number = len(seen) + 1
            if str(address) in seen:
                raise SourceError(f"page {number} is one that was fetched already: the pages go in a ring")
            if number > _MOST_PAGES:
                raise SourceError(f"there are more than {_MOST_PAGES} pages")
            seen.add(str(address))
            try:
                page = self._fetch(address)
            except SourceError as error:
                raise SourceError(f"page {number}: {error}") from None
            empty = 0 if page.items else empty + 1
            if empty > _MOST_EMPTY:
                raise SourceError(f"page {number}: more than {_MOST_EMPTY} pages on end were empty")
            yield page
            address = page.next

    def _fetch(self, address: httpx.URL) -> Page:
        for tries in range(1, _TRIES + 1):
            with _told(), self._client.stream("GET", address) as response:
                if response.status_code == httpx.codes.OK:
                    link = response.links.get("next", {}).get("url")
                    return read_page(self._source, address, _body(response), link)
                if response.status_code not in _LATER or tries == _TRIES:
                    raise SourceError(_refusal(response.status_code))
                pause = _pause(response, tries)
            self._wait(pause)
        raise AssertionError("the last try returns or raises")


@contextmanager
def open_pages(source: HttpSource, *, wait: Callable[[float], None] = time.sleep) -> Iterator[PageRows]:
    """A client for the interface; the first page is fetched when the rows are asked for. Raises SourceError.

    `wait` is how a pause is made that the server asks for (429 and 503 with Retry-After, RFC 9110 section 10.2.3).
    """
    headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "mailguard"}
    if source.token_file is not None:
        headers["Authorization"] = f"Bearer {read_secret(source.token_file).reveal()}"
    try:
        context = ssl.create_default_context(cafile=source.ca_file)
    except OSError as error:
        raise SourceError(f"{source.ca_file}: cannot be used: {error.strerror or type(error).__name__}") from None
    # Proxies and logins from the environment would take the token to places that the configuration does not name.
    with httpx.Client(
        headers=headers, timeout=_TIMEOUT, verify=context, follow_redirects=False, trust_env=False
    ) as client:
        yield PageRows(source, client, wait)


def _body(response: httpx.Response) -> bytes:
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        # A small packed answer can unpack to anything.
        raise SourceError("is packed although it was asked for unpacked")
    until = time.monotonic() + _PAGE_SECONDS
    body = bytearray()
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > _PAGE_OCTETS:
            raise SourceError(f"is larger than {_PAGE_OCTETS // 2**20} MB: ask for smaller pages")
        if time.monotonic() > until:
            raise SourceError(f"did not come whole within {_PAGE_SECONDS:.0f} s")
    return bytes(body)


def _pause(response: httpx.Response, tries: int) -> float:
    asked = response.headers.get("retry-after", "")
    return min(float(asked), _LONGEST_WAIT) if re.fullmatch(r"[0-9]{1,6}", asked) else float(2**tries)


def _refusal(status: int) -> str:
    if status in (401, 403):
        return f"the server answers {status}: look at token_file"
    if 300 <= status < 400:
        return f"the server answers {status}: write the address that it redirects to"
    return f"the server answers {status}"


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except httpx.TimeoutException:
        raise SourceError("the server does not answer in time") from None
    except httpx.ConnectError as error:
        # Before the first octet of an answer, so no customer is quoted.
        raise SourceError(f"the server cannot be reached: {one_line(str(error), 300)}") from None
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
        raise SourceError(f"the answer broke off: {type(error).__name__}") from None
