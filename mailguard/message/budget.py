"""How much of a message is read before reading stops, and the meter that counts it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits for one message. Beyond any of them the rest is not read, and the message is `unreadable`.

    Measured reason: of the standard library's mail parser, 50,000 addresses in one field take 25 s and 100,000 parts
    20 s.
    """

    size: int = 64 * 1024 * 1024
    """Octets of the whole message."""
    header_octets: int = 512 * 1024
    """Octets of one header section. 5,000 recipients in `To` are about 250 kB."""
    header_fields: int = 1000
    """Fields of one header section."""
    parts: int = 1000
    """Body parts, nested messages and archive members together."""
    sections: int = 300
    """Of these, body parts, and frames and files within pages. Each takes 60 us to read and as long to judge; ordinary
    letters with the most have some 60."""
    depth: int = 20
    """Nesting of multiparts and messages. Long forwarding chains of real mail reach about ten."""
    archive_depth: int = 3
    """Archives within archives."""
    expanded: int = 64 * 1024 * 1024
    """Octets that decompression may yield, and characters of text that may be gathered."""
    seconds: float = 5.0
    """Time for the whole message, monotonic; looked at between parts. Worker processes have a time of their own."""
    extraction_seconds: float = 60.0
    """Time that worker processes may spend on the attachments of one message together, and on its pictures."""
    pictures: int = 0
    """Pictures, and pages that are pictures, whose words are read; 0: they pass unread."""


class BudgetSpent(Exception):
    """A limit is reached; `text` says which, in a supervisor's words."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(text)


class Meter:
    """Counts what the reading of one message has cost so far."""

    def __init__(self, budget: Budget, clock: Callable[[], float] = time.monotonic) -> None:
        self.budget = budget
        self._clock = clock
        self._deadline = clock() + budget.seconds
        self._parts = 0
        self._sections = 0
        self._expanded = 0
        self._extracting = 0.0

    def enter_part(self) -> None:
        """One more body part. Raises BudgetSpent."""
        self._parts += 1
        if self._parts > self.budget.parts:
            raise BudgetSpent(f"the message has more than {self.budget.parts} parts")
        if self._clock() > self._deadline:
            raise BudgetSpent("reading the message takes too long")

    def enter_section(self) -> None:
        """One more body part, frame, or file within a page. Raises BudgetSpent."""
        self._sections += 1
        if self._sections > self.budget.sections:
            raise BudgetSpent(f"the message has more than {self.budget.sections} body parts")
        self.enter_part()

    def expand(self, amount: int) -> None:
        """So many more octets or characters were produced. Raises BudgetSpent."""
        self._expanded += amount
        if self._expanded > self.budget.expanded:
            raise BudgetSpent("the message expands to more than can be read")

    def start_extraction(self) -> float:
        """The moment at which the work is handed to a worker process. Raises BudgetSpent when none may be handed on."""
        if self._extracting >= self.budget.extraction_seconds:
            raise BudgetSpent("the attachments take too long to read")
        return self._clock()

    def since(self, moment: float) -> float:
        """Seconds from a moment that `start_extraction` gave."""
        return self._clock() - moment

    def end_extraction(self, started: float, seconds: float) -> None:
        """`seconds` of work were done elsewhere; that and the waiting for it are not time of this process."""
        self._extracting += seconds
        self._deadline += self._clock() - started

    def enter_extracted(self, entered: int, expanded: int) -> None:
        """What a worker process counted. Raises BudgetSpent."""
        self._parts += entered
        self.expand(expanded)

    @property
    def entered(self) -> int:
        """Parts so far."""
        return self._parts

    @property
    def expanded(self) -> int:
        """Octets and characters so far."""
        return self._expanded

    def remaining(self) -> Budget:
        """A budget of what is left, for a worker process."""
        parts = max(0, self.budget.parts - self._parts)
        return replace(self.budget, parts=parts, expanded=self.left_to_expand)

    @property
    def left_to_expand(self) -> int:
        """Octets that may still be produced."""
        return max(0, self.budget.expanded - self._expanded)
