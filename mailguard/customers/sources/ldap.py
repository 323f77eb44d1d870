"""Customers from an LDAP directory: a paged search (RFC 2696), under TLS, with the certificate verified."""

import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from ldap3 import NONE, SUBTREE, Connection, Server, Tls
from ldap3.core.exceptions import LDAPException
from ldap3.core.results import RESULT_SUCCESS

from mailguard.core.errors import SourceError
from mailguard.core.one_line import one_line
from mailguard.core.settings.sources import LdapSource
from mailguard.customers.sources.secret_file import read_secret

_CONNECT_SECONDS = 10
_ANSWER_SECONDS = 60
_PAGED_RESULTS = "1.2.840.113556.1.4.319"


class EntryRows:
    """The entries of a search, a page at a time."""

    size = 0

    def __init__(self, source: LdapSource, connection: Connection) -> None:
        self.name = source.name
        self.position = 0
        self.header: Sequence[str] = tuple(source.columns)
        self._source = source
        self._connection = connection

    def rows(self) -> Iterator[tuple[int, Sequence[str]]]:
        """Number and cells of each entry. Raises SourceError when a page does not come whole."""
        wanted = [attribute.lower() for attribute in self.header]
        for entry in self._entries():
            self.position += 1
            values = {name.lower(): found for name, found in entry["raw_attributes"].items()}
            yield self.position, [self._joined(values.get(name, ())) for name in wanted]

    def place(self, number: int) -> str:
        """Where an entry is, for people."""
        return f"entry {number}"

    def _entries(self) -> Iterator[dict[str, Any]]:
        cookie: bytes | None = None
        while True:
            for answer in self._page(cookie):
                # References to other directories (`searchResRef`) are no customers, and are not followed.
                if answer["type"] == "searchResEntry":
                    yield answer
            control = self._connection.result.get("controls", {}).get(_PAGED_RESULTS)
            cookie = control["value"]["cookie"] if control else None
            if not cookie:
                return

    def _page(self, cookie: bytes | None) -> list[dict[str, Any]]:
        source = self._source
        try:
            self._connection.search(
                source.base,
                source.filter,
                SUBTREE,
                attributes=list(self.header),
                paged_size=source.page_size,
                paged_criticality=True,
                paged_cookie=cookie,
            )
        except Exception as error:
            # Not only LDAPException: the library's decoder raises IndexError for octets that are no LDAP.
            raise SourceError(f"the search failed after {self.position} entries: {type(error).__name__}") from None
        # The library lets size limit, time limit and referral pass as success: a list cut off would look whole.
        if self._connection.result["result"] != RESULT_SUCCESS:
            said = self._connection.result["description"]
            raise SourceError(f"the search was cut off after {self.position} entries: {said}")
        page: list[dict[str, Any]] = self._connection.response
        return page

    def _joined(self, values: Sequence[bytes]) -> str:
        try:
            return ";".join(value.decode("utf-8").strip() for value in values)
        except UnicodeDecodeError:
            raise SourceError(f"entry {self.position}: an attribute is no text") from None


@contextmanager
def open_directory(source: LdapSource) -> Iterator[EntryRows]:
    """Connect, begin TLS and bind. Raises SourceError."""
    connection = _connection(source)
    try:
        try:
            connection.open()
            if source.start_tls:
                connection.start_tls()
            bound = connection.bind()
        except LDAPException as error:
            raise SourceError(f"the directory cannot be reached: {_explain(error)}") from None
        except Exception as error:
            raise SourceError(f"the directory cannot be reached: {type(error).__name__}") from None
        if not bound:
            raise SourceError(f"the directory refuses bind_dn and its password: {connection.result['description']}")
        yield EntryRows(source, connection)
    finally:
        with suppress(Exception):
            connection.unbind()


def _connection(source: LdapSource) -> Connection:
    url = urlsplit(source.url)
    host, secure = url.hostname or "", url.scheme == "ldaps"
    password = read_secret(source.password_file).reveal() if source.password_file else None
    try:
        tls = Tls(
            validate=ssl.CERT_REQUIRED, ca_certs_file=str(source.ca_file) if source.ca_file else None, sni=host or None
        )
        server = Server(
            host,
            port=url.port or (636 if secure else 389),
            use_ssl=secure,
            tls=tls,
            get_info=NONE,
            connect_timeout=_CONNECT_SECONDS,
        )
        return Connection(
            server,
            user=source.bind_dn or None,
            password=password,
            read_only=True,
            auto_referrals=False,
            check_names=False,
            receive_timeout=_ANSWER_SECONDS,
        )
    except LDAPException as error:
        raise SourceError(f"the directory cannot be used: {_explain(error)}") from None


def _explain(error: LDAPException) -> str:
    # Before the first search nothing of the directory's contents can be in it.
    if "doesn't match" in str(error):
        return "its certificate is not for the host name in url"
    return one_line(f"{type(error).__name__}: {error}", 300)
