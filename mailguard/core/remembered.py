"""What was made of things that come again and again: a company's logo, its terms, a letter that goes to thousands."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import partial
from sys import getsizeof
from threading import Lock
from typing import Generic, TypeVar

from mailguard.core.part import Part

_K = TypeVar("_K", bound=Hashable)
_V = TypeVar("_V")


class Remembered(Generic[_K, _V]):
    """Values by key, those of late; for many threads. Beyond its room whatever was asked for longest ago goes."""

    def __init__(self, most: int, room: int) -> None:
        """Room for so many values, which weigh so much together."""
        self._most, self._room = most, room
        self._values: OrderedDict[_K, tuple[_V, int]] = OrderedDict()
        self._weight = 0
        self._lock = Lock()

    def recall(self, key: _K) -> _V | None:
        """The value that was kept, if it is still there."""
        with self._lock:
            found = self._values.get(key)
            if found is None:
                return None
            self._values.move_to_end(key)
            return found[0]

    def keep(self, key: _K, value: _V, weight: int) -> None:
        """Have it to recall. What would take more than an eighth of the room is not worth all that it drives out."""
        if weight > self._room // 8:
            return
        with self._lock:
            self._weight += weight - self._values.pop(key, (None, 0))[1]
            self._values[key] = (value, weight)
            while len(self._values) > self._most or self._weight > self._room:
                self._weight -= self._values.popitem(last=False)[1][1]


class Recurring(Generic[_K, _V]):
    """Values of what came at least twice; for many threads. Of what comes once a number stays, the hash of its key."""

    def __init__(self, most: int, room: int) -> None:
        """Room for so many values, which weigh so much together."""
        self._seen: Remembered[int, bool] = Remembered(_SEEN, _SEEN)
        self._kept: Remembered[_K, _V] = Remembered(most, room)

    def recall(self, key: _K) -> _V | None:
        """The value that was kept, if it is still there."""
        return self._kept.recall(key)

    def keep(self, key: _K, value: _V, weight: int) -> None:
        """Have it to recall from the second time on."""
        # Two keys of one hash: one of them is kept the first time.
        number = hash(key)
        if self._seen.recall(number):
            self._kept.keep(key, value, weight)
        else:
            self._seen.keep(number, True, 1)


_SEEN = 4096
"""Keys of late that may be met again."""


class Keepsakes:
    """What one letter would leave in memories. It waits for the verdict: a letter that anything was found in, or that
    could not be read or judged to its end, leaves nothing."""

    def __init__(self) -> None:
        self._waiting: list[Callable[[], None]] = []

    def add(self, memory: Recurring[_K, _V], key: _K, value: _V, weight: int) -> None:
        """Have the memory keep it, if the letter may leave it."""
        self._waiting.append(partial(memory.keep, key, value, weight))

    def keep(self) -> None:
        """The letter may: have all of it kept."""
        for leave in self._waiting:
            leave()
        self._waiting.clear()


def weight_of(part: Part) -> int:
    """Octets that a part takes while it is kept, about."""
    return _OF_A_PART + getsizeof(part.text) + getsizeof(part.path) + getsizeof(part.file_name or "")


_OF_A_PART = 500
"""Octets besides its strings."""
