"""The stretch of text around one label, with what has already been read in it for another rule."""

import re
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

REACH = 240
"""Characters after a label within which its value must begin."""
BACK = 90
"""Characters before a label in which a value is looked for."""

_SIGN = re.compile(r"""[0-9!#$%&@_+"'“”„‘’«»]""")
_JOINT = re.compile(r"[-.](?<=[^\W\d_].)(?=[^\W\d_])")
_CAMEL = re.compile(r"[a-zà-ž][A-Z]")

T = TypeVar("T")


class Window:
    """Text and folded text around a label; offsets count from the window's first character."""

    __slots__ = ("_known", "end", "plain", "start", "text")

    def __init__(self, text: str, plain: bytes, start: int, end: int) -> None:
        self.text = text
        self.plain = plain
        self.start = start
        """Where the label begins."""
        self.end = end
        self._known: dict[Hashable, Any] = {}

    def once(self, key: Hashable, read: Callable[[], T]) -> T:
        """What `read` gives, read once for all rules: a label is often that of three or four of them."""
        if key not in self._known:
            self._known[key] = read()
        known: T = self._known[key]
        return known

    @property
    def rich_after(self) -> bool:
        """Whether anything but plain words stands after the label."""
        return self.once("rich", lambda: _is_rich(self.text, self.end, self.end + REACH))

    @property
    def rich_before(self) -> bool:
        """The same, before the label."""
        low = max(0, self.start - BACK)
        return self.once("rich before", lambda: _is_rich(self.text, low, self.start))


def _is_rich(text: str, low: int, high: int) -> bool:
    """Whether a stretch holds a digit, a special sign, letters joined by a sign, or a capital inside a word.

    Without one of these it holds no value but a plain word behind a separator or copula. Three passes that look for
    single characters are several times faster than one pattern that may begin with any letter.
    """
    return bool(_SIGN.search(text, low, high) or _JOINT.search(text, low + 1, high) or _CAMEL.search(text, low, high))
