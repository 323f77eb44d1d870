"""What was made of octets that come again and again: a company's logo and its terms stand in every mail."""

from collections import OrderedDict
from threading import Lock
from typing import Generic, TypeVar

_T = TypeVar("_T")


class Remembered(Generic[_T]):
    """Values by digest, those of late; for many threads. Beyond its room whatever was asked for longest ago goes."""

    def __init__(self, most: int, room: int) -> None:
        """Room for so many values, which weigh so much together."""
        self._most, self._room = most, room
        self._values: OrderedDict[bytes, tuple[_T, int]] = OrderedDict()
        self._weight = 0
        self._lock = Lock()

    def recall(self, digest: bytes) -> _T | None:
        """The value that was kept, if it is still there."""
        with self._lock:
            found = self._values.get(digest)
            if found is None:
                return None
            self._values.move_to_end(digest)
            return found[0]

    def keep(self, digest: bytes, value: _T, weight: int) -> None:
        """Have it to recall. What would take more than an eighth of the room is not worth all that it drives out."""
        if weight > self._room // 8:
            return
        with self._lock:
            self._weight += weight - self._values.pop(digest, (None, 0))[1]
            self._values[digest] = (value, weight)
            while len(self._values) > self._most or self._weight > self._room:
                self._weight -= self._values.popitem(last=False)[1][1]
