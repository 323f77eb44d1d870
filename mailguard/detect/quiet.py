"""Parts of letters that came before and in which nothing was found: a sender's name, small print, a newsletter."""

from mailguard.core.part import Part
from mailguard.core.remembered import Keepsakes, Recurring, weight_of

_MOST, _ROOM = 2048, 4 << 20
"""Parts, and octets of all of them."""
_HOUSEHOLD = 2
"""People; three are bulk data to the policy."""


class QuietMemory:
    """What one set of rules finds nothing in, from the second time on; for many threads."""

    def __init__(self, most: int = _MOST) -> None:
        """`most`: parts that are kept of either sort."""
        self.values: Recurring[tuple[Part, bytes], float] = Recurring(most, _ROOM)
        """By part and the digest of its subject, which may have half a megabyte: units of the letter's allowance that
        looking through it has taken."""
        self.people: Recurring[Part, frozenset[bytes]] = Recurring(most, _ROOM)
        """By part: the few people whom it lists."""


class Quiet:
    """That memory, as the look at one letter uses it."""

    def __init__(self, memory: QuietMemory, keepsakes: Keepsakes) -> None:
        """What this letter would leave there waits among its keepsakes."""
        self._memory, self._keepsakes = memory, keepsakes

    @classmethod
    def nothing(cls) -> "Quiet":
        """For a look at a letter as if it were the first, that leaves nothing."""
        return cls(_EMPTY, Keepsakes())

    def units_of(self, part: Part, subject: bytes) -> float | None:
        """What looking through the part below a subject of that digest takes, if it is known that no rule claims
        anything in it."""
        return self._memory.values.recall((part, subject))

    def no_values(self, part: Part, subject: bytes, units: float) -> None:
        """No rule claims anything there, all of it having been looked at for so many units."""
        self._keepsakes.add(self._memory.values, (part, subject), units, weight_of(part))

    def people_in(self, part: Part) -> frozenset[bytes] | None:
        """Whom the part lists, if that is known."""
        return self._memory.people.recall(part)

    def lists(self, part: Part, people: frozenset[bytes]) -> None:
        """Whom it lists; a text that lists more than a household is no newsletter, and not kept."""
        if len(people) <= _HOUSEHOLD:
            self._keepsakes.add(self._memory.people, part, people, weight_of(part))


_EMPTY = QuietMemory(most=0)
