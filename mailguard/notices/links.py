"""Addresses of the desk's pages, as letters and webhooks tell them."""

from urllib.parse import quote

from mailguard.core.settings import Settings


def at_desk(settings: Settings, *path: str) -> str:
    """The address of a page. No piece of the path can become more than one, or a query."""
    return "/".join((settings.desk.public_url.rstrip("/"), *(quote(piece, safe="") for piece in path)))
