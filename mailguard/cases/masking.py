"""Take found secrets out of a text before it is stored or shown."""

from collections.abc import Sequence

from mailguard.core.finding import Finding

_SHORTEST = 4
"""A value shorter than this (a three-digit code) is taken out by its place only: as a string it stands everywhere."""


def mask_text(text: str, part: str, findings: Sequence[Finding]) -> str:
    """The text of `part` with every finding in it masked, and every other finding's value wherever it is repeated.

    The password of the body is often repeated in the subject, where no label stands beside it.
    """
    for finding in sorted(findings, key=lambda f: f.start, reverse=True):
        if finding.part == part:
            text = text[: finding.start] + finding.masked + text[finding.end :]
    for finding in findings:
        value = finding.value.reveal()
        if len(value) >= _SHORTEST:
            text = text.replace(value, finding.masked)
    return text
