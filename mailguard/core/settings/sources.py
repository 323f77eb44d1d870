"""The tables `[[register.sources]]` of the configuration: where customers are fetched from, and how often."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import SplitResult, parse_qsl, unquote_plus, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from mailguard.core.customer import COLUMNS, REQUIRED
from mailguard.core.select_statement import check_select
from mailguard.core.settings.types import is_loopback, plain_name

_SECRET_KEYS = re.compile(r"pass|pwd|secret|token|api_?key", re.IGNORECASE)
_PATH = re.compile(r"[^\s.]+(?:\.[^\s.]+)*|")


def _columns(value: dict[str, str]) -> dict[str, str]:
    for theirs, ours in value.items():
        if ours not in COLUMNS:
            raise ValueError(
                f"{theirs!r} is mapped to {ours!r}, which is no column of ours; write `their heading = ours`, "
                f"and for ours one of {', '.join(sorted(COLUMNS))}"
            )
    return value


def _pattern(value: str) -> str:
    if not value or "/" in value or "\\" in value or ".." in value:
        raise ValueError('write a pattern for file names in the folder, such as "*.csv"')
    return value


def _query(value: str) -> str:
    check_select(value)
    return value


def _database(value: str) -> str:
    # Never quoted in the message: where there is a password, it stands in this value.
    url = _split(value)
    if url is None or not re.fullmatch(r"[a-z][a-z0-9_]*(\+[a-z0-9_]+)?", url.scheme):
        raise ValueError('write an address such as "postgresql+psycopg://reader@db.internal/crm"')
    _without_secret(url)
    return value


def _web_source(value: str) -> str:
    url = _split(value)
    if url is None or url.scheme not in ("http", "https") or not url.hostname or url.fragment:
        raise ValueError('write an address such as "https://crm.internal/api/customers"')
    _without_secret(url, secret="token_file")  # noqa: S106 - the name of a key
    if url.scheme == "http" and not is_loopback(url.hostname):
        raise ValueError("customers' data goes over https only; http is for loopback")
    return value


def _directory(value: str) -> str:
    url = _split(value)
    if url is None or url.scheme not in ("ldap", "ldaps") or not url.hostname or url.path.strip("/") or url.query:
        raise ValueError('write an address such as "ldaps://directory.internal"; base and filter are keys of their own')
    _without_secret(url)
    return value


def _filter(value: str) -> str:
    depth = 0
    for ch in value:
        depth += (ch == "(") - (ch == ")")
        if depth < 0:
            break
    if depth or not (value.startswith("(") and value.endswith(")")):
        raise ValueError('write a filter (RFC 4515) such as "(objectClass=inetOrgPerson)"; its brackets do not match')
    return value


def _json_path(value: str) -> str:
    if not _PATH.fullmatch(value):
        raise ValueError('write the keys on the way, parted by dots, such as "data.customers"')
    return value


def _split(value: str) -> SplitResult | None:
    try:
        url = urlsplit(value)
        _ = url.port
    except ValueError:
        return None
    return url if value.isprintable() else None


def _without_secret(url: SplitResult, secret: str = "password_file") -> None:  # noqa: S107 - the name of a key
    # `odbc_connect` carries a whole connection string in one value.
    said = [key for key, _ in parse_qsl(url.query, keep_blank_values=True)]
    if url.password is not None or _SECRET_KEYS.search(" ".join(said)) or "pwd=" in unquote_plus(url.query).lower():
        raise ValueError(f"holds a secret: put it into a file and name that file in {secret}")


SourceName = Annotated[str, AfterValidator(plain_name("crm"))]
Columns = Annotated[dict[str, str], AfterValidator(_columns)]
JsonPath = Annotated[str, AfterValidator(_json_path)]


class SourceSettings(BaseModel):
    """What every kind of source has."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: SourceName
    """Unique; stands in the audit trail, on /metrics and beside each customer that comes from here."""
    columns: Columns = {}
    """Other headings: `their heading = our column`."""
    every_minutes: int = Field(60, ge=1, le=7 * 24 * 60)


class CsvSource(SourceSettings):
    """A folder whose files together hold all customers."""

    kind: Literal["csv"]
    folder: Path
    pattern: Annotated[str, AfterValidator(_pattern)] = "*.csv"


class SqlSource(SourceSettings):
    """A query on any database that SQLAlchemy has a driver for."""

    kind: Literal["sql"]
    url: Annotated[str, AfterValidator(_database)]
    password_file: Path | None = None
    query: Annotated[str, AfterValidator(_query)]


class LdapSource(SourceSettings):
    """A directory; `columns` names the attributes that are fetched."""

    kind: Literal["ldap"]
    url: Annotated[str, AfterValidator(_directory)]
    start_tls: bool = False
    """TLS on an ldap:// connection (RFC 4511, section 4.14): customers' data never goes in clear."""
    ca_file: Path | None = None
    """Certificates (PEM) that the directory's is checked against; else the machine's own."""
    bind_dn: str = ""
    """Empty: an anonymous bind."""
    password_file: Path | None = None
    base: str = Field(min_length=1)
    filter: Annotated[str, AfterValidator(_filter)] = "(objectClass=inetOrgPerson)"
    page_size: int = Field(500, ge=1, le=10_000)
    """Entries a page (RFC 2696); many directories refuse more than 1000."""

    @model_validator(mode="after")
    def _is_whole(self) -> "LdapSource":
        if self.url.startswith("ldap:") and not self.start_tls:
            raise ValueError("ldap:// is in clear: write ldaps://, or start_tls = true")
        if self.url.startswith("ldaps:") and self.start_tls:
            raise ValueError("ldaps:// is TLS from the first octet: leave start_tls out")
        if bool(self.bind_dn) != (self.password_file is not None):
            raise ValueError("set bind_dn and password_file together, or neither for an anonymous bind")
        missing = [column for column in REQUIRED if column not in self.columns.values()]
        if missing:
            raise ValueError(f"columns names no attribute for {', '.join(missing)}")
        return self


class HttpSource(SourceSettings):
    """A JSON interface, page by page."""

    kind: Literal["http"]
    url: Annotated[str, AfterValidator(_web_source)]
    token_file: Path | None = None
    """Sent as `Authorization: Bearer` (RFC 6750)."""
    ca_file: Path | None = None
    """Certificates (PEM) that the server's is checked against; else the machine's own."""
    items: JsonPath = ""
    """Where in an answer the list of customers is: keys parted by dots; empty: the answer is the list."""
    next: JsonPath = ""
    """Where in an answer the next page's address is, or its cursor; empty: the Link header (RFC 8288) is followed."""
    cursor_parameter: str = ""
    """What `next` gives is a cursor, and goes into this parameter of `url`."""

    @model_validator(mode="after")
    def _is_whole(self) -> "HttpSource":
        if self.cursor_parameter and not self.next:
            raise ValueError("cursor_parameter needs next: the place of the cursor in an answer")
        return self


Source = Annotated[CsvSource | SqlSource | LdapSource | HttpSource, Field(discriminator="kind")]


def _unique(sources: list[Any]) -> list[Any]:
    seen: set[str] = set()
    for source in sources:
        if source.name.lower() in seen:
            raise ValueError(f'two sources are called "{source.name}": give each a name of its own')
        seen.add(source.name.lower())
    return sources


Sources = Annotated[list[Source], AfterValidator(_unique)]
KINDS: dict[str, type[SourceSettings]] = {"csv": CsvSource, "sql": SqlSource, "ldap": LdapSource, "http": HttpSource}
