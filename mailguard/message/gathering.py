"""Where the reading of one message puts what it finds: parts, troubles, and what no reader knows yet."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace

from mailguard.core.part import Attached, Part, PartRole, Trouble, Unread
from mailguard.message.budget import Budget, BudgetSpent, Meter
from mailguard.message.normalise import hidden_readings, normalise


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that may have words in it, whole, in a format of its own."""

    path: str
    role: PartRole
    data: bytes
    media_type: str
    file_name: str | None


class Gathering:
    """Parts and troubles in the order of reading. Texts are normalised here, once, and nowhere else."""

    def __init__(self, budget: Budget) -> None:
        self.meter = Meter(budget)
        self.parts: list[Part] = []
        self.troubles: list[Trouble] = []
        self.unread: list[Unread] = []
        self.attached: dict[str, Attached] = {}
        """By path."""
        self._paths: dict[str, int] = {}
        self._within: dict[str, int] = {}
        self._recent: deque[tuple[str, str, str, bool]] = deque(maxlen=20)
        self.pictures: list[Picture] = []
        self._raw = 0

    def add(
        self,
        path: str,
        role: PartRole,
        text: str,
        media_type: str = "text/plain",
        file_name: str | None = None,
        octets: bytes | None = None,
    ) -> None:
        """Keep a text (`octets`: its UTF-8, where it is known) as a part, and what its invisible characters spell.

        Blank texts are left out.

        Raises BudgetSpent when no more text may be gathered; what still fits is kept.
        """
        fitting = text[: self.meter.left_to_expand]
        plain = normalise(fitting, octets if fitting is text else None)
        if plain and not plain.isspace():
            self.parts.append(Part(self._unique(path), role, plain, media_type, file_name))
        if plain is not fitting:
            for name, reading in hidden_readings(fitting):
                self.parts.append(Part(self._unique(f"{path}#{name}"), role, reading, media_type, file_name))
        self.meter.expand(len(text))

    @property
    def wants_pictures(self) -> bool:
        """Whether anybody reads words off pictures."""
        return self.meter.budget.pictures > 0

    def picture(self, picture: Picture) -> None:
        """Keep a picture to be read, or say that there are too many. What the second look finds is often known."""
        if picture.path.startswith("raw.") and any(known.data == picture.data for known in self.pictures):
            return
        if len(self.pictures) >= self.meter.budget.pictures:
            self.unreadable(picture.path, f"the message has more than {self.meter.budget.pictures} pictures to be read")
        else:
            self.pictures.append(picture)

    def take(self, parts: Iterable[Part], troubles: Iterable[Trouble], unread: Iterable[Unread]) -> None:
        """Keep what was read elsewhere or before; its texts are normalised already."""
        for part in parts:
            path = self._unique(part.path)
            self.parts.append(part if path == part.path else replace(part, path=path))
        for trouble in troubles:
            self.trouble(trouble.kind, trouble.part, trouble.text)
        self.unread += unread

    def mark(self) -> tuple[int, ...]:
        """How much there is by now, for `texts_since`. Body parts and frames are counted among what was entered."""
        others = self.unread, self.attached, self.pictures, self._within
        return len(self.parts), self.meter.expanded, self.meter.entered, self._raw, *map(len, others)

    def texts_since(self, mark: tuple[int, ...]) -> tuple[tuple[Part, ...], int] | None:
        """The texts that came since then, and what they have cost; None where anything else came, or any trouble ever.

        Nor where a part shares its path with an earlier one: in another message it would have another path.
        """
        parts, expanded, *others = mark
        now = self.mark()
        came = tuple(self.parts[parts:])
        if self.troubles or list(now[2:]) != others or any("~" in part.path for part in came):
            return None
        return came, now[1] - expanded

    def unreadable(self, path: str, text: str, *, awaited: bool = False) -> None:
        """Note that something about a part cannot be read for certain; `awaited`: not yet."""
        self.trouble("unreadable", path, text, awaited=awaited)

    def trouble(self, kind: str, path: str, text: str, *, awaited: bool = False) -> None:
        """Note a trouble of a kind; the same one twice is kept once."""
        told = (kind, path, text, awaited)
        if told not in self._recent:
            self._recent.append(told)
            self.troubles.append(Trouble(*told))

    def stop(self, path: str, spent: BudgetSpent) -> None:
        """Note that a budget ended the reading of a part."""
        self.unreadable(path, spent.text)

    def within(self, path: str) -> str:
        """A path for the next thing found within another: `attachment.2/1`, `attachment.2/2`, ...

        Numbered, not named: paths are stored, shown and logged, and the name of a file may be the password.
        """
        count = self._within[path] = self._within.get(path, 0) + 1
        return f"{path}/{count}"

    def next_raw(self) -> str:
        """A path for something that no structure names: `raw.1`, `raw.2`, ..."""
        self._raw += 1
        return f"raw.{self._raw}"

    def _unique(self, path: str) -> str:
        """Findings name parts by path, so two parts never share one (two ways of reading do ask for it)."""
        count = self._paths[path] = self._paths.get(path, 0) + 1
        return path if count == 1 else f"{path}~{count}"
