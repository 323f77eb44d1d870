"""Kinds of values in the configuration, each checked where it is read, with words on how to write it."""

import ipaddress
import re
from collections.abc import Callable
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator

from mailguard.core.address import is_plain
from mailguard.core.public_holidays import public_holidays

_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]")

Language = Literal["en", "fi", "sv", "pl", "nl", "de"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEK: tuple[Weekday, ...] = get_args(Weekday)
"""The days in the order of `date.weekday`."""


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


def _time_of_day(value: Any) -> Any:
    # TOML's own local time too; pydantic would also take a number of seconds, which nobody means.
    if isinstance(value, time) and value.tzinfo is None:
        return value
    if not isinstance(value, str) or not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value):
        raise ValueError('write a time such as "08:00"')
    return time.fromisoformat(value)


def _country(value: str) -> str:
    if value:
        try:
            if not re.fullmatch(r"[A-Z]{2}(-[A-Z0-9]{1,3})?", value):
                raise LookupError
            public_holidays(value, 2026)
        except LookupError:
            mend = 'write a country or a part of it that has public holidays of its own, such as "FI" or "DE-BY"'
            raise ValueError(f"{mend} (ISO 3166)") from None
    return value


def _folder(value: Path | None) -> Path | None:
    if value is not None and not value.is_dir():
        raise ValueError(f"{value} is no folder")
    return value


Endpoint = Annotated[str, AfterValidator(_endpoint)]
Network = Annotated[str, AfterValidator(_network)]
TimeZone = Annotated[str, AfterValidator(_zone)]
HostName = Annotated[str, AfterValidator(_host_name)]
OwnDomain = Annotated[str, AfterValidator(_own_domain)]
Partner = Annotated[str, AfterValidator(_partner)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
Folder = Annotated[Path | None, AfterValidator(_folder)]
MailAddress = Annotated[str, AfterValidator(_mail_address)]
TimeOfDay = Annotated[time, BeforeValidator(_time_of_day)]
Country = Annotated[str, AfterValidator(_country)]


def split_endpoint(value: str) -> tuple[str, int]:
    """`"[::1]:25"` -> `("::1", 25)`."""
    host, _, port = value.rpartition(":")
    return host.strip("[]"), int(port)


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine itself."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def plain_name(example: str) -> Callable[[str], str]:
    """What checks the name of one of several things of a kind."""

    def check(value: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", value):
            raise ValueError(f'write a plain name such as "{example}": letters, digits, - and _, 40 at most')
        return value

    return check
