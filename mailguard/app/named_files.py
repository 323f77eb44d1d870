"""The files that the configuration names and others put there: certificates, and passwords of other systems."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from mailguard.core.errors import ConfigError
from mailguard.core.settings import Settings

_OURS = frozenset({"key_file", "anchor_file"})
"""The guard makes these itself."""
_OTHERS = frozenset({"tls_cert", "tls_key", "client_ca"})


def check_named_files(settings: Settings) -> int:
    """Open each of them, as the guard will; gives their number. Raises ConfigError about the first that it cannot."""
    named = list(_named(settings, ""))
    for key, file in named:
        try:
            with file.open("rb") as opened:
                empty = not opened.read(1)
        except OSError as error:
            raise ConfigError(None, key, f"{file} cannot be read: {error.strerror}") from None
        if empty:
            raise ConfigError(None, key, f"{file} is empty")
    return len(named)


def _named(value: Any, at: str) -> Iterator[tuple[str, Path]]:
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            key = f"{at}.{name.rstrip('_')}".lstrip(".")
            one = getattr(value, name)
            if isinstance(one, Path) and name not in _OURS and (name.endswith("_file") or name in _OTHERS):
                yield key, one
            else:
                yield from _named(one, key)
    elif isinstance(value, list | tuple):
        for place, one in enumerate(value):
            yield from _named(one, f"{at}.{place}")
