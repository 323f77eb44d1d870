"""Tags of found values: the same secret in two cases has the same tag, and no tag tells the secret.

Tags stand in the rows of held cases and nowhere else. Whoever could see them and have letters held could write one with
all PINs in it and compare: so no page, answer of the API, letter or log has them, and they go with the letter's key.
"""

import hmac
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from mailguard.core.finding import Finding

_OCTETS = 12
"""Octets of a tag. Two secrets of a million meet by chance once in 10^17 times."""


def tag_findings(findings: Iterable[Finding], key: bytes) -> tuple[Finding, ...]:
    """The findings with their tags."""
    return tuple(replace(finding, tag=_tag_of(finding.value.reveal(), key)) for finding in findings)


def without_tags(findings: Iterable[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Stored findings as they may be shown."""
    return tuple({key: value for key, value in finding.items() if key != "tag"} for finding in findings)


def _tag_of(value: str, key: bytes) -> str:
    """HMAC-SHA-256 (RFC 2104) of the value, cut short, in hexadecimal.

    Without the key nobody can try all PINs on it. Grouping does not count (`1234 5678` is `12345678`), case does.
    """
    return hmac.digest(key, "".join(value.split()).encode("utf-8", "surrogatepass"), "sha256")[:_OCTETS].hex()
