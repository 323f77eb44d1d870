"""The configuration `mailguard.toml`: sections, keys, defaults, and errors that say how to mend them."""

import ipaddress
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AliasChoices, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from mailguard.core.address import is_plain
from mailguard.core.errors import ConfigError
from mailguard.core.source_settings import KINDS, Sources

DATA_FOLDER = Path("mailguard-data")
"""Where everything is kept when no configuration names a place."""

_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]")

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
Language = Literal["en", "fi", "sv", "pl", "nl", "de"]


def _endpoint(value: str) -> str:
    host, colon, port = value.rpartition(":")
    if not colon or not host or not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise ValueError('write "host:port", for example "127.0.0.1:2525" or "[::1]:2525"')
    return value


def _network(value: str) -> str:
    try:
        ipaddress.ip_network(value)
    except ValueError as error:
        raise ValueError(f'write a network such as "127.0.0.0/8" or "2001:db8::/32" ({error})') from None
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError('write a time zone such as "Europe/Helsinki" or "UTC"') from None
    return value


def _mail_address(value: str) -> str:
    if value and not is_plain(value):
        raise ValueError('write one mail address such as "guard@operator.example"')
    return value


def _host_name(value: str) -> str:
    # It goes into the greeting, EHLO, `Received:` and Message-ID: nothing in it may begin a line of its own.
    if not _HOST.fullmatch(value):
        raise ValueError('write a host name such as "guard.operator.example"')
    return value


def _own_domain(value: str) -> str:
    # Mail to these passes with personal data: "com", "*" or an empty string would make the whole world a colleague.
    if "." not in value.strip(".@") or not is_plain(f"a@{value.lstrip('.@')}") or "*" in value:
        raise ValueError('write a domain of the company such as "operator.example", without "*"')
    return value


def _partner(value: str) -> str:
    if "@" in value.strip("@"):
        if not is_plain(value):
            raise ValueError('write an address such as "orders@partner.example" or a domain such as "partner.example"')
        return value
    return _own_domain(value)


def _web_address(value: str) -> str:
    url = urlsplit(value)
    if url.scheme not in ("http", "https") or not url.hostname or url.query or url.fragment:
        raise ValueError('write the address that people open, such as "https://desk.operator.example"')
    return value


def _folder(value: Path | None) -> Path | None:
    if value is not None and not value.is_dir():
        raise ValueError(f"{value} is no folder")
    return value


def _not_yet(instead: str) -> Callable[[Any], Any]:
    # A key of the contract that is not built: to take it and do nothing would be worse than to refuse it.
    def refuse(value: Any) -> Any:
        if value:
            raise ValueError(f"is not in this version; {instead}")
        return value

    return refuse


Endpoint = Annotated[str, AfterValidator(_endpoint)]
Network = Annotated[str, AfterValidator(_network)]
TimeZone = Annotated[str, AfterValidator(_zone)]
HostName = Annotated[str, AfterValidator(_host_name)]
OwnDomain = Annotated[str, AfterValidator(_own_domain)]
Partner = Annotated[str, AfterValidator(_partner)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
Folder = Annotated[Path | None, AfterValidator(_folder)]
MailAddress = Annotated[str, AfterValidator(_mail_address)]


def split_endpoint(value: str) -> tuple[str, int]:
    """`"[::1]:25"` -> `("::1", 25)`."""
    host, _, port = value.rpartition(":")
    return host.strip("[]"), int(port)


class Section(BaseModel):
    """A section; an unknown key is an error, because a misspelt limit that is silently ignored is no limit."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SmtpSettings(Section):
    """The front door."""

    listen: list[Endpoint] = Field(["127.0.0.1:2525"], min_length=1)
    listen_tls: list[Endpoint] = []
    """Where TLS begins with the first octet (RFC 8314, section 3.3), for example "0.0.0.0:465"."""
    hostname: HostName = "localhost"
    tls_cert: Path | None = None
    tls_key: Path | None = None
    client_ca: Path | None = None
    """Who signs clients' certificates: a client with one may relay, and its common name is its login."""
    require_tls: bool = False
    trusted_networks: list[Network] = ["127.0.0.0/8", "::1/128"]
    """Clients in these networks may relay without AUTH."""
    auth: bool | Literal["next_hop"] = True
    """Offer AUTH, only under TLS (RFC 4954, section 4): to the users that `users add` made, or to those whom the next
    hop knows."""
    max_message_bytes: int = Field(50 * 1024 * 1024, ge=1024)
    max_recipients: int = Field(1000, ge=1, le=100_000)
    max_connections: int = Field(500, ge=1)
    max_connections_per_client: int | None = Field(None, ge=1)
    """From one IP address at once; not set: as many as `max_connections`."""
    bare_newline: Literal["normalize", "reject"] = "normalize"
    """Bare LF in DATA: make it CRLF before judging, or refuse. Bare CR and NUL are always refused."""
    proxy_protocol: bool = False
    workers: int = Field(1, ge=1, le=64)
    timeout: float = Field(300, gt=0)
    """Seconds a client may stay silent (RFC 5321, section 4.5.3.2.7: five minutes)."""

    @model_validator(mode="after")
    def _certificate_is_whole(self) -> "SmtpSettings":
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("set tls_cert and tls_key together")
        for key in ("require_tls", "listen_tls", "client_ca"):
            if getattr(self, key) and self.tls_cert is None:
                raise ValueError(f"{key} needs tls_cert and tls_key")
        return self


class NextHopSettings(Section):
    """The mail server behind us."""

    host: str = "127.0.0.1"
    port: int = Field(10025, ge=1, le=65535)
    tls: Literal["off", "opportunistic", "required"] = "off"
    username: str = ""
    password_file: Path | None = None
    timeout: float = Field(60, gt=0)
    """Seconds to wait for one answer of the next hop."""


class StoreSettings(Section):
    """Where held mail is kept."""

    database_url: str = f"sqlite:///{DATA_FOLDER}/guard.db"
    key_file: Path = DATA_FOLDER / "guard.key"
    retention_days: int = Field(90, ge=1)
    """Days after its end that a case keeps its sealed body."""


class RegisterSettings(Section):
    """The customer register."""

    internal_domains: list[OwnDomain] = []
    """Domains of the company itself; their addresses are `internal`."""
    sources: Sources = []
    """Where the register is fetched from by itself, a table `[[register.sources]]` each (core.source_settings)."""
    columns: dict[str, str] = {}
    """Other headers in the customer file: `their header = our column`."""
    partners: list[Partner] = []
    """Addresses and domains of companies that may be written to about customers; personal data for them is held."""
    own_addresses: list[str] = []
    """Street addresses of the company itself, "Street 1, 00100 Town": in a letter they are nobody's home."""
    remember_days: int = Field(365, ge=0, le=3650)
    """Days for which an approved pair of customer and address is not held again for the same reason."""
    changed_days: int = Field(30, ge=0, le=3650)
    """Days for which an address that took another's place on the record counts as unconfirmed."""
    confirmation: Literal["off", "on_hold"] = "off"
    """Ask an unconfirmed address by a mail of the guard's own when the first letter to it is held."""
    confirmation_days: int = Field(14, ge=1, le=365)
    """Days for which the code in that mail is good."""
    stale_hours: int | None = Field(None, ge=1)
    """Age from which sensitive mail is held; not set: 72 where there are sources, never where there are none.

    The age of the register is the age of its oldest source's last sync, or of the last import where there are no
    sources. A source that has never come through is stale at once.
    """
    most_dropped_percent: float = Field(5, ge=0, le=100)
    """A sync that would take a larger share of a source's customers off record is refused."""


class DeskSettings(Section):
    """The review desk."""

    listen: Endpoint = "127.0.0.1:8025"
    public_url: WebAddress = "http://127.0.0.1:8025"
    session_minutes: int = Field(60, ge=1)
    oidc: Annotated[dict[str, Any] | None, AfterValidator(_not_yet("people log in with `mailguard users add`"))] = None


class NoticeSettings(Section):
    """Letters that the guard itself writes."""

    from_address: MailAddress = "mailguard@localhost.localdomain"
    language: Language = "en"
    templates: Folder = None
    """Folder with the operator's own letters (`fi/held.txt`, `fi/words.yaml`); what is missing there is ours."""


class ReportSettings(Section):
    """The weekly report."""

    to: list[MailAddress] = []
    weekday: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] = "mon"
    hour: int = Field(7, ge=0, le=23)
    time_zone: TimeZone = "UTC"


class RulesSettings(Section):
    """Where the operator's own rules are, besides those that come with the program."""

    folder: Path | None = None


class CaseSettings(Section):
    """The life of held mail."""

    expire_days: int = Field(7, ge=1)
    """A case that nobody decides is returned to its sender after so many days, never sent."""


class Settings(BaseSettings):
    """Everything that can be configured. Environment (`MAILGUARD__SMTP__HOSTNAME`) goes before the file."""

    model_config = SettingsConfigDict(
        env_prefix="MAILGUARD__",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    smtp: SmtpSettings = SmtpSettings()
    next_hop: NextHopSettings = NextHopSettings()
    store: StoreSettings = StoreSettings()
    # The plain name is taken by the base class; an alias needs the environment's name spelt out beside it.
    register_: RegisterSettings = Field(
        RegisterSettings(), validation_alias=AliasChoices("register", "mailguard__register")
    )
    desk: DeskSettings = DeskSettings()
    notices: NoticeSettings = NoticeSettings()
    report: ReportSettings = ReportSettings()
    rules: RulesSettings = RulesSettings()
    cases: CaseSettings = CaseSettings()

    @model_validator(mode="after")
    def _passwords_stay_secret(self) -> "Settings":
        if self.smtp.auth == "next_hop" and self.next_hop.tls == "off" and self.next_hop.host not in _LOOPBACK:
            raise ValueError('smtp.auth = "next_hop" shows people\'s passwords to it: set next_hop.tls to "required"')
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings


def load_settings(file: Path | None) -> Settings:
    """Read the configuration file (None: defaults and environment only).

    Raises ConfigError naming file, key and mend for the first thing that is wrong.
    """
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8")) if file else {}
    except OSError as error:
        raise ConfigError(file, "(file)", f"cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(file, "(syntax)", f"is no valid TOML: {error}") from None
    try:
        return Settings(**values)
    except ValidationError as error:
        raise _explain(file, error) from None


def _explain(file: Path | None, error: ValidationError) -> ConfigError:
    first = error.errors(include_url=False, include_input=False)[0]
    # The kind of a source is a step of pydantic's own: nobody has written it as a key.
    steps = [step for place, step in enumerate(first["loc"]) if place != 3 or step not in KINDS]
    key = ".".join(str(step) for step in steps) or "(file)"
    if first["type"] == "extra_forbidden":
        return ConfigError(file, key, f"unknown key; known here: {', '.join(_known_keys(first['loc']))}")
    if first["type"].startswith("union_tag"):
        return ConfigError(file, f"{key}.kind", f"write one of {', '.join(KINDS)}")
    return ConfigError(file, key, first["msg"].removeprefix("Value error, "))


def _known_keys(loc: tuple[int | str, ...]) -> list[str]:
    if len(loc) > 3 and str(loc[3]) in KINDS:
        return sorted(KINDS[str(loc[3])].model_fields)
    section = {name.rstrip("_"): field.annotation for name, field in Settings.model_fields.items()}
    if len(loc) > 1:
        model = section.get(str(loc[0]))
        if isinstance(model, type) and issubclass(model, BaseModel):
            return sorted(model.model_fields)
    return sorted(section)
