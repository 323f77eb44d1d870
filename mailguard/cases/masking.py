"""Take found secrets out of a text before it is stored or shown."""

from collections.abc import Sequence

from mailguard.core.finding import Finding
from mailguard.core.masking import mask_values


def mask_text(text: str, part: str, findings: Sequence[Finding]) -> str:
    """The text of `part` with every finding in it masked, and every other finding's value wherever it is repeated."""
    for finding in sorted(findings, key=lambda f: f.start, reverse=True):
        if finding.part == part:
            text = text[: finding.start] + finding.masked + text[finding.end :]
    return mask_values(text, findings)
