"""What the tests of all sources do: fetch everything."""

from collections.abc import Callable

from mailguard.core.settings.sources import SourceSettings
from mailguard.customers.sources.opening import open_source


def fetch(source: SourceSettings) -> list[dict[str, str]]:
    """All rows, each as heading to cell."""
    with open_source(source) as rows:
        return [dict(zip(rows.header, cells, strict=True)) for _, cells in rows.rows()]


class Waits:
    """Stands for the passing of time: remembers each wait, and lets something happen in it."""

    def __init__(self, happens: Callable[[int], None] = lambda number: None) -> None:
        self.seconds: list[float] = []
        self._happens = happens

    def __call__(self, seconds: float) -> None:
        """One wait."""
        self.seconds.append(seconds)
        self._happens(len(self.seconds))
