"""The HTML of a message's bodies as it was written, for a page that shows it; the judges read its text instead."""

from collections.abc import Mapping

from mailguard.core.part import PartRole
from mailguard.message.attachments import READERS
from mailguard.message.blob import Blob, Descend, Reader
from mailguard.message.budget import Budget, BudgetSpent
from mailguard.message.gathering import Gathering
from mailguard.message.read import even_lines
from mailguard.message.texts import html_of
from mailguard.message.walk import Walk


def read_html_bodies(raw: bytes, budget: Budget = Budget()) -> dict[str, str]:
    """HTML sources by the path of their part (`body.1.2.html`), in their order. Never raises.

    A body that can be decoded in several ways is left out: which of them a mail program shows is not known.
    """
    found: dict[str, list[str]] = {}

    def keep(blob: Blob, into: Gathering, descend: Descend) -> None:
        if blob.role is PartRole.BODY and blob.archive_depth == 0 and (html := html_of(blob)):
            found.setdefault(html[0], []).append(html[1])

    def leave(blob: Blob, into: Gathering, descend: Descend) -> None:
        return

    readers: Mapping[str, Reader] = dict.fromkeys(READERS, leave) | {"text": keep}
    into = Gathering(budget)
    try:
        if len(raw) <= budget.size:
            Walk(into, readers).read(even_lines(raw, into))
    except BudgetSpent:
        return {}
    except Exception:
        # As `read_letter`: parsers of hostile octets raise anything at all.
        return {}
    return {path: sources[0] for path, sources in found.items() if len(set(sources)) == 1}
