"""What every endpoint of the desk needs, made once at start."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request

from mailguard.cases.reading import ReadLetter
from mailguard.core.clock import Clock
from mailguard.core.settings import Settings
from mailguard.desk.limits import LoginThrottle
from mailguard.desk.near_names import NearNames
from mailguard.desk.pages import Pages
from mailguard.desk.register.figures import Figures
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
    report_folder: Path | None = None
    read: ReadLetter = read_letter
    """Reads a letter as the judge did."""

    @cached_property
    def figures(self) -> Figures:
        """Counts of the register."""
        return Figures(self.store.engine, self.now)

    @cached_property
    def namesakes(self) -> NearNames:
        """Who has nearly the same name."""
        return NearNames(self.store.engine, self.now)

    @property
    def https(self) -> bool:
        """Whether people reach the desk over TLS."""
        return self.settings.desk.public_url.lower().startswith("https://")

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
