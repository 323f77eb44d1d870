"""Secrets inside URLs, connection strings and command lines."""

import re

from mailguard.detect.shapes import Shape, shape_of

_SPECIAL = re.compile(r"[!#$%&*+=?^~_@]")
_EXAMPLES = frozenset(
    {
        "pass",
        "password",
        "passwd",
        "pwd",
        "secret",
        "token",
        "user",
        "pw",
        "mypassword",
        "mypass",
        "changeme",
        "postgres",
        "guest",
    }
)


def check_strong(text: str) -> int:
    """Length of the text when nothing but a secret has such a shape."""
    stripped = text.rstrip(".,;:)\"'")
    return len(stripped) if shape_of(stripped) is Shape.VERY_STRONG else 0


def check_special(text: str) -> int:
    """The same, with a sign in it that words and product names have not."""
    length = check_strong(text)
    return length if length and _SPECIAL.search(text[1:length]) else 0


def check_credential(text: str) -> int:
    """Length of the text when it can be a secret: no placeholder, no example word of manuals."""
    shape = shape_of(text)
    if shape in {Shape.NONE, Shape.PHRASE} or text.lower() in _EXAMPLES or len(text) < 4:
        return 0
    return len(text)
