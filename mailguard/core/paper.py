"""HTML on paper, by WeasyPrint, with nothing fetched from anywhere: the same page gives the same octets."""

from functools import cache
from hashlib import sha256
from typing import Any

from mailguard.core.errors import InputError

_NEEDED = "libpangoft2-1.0-0"


def print_pdf(html: str) -> bytes:
    """The page as PDF 1.7. No address but `data:` is followed, of the network or of a file.

    Raises InputError where the system has no Pango, which WeasyPrint sets text with.
    """
    weasyprint, fetcher = printer()
    # Fixed by the page: WeasyPrint would take a random one.
    identifier = sha256(html.encode()).digest()[:16]
    printed: bytes = weasyprint.HTML(string=html, url_fetcher=fetcher).write_pdf(pdf_identifier=identifier)
    return printed


@cache
def printer() -> tuple[Any, Any]:
    """WeasyPrint, and what refuses to fetch anything for it. Raises InputError as `print_pdf`."""
    try:
        weasyprint, fetcher = _load()
    except (OSError, ImportError):
        raise InputError(f"no PDF could be made: Pango is missing on this system (Debian package {_NEEDED})") from None
    return weasyprint, fetcher(allowed_protocols=("data",), fail_on_errors=True)


def _load() -> tuple[Any, Any]:
    # Imported here: it takes half a second, and needs a library of the system.
    import weasyprint
    from weasyprint.urls import URLFetcher

    return weasyprint, URLFetcher
