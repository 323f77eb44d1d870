"""Tags of found values: the same secret in two letters has the same tag, and no tag tells the secret."""

import hmac

_OCTETS = 12
"""Octets of a tag. Two secrets of a million meet by chance once in 10^17 times."""


def tag_of(value: str, key: bytes) -> str:
    """HMAC-SHA-256 (RFC 2104) of the value, cut short, in hexadecimal; empty without a key.

    Without the key nobody can try all PINs on it. Grouping does not count (`1234 5678` is `12345678`), case does.
    """
    if not key:
        return ""
    return hmac.digest(key, "".join(value.split()).encode("utf-8", "surrogatepass"), "sha256")[:_OCTETS].hex()
