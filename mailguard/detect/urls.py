"""Secrets inside URLs, connection strings and command lines."""

from mailguard.detect.shapes import Shape, shape_of

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


def check_credential(text: str) -> int:
    """Length of the text when it can be a secret: no placeholder, no example word of manuals."""
    shape = shape_of(text)
    if shape in {Shape.NONE, Shape.PHRASE} or text.lower() in _EXAMPLES or len(text) < 4:
        return 0
    return len(text)
