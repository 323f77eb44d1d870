"""Where the reading of one message puts what it finds: parts, troubles, and what no reader knows yet."""

from collections.abc import Iterable
from dataclasses import replace

from mailguard.core.part import Part, PartRole, Trouble, Unread
from mailguard.message.budget import Budget, BudgetSpent, Meter
from mailguard.message.normalise import hidden_readings, normalise


class Gathering:
    """Parts and troubles in the order of reading. Texts are normalised here, once, and nowhere else."""

    def __init__(self, budget: Budget) -> None:
        self.meter = Meter(budget)
        self.parts: list[Part] = []
        self.troubles: list[Trouble] = []
        self.unread: list[Unread] = []
        self._paths: dict[str, int] = {}
        self._raw = 0

    def add(
        self,
        path: str,
        role: PartRole,
        text: str,
        media_type: str = "text/plain",
        file_name: str | None = None,
    ) -> None:
        """Keep a text as a part, and beside it what its invisible characters spell. Blank texts are left out.

        Raises BudgetSpent when no more text may be gathered; what still fits is kept.
        """
        fitting = text[: self.meter.left_to_expand]
        plain = normalise(fitting)
        if plain and not plain.isspace():
            self.parts.append(Part(self._unique(path), role, plain, media_type, file_name))
        if plain is not fitting:
            for name, reading in hidden_readings(fitting):
                self.parts.append(Part(self._unique(f"{path}#{name}"), role, reading, media_type, file_name))
        self.meter.expand(len(text))

    def take(self, parts: Iterable[Part], troubles: Iterable[Trouble], unread: Iterable[Unread]) -> None:
        """Keep what a worker process has read; its texts are normalised already."""
        self.parts += [replace(part, path=self._unique(part.path)) for part in parts]
        for trouble in troubles:
            self.trouble(trouble.kind, trouble.part, trouble.text)
        self.unread += unread

    def unreadable(self, path: str, text: str) -> None:
        """Note that something about a part cannot be read for certain."""
        self.trouble("unreadable", path, text)

    def trouble(self, kind: str, path: str, text: str) -> None:
        """Note a trouble of a kind; the same one twice is kept once."""
        trouble = Trouble(kind, path, text)
        if trouble not in self.troubles[-20:]:
            self.troubles.append(trouble)

    def stop(self, path: str, spent: BudgetSpent) -> None:
        """Note that a budget ended the reading of a part."""
        self.unreadable(path, spent.text)

    def next_raw(self) -> str:
        """A path for something that no structure names: `raw.1`, `raw.2`, ..."""
        self._raw += 1
        return f"raw.{self._raw}"

    def _unique(self, path: str) -> str:
        """Findings name parts by path, so two parts never share one (two ways of reading do ask for it)."""
        count = self._paths[path] = self._paths.get(path, 0) + 1
        return path if count == 1 else f"{path}~{count}"
