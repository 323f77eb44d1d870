"""What every endpoint of the desk needs, made once at start."""

from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request

from mailguard.cases.reading import ReadLetter
from mailguard.core.clock import Clock
from mailguard.core.coaching import Coaching
from mailguard.core.settings import Settings
from mailguard.desk.case.near_names import NearNames
from mailguard.desk.limits import LoginThrottle
from mailguard.desk.login.provider import Provider
from mailguard.desk.pages import Pages
from mailguard.desk.queue.live import Live
from mailguard.desk.register.figures import Figures
from mailguard.desk.reports.archive import ReportArchive
from mailguard.message.read import read_letter
from mailguard.store.store import Store


@dataclass(frozen=True)
class Desk:
    """Store, settings, pages and clock. Endpoints ask for it with `TheDesk`."""

    store: Store
    settings: Settings
    now: Clock
    pages: Pages
    throttle: LoginThrottle
    reports: ReportArchive | None = None
    read: ReadLetter = read_letter
    """Reads a letter as the judge did."""
    coaching: Coaching | None = None
    """Without it there is no such page."""

    @cached_property
    def figures(self) -> Figures:
        """Counts of the register."""
        return Figures(self.store.engine, self.now)

    @cached_property
    def namesakes(self) -> NearNames:
        """Who has nearly the same name."""
        return NearNames(self.store.engine, self.now)

    @cached_property
    def live(self) -> Live:
        """The streams that tell open pages of news."""
        return Live(self.store, self.settings.desk.session_minutes)

    @cached_property
    def provider(self) -> Provider | None:
        """Who vouches for people besides us."""
        oidc = self.settings.desk.oidc
        return Provider(oidc, self.now) if oidc else None

    @cached_property
    def proxies(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """Who may say from where a visitor comes."""
        return tuple(ip_network(network) for network in self.settings.desk.proxies)

    @property
    def https(self) -> bool:
        """Whether people reach the desk over TLS."""
        return self.settings.desk.public_url.lower().startswith("https://")

    @property
    def base_url(self) -> str:
        """The public address without a slash at its end."""
        return self.settings.desk.public_url.rstrip("/")

    @property
    def origin(self) -> str:
        """Scheme and authority of the public address (RFC 6454), never taken from the Host header."""
        url = urlsplit(self.settings.desk.public_url.lower())
        # Browsers leave the scheme's own port out.
        return f"{url.scheme}://{url.netloc.removesuffix({'http': ':80', 'https': ':443'}.get(url.scheme, ' '))}"


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


TheDesk = Annotated[Desk, Depends(_desk)]
