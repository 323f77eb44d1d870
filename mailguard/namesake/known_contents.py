"""Contents of letters that came before, and whom they were about, as long as nothing was written to the database.

A newsletter full of names and streets asks the register for each: 3 ms of 43 kB. Whose address a recipient has is asked
anew for every letter (`relate.py`).
"""

from typing import Protocol

from mailguard.core.part import Letter
from mailguard.core.remembered import Recurring
from mailguard.namesake.content import Content
from mailguard.namesake.identify import Identification, identify_content
from mailguard.namesake.patterns import IdentifierPatterns
from mailguard.namesake.register import Register

_MOST, _ROOM = 256, 2 << 20
"""Contents, and characters of all of them."""
_OF_ONE = 1000
"""What one weighs besides its texts."""


class DatedRegister(Register, Protocol):
    """A register that can say whether it may have changed."""

    def state(self) -> object | None:
        """Equal as long as nothing was written; None where nobody knows."""


class KnownContents:
    """Whom contents are about, from the second time on, by one set of patterns; for many threads."""

    def __init__(self, most: int = _MOST) -> None:
        """`most`: contents that are kept."""
        self._known: Recurring[Content, tuple[object, Identification]] = Recurring(most, _ROOM)

    def identify(self, letter: Letter, register: DatedRegister, patterns: IdentifierPatterns) -> Identification:
        """What `identify` says of the letter. Raises RegisterError."""
        content = Content.of(letter, patterns.headers)
        # Before anything is asked: what is written meanwhile makes another state of it.
        state = register.state()
        known = self._known.recall(content) if state is not None else None
        if known is not None and known[0] == state:
            return known[1]
        identification = identify_content(content, register, patterns)
        if state is not None:
            self._known.keep(content, (state, identification), _OF_ONE + sum(map(len, content.texts)))
        return identification
