"""The signature of a delivery: that it is ours, whole, and not an old one sent again."""

import hmac
from hashlib import sha256

from mailguard.core.secret import Secret

HEADER = "X-Mailguard-Signature"
VERSION = "v1"


def sign(secret: Secret, body: bytes, at: int) -> str:
    """The header's value `t=1763283600,v1=5257a8...`: HMAC-SHA256 over `t`, a dot and the body (RFC 2104), in hex.

    Whoever gets a delivery reckons the same, compares in constant time, and refuses a `t` (seconds since 1970) that is
    minutes away: within these the number of the delivery tells a copy.
    """
    digest = hmac.new(secret.reveal().encode(), f"{at}.".encode() + body, sha256).hexdigest()
    return f"t={at},{VERSION}={digest}"
