"""Parts of letters that came before and in which nothing was found: a sender's name, small print, a newsletter."""

from mailguard.core.part import Part
from mailguard.core.remembered import Recurring

_MOST, _ROOM = 2048, 2 << 20
"""Parts, and characters of all of them."""
_HOUSEHOLD = 2
"""People; three are bulk data to the policy."""


class Quiet:
    """What one set of rules finds nothing in, from the second time on; for many threads.

    What anything was found in is not kept: no secret stays in memory here.
    """

    def __init__(self, most: int = _MOST) -> None:
        """`most`: parts that are kept of either sort."""
        self._of_values: Recurring[tuple[Part, bytes], bool] = Recurring(most, _ROOM)
        self._of_people: Recurring[Part, frozenset[bytes]] = Recurring(most, _ROOM)

    def has_no_values(self, part: Part, subject: bytes) -> bool:
        """Whether it is known that no rule claims anything in the part below such a subject."""
        return bool(self._of_values.recall((part, subject)))

    def no_values(self, part: Part, subject: bytes) -> None:
        """No rule claims anything there, all of it having been looked at."""
        self._of_values.keep((part, subject), True, len(part.text))

    def people_in(self, part: Part) -> frozenset[bytes] | None:
        """Whom the part lists, if that is known."""
        return self._of_people.recall(part)

    def lists(self, part: Part, people: frozenset[bytes]) -> None:
        """Whom it lists; a text that lists more than a household is no newsletter, and not kept."""
        if len(people) <= _HOUSEHOLD:
            self._of_people.keep(part, people, len(part.text))


NOTHING_KNOWN = Quiet(most=0)
"""For whoever looks at each letter as if it were the first."""
