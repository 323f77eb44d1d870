"""Mail on its way: the front door and the next hop."""

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from mailguard.core.settings.section import Section
from mailguard.core.settings.types import Endpoint, HostName, Network


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
    max_header_bytes: int = Field(256 * 1024, ge=1024)
    """Octets of the header section: a thousand recipients with their names take 80,000."""
    max_recipients: int = Field(1000, ge=1, le=100_000)
    max_connections: int = Field(3000, ge=1)
    """At once, in each of `workers` processes: idle ones cost 11 kB and two file descriptors each."""
    max_connections_per_client: int | None = Field(None, ge=1)
    """From one IP address at once; not set: as many as `max_connections`."""
    bare_newline: Literal["normalize", "reject"] = "normalize"
    """Bare LF in DATA: make it CRLF before judging, or refuse. Bare CR and NUL are always refused."""
    proxy_protocol: bool = False
    workers: int = Field(1, ge=1, le=64)
    timeout: float = Field(300, gt=0)
    """Seconds a client may stay silent (RFC 5321, section 4.5.3.2.7: five minutes)."""
    lifetime: float = Field(3600, gt=0)
    """Seconds a connection may last; a message that is on its way by then comes to its answer first."""

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
    xclient: bool = False
    """Have the next hop see our client in our place, where it offers XCLIENT: its rules for clients then apply to that
    one, and no longer to the guard. Without, XFORWARD tells its log."""
    releases_at_once: int = Field(1, ge=1, le=32)
    """Approved messages under way at once: more, where a content filter behind takes seconds for each. A guard that is
    killed between a message's final dot and the record of its answer sends it again, so each may come twice."""
