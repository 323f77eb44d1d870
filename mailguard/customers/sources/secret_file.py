"""Read a password or token from the file that the configuration names."""

from pathlib import Path

from mailguard.core.errors import SourceError
from mailguard.core.secret import Secret

_LONGEST = 64 * 1024


def read_secret(file: Path) -> Secret:
    """The file's text without its line end. Raises SourceError naming the file.

    An empty one is an error: a directory takes an empty password for an anonymous bind (RFC 4513, section 5.1.2).
    """
    try:
        with file.open("rb") as opened:
            text = opened.read(_LONGEST).decode("utf-8").rstrip("\r\n")
    except OSError as error:
        raise SourceError(f"{file}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SourceError(f"{file}: is no UTF-8 text") from None
    if not text or not text.isprintable():
        raise SourceError(f"{file}: write the secret into it, on one line")
    return Secret(text)
