"""Take the values of findings out of a text, wherever they are repeated."""

from collections.abc import Iterable

from mailguard.core.finding import Finding

_SHORTEST = 4
"""A value shorter than this (a three-digit code) is taken out by its place only: as a string it stands everywhere."""


def mask_values(text: str, findings: Iterable[Finding]) -> str:
    """The text with each found value masked: the password of the body is often in the subject or in a file's name."""
    for finding in findings:
        value = finding.value.reveal()
        if len(value) >= _SHORTEST:
            text = text.replace(value, finding.masked)
    return text
