"""What an audit entry's digest is made of: one canonical JSON text of all its fields, keyed by HMAC (RFC 2104)."""

import hmac
import json
from datetime import UTC, datetime
from typing import Any

GENESIS = "0" * 64
"""Stands for the digest before the first entry."""

_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode


def chained(
    key: bytes,
    seq: int,
    at: datetime | str,
    actor: str,
    act: str,
    case_id: str | None,
    details: dict[str, Any],
    previous: str,
) -> str:
    """The digest of an entry, in hexadecimal. `at` may be given as `moment_text` gives it."""
    when = at if isinstance(at, str) else moment_text(at)
    text = _canonical([seq, when, actor, act, case_id, details, previous])
    return hmac.digest(key, text.encode(), "sha256").hex()


def moment_text(at: datetime) -> str:
    """A moment as it is digested, signed and shown to programs: UTC, microseconds (RFC 3339)."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def plain(details: dict[str, Any]) -> dict[str, Any]:
    """Details as they will be read back: a number as a key becomes text, which sorts otherwise in a digest."""
    read_back: dict[str, Any] = json.loads(json.dumps(details))
    return read_back


def same(one: object, other: object) -> bool:
    """Whether two digests are the same, in constant time; what is no text never is."""
    if not isinstance(one, str) or not isinstance(other, str):
        return False
    # As bytes: compare_digest refuses text beyond ASCII, and a tampered digest may be anything.
    return hmac.compare_digest(one.encode(errors="surrogatepass"), other.encode(errors="surrogatepass"))
