"""Rules read again while the guard runs: a broken file keeps the last good set in force."""

from collections.abc import Callable
from typing import Generic, TypeVar

from mailguard.core.errors import RulesError

T = TypeVar("T")


class LastGood(Generic[T]):
    """What was loaded last without an error, such as a `Detector` or all rules of the guard."""

    def __init__(self, load: Callable[[], T]) -> None:
        """Load for the first time. Raises RulesError: at start there is no good set to fall back on."""
        self._load = load
        self.current = load()
        self.error: RulesError | None = None
        """Why the last reload changed nothing; None when it did."""

    def reload(self) -> RulesError | None:
        """Load again, all or nothing. The error, when there was one, is the caller's to tell."""
        try:
            self.current, self.error = self._load(), None
        except RulesError as error:
            self.error = error
        return self.error
