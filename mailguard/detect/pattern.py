"""Compiling patterns with RE2, whose matching time is linear in the text whatever the pattern (promise 9)."""

from collections.abc import Iterable
from typing import Any

import re2

MEMORY = 64 << 20
"""Bytes that one compiled pattern may take for its automaton; RE2 falls back to a slower linear engine beyond it."""


def _options(longest: bool) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = MEMORY
    options.longest_match = longest
    return options


def compile_pattern(pattern: str, *, longest: bool = False, exact: bool = False) -> Any:
    """Compile a pattern for folded bytes, or (`exact`) for original text.

    Raises ValueError in words that an operator understands when RE2 refuses it.
    """
    try:
        source: str | bytes = pattern if exact else widen_spaces(pattern).encode("ascii")
        return re2.compile(source, _options(longest))
    except UnicodeEncodeError:
        raise ValueError("write it without diacritics: rules see text folded to a-z") from None
    except re2.error as error:
        reason = error.args[0].decode() if error.args and isinstance(error.args[0], bytes) else str(error)
        raise ValueError(f"RE2 refuses the pattern ({reason}); look-around and back-references do not exist") from None


def widen_spaces(pattern: str) -> str:
    """Let every space of a pattern stand for one to three: people and mail programs double them."""
    out = []
    in_class = escaped = False
    for index, sign in enumerate(pattern):
        follows = pattern[index + 1 : index + 2]
        if sign == " " and not in_class and not escaped and follows not in {"?", "*", "+", "{"}:
            out.append(" {1,3}")
        else:
            out.append(sign)
        if not escaped and sign in "[]":
            in_class = sign == "["
        escaped = sign == "\\" and not escaped
    return "".join(out)


def any_of(alternatives: Iterable[str]) -> str:
    """An alternation of patterns; one that matches nothing when there are none."""
    parts = [alternative for alternative in alternatives if alternative]
    return "(?:" + "|".join(parts) + ")" if parts else r"[^\x00-\x{10FFFF}]"
