"""Learned signs: how letters speak of a secret, in weights that were learned from labelled letters.

Rules and signs that people write cover the sentences that they thought of. Weights of words, of their beginnings and
endings, and of forms of values (`traits.py`) cover what is like the letters that they were learned from
(`make learn`): a logistic regression, whose sum of weights is the logarithm of the odds.
"""

from collections.abc import Iterator
from functools import lru_cache, partial
from hashlib import sha256
from pathlib import Path
from weakref import WeakValueDictionary

from mailguard.core.errors import RulesError
from mailguard.detect.page import Page
from mailguard.detect.traits import Trait, close_traits, far_traits, spellings

HOPELESS = -2.0
"""What is that far from a secret by its form and its line, nothing that stands farther away makes one."""
BIAS = "bias"
"""The key of what every place has."""


class LearnedSigns:
    """The weights of one file."""

    def __init__(self, weights: dict[str, float]) -> None:
        self._bias = weights.get(BIAS, 0.0)
        # Not of a method: what refers to itself is not freed when other rules take its place (`app/memory.py`).
        self._weight_of = lru_cache(maxsize=4096)(partial(_weight_of, weights))

    def weigh(self, page: Page, start: int, end: int) -> float:
        """Logarithm of the odds that a secret stands there."""
        close = self._bias + sum(map(self._weight_of, close_traits(page, start, end)))
        if close < HOPELESS:
            return close
        return close + sum(map(self._weight_of, far_traits(page, start, end)))


_SHARED: WeakValueDictionary[bytes, LearnedSigns] = WeakValueDictionary()
"""By the digest of their file: all rules that name it weigh by the same; with the last of them they are freed."""


def read_learned(file: Path) -> LearnedSigns:
    """The weights of a file: key, tabulator and weight a line. Raises RulesError with file and line."""
    try:
        content = file.read_bytes()
        text = content.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise RulesError(file, "(file)", f"cannot be read: {error}") from None
    digest = sha256(content).digest()
    signs = _SHARED.get(digest)
    if signs is None:
        signs = _SHARED[digest] = LearnedSigns(dict(_weights_of(file, text)))
    return signs


def _weights_of(file: Path, text: str) -> Iterator[tuple[str, float]]:
    for number, line in enumerate(text.rstrip("\n").split("\n"), 1):
        key, _, weight = line.rpartition("\t")
        try:
            yield key, float(weight)
        except ValueError:
            raise RulesError(file, f"line {number}", "is no key and weight with a tabulator between") from None


def _weight_of(weights: dict[str, float], trait: Trait) -> float:
    return sum([weights.get(key, 0.0) for key in spellings(trait)])
