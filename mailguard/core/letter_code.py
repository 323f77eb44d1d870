"""Link and code of a letter that asks a stranger something: derived whenever they are needed, and never stored.

Both are made from a random seed with a key of the key file. What comes back is compared by digest, and the code's
digest is keyed with the link: whoever reads the table knows no link, and so cannot try out the 30^8 codes.
"""

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256

from mailguard.core.ids import ALPHABET, spell

MOST_WRONG_CODES = 5
"""So many wrong codes close a question: one guess in 10^11 is right."""

_LENGTH = 8


def make_link(seed: str, key: bytes) -> str:
    """256 bits, URL-safe: the last step of the page's address."""
    return urlsafe_b64encode(_derive(key, "link", seed)).decode().rstrip("=")


def make_code(seed: str, key: bytes) -> str:
    """Eight letters, as they are compared; `group_code` is for readers."""
    # 256 bits over 30^8: what the remainder prefers cannot be measured.
    return spell(int.from_bytes(_derive(key, "code", seed)), _LENGTH)


def digest_link(link: str) -> str:
    """By which a link is found again."""
    return sha256(link.encode("utf-8", "replace")).hexdigest()


def digest_code(link: str, code: str) -> str:
    """What a code that was typed is compared with."""
    return hmac.digest(link.encode("utf-8", "replace"), _bare(code).encode("utf-8", "replace"), "sha256").hex()


def is_code(text: str) -> bool:
    """Whether a text has the form of a code. What has not is no guess: a program filled in the form."""
    return len(_bare(text)) == _LENGTH and set(_bare(text)) <= set(ALPHABET)


def same_digest(one: str, other: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(one, other)


def group_code(code: str) -> str:
    """The four and four characters parted by a hyphen."""
    return f"{code[:4]}-{code[4:]}"


def _derive(key: bytes, purpose: str, seed: str) -> bytes:
    return hmac.digest(key, f"{purpose}\0{seed}".encode(), "sha256")


def _bare(code: str) -> str:
    # As people type it: in small letters, with the hyphen, a blank or a full stop behind it.
    return "".join(code[:40].upper().replace("-", " ").replace(".", " ").split())
