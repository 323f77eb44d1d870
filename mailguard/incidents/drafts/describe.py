"""A draft as plain values, for JSON."""

from typing import Any

from mailguard.incidents.drafts.draft import Draft
from mailguard.incidents.drafts.render import as_html, as_text


def describe_draft(draft: Draft) -> dict[str, Any]:
    """The text and the HTML of it, and what a person has to fill in or to translate."""
    return {
        "breach": draft.breach_id,
        "kind": draft.kind.value,
        "language": draft.language,
        "subject": draft.subject,
        "text": as_text(draft),
        "html": as_html(draft),
        "gaps": [{"field": gap.filled_by, "what": gap.what} for gap in draft.gaps],
        "written": list(draft.written),
    }
