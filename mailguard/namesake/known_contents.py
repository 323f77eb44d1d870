"""Contents of letters that came before, and whom they were about, as long as nothing was written to the database.

A newsletter full of names and streets asks the register for each: 3 ms of 43 kB. Whose address a recipient has is asked
anew for every letter (`relate.py`).
"""

from sys import getsizeof
from typing import Protocol

from mailguard.core.part import Letter
from mailguard.core.remembered import Keepsakes, Recurring
from mailguard.namesake.content import Content
from mailguard.namesake.identify import Identification, identify_content
from mailguard.namesake.patterns import IdentifierPatterns
from mailguard.namesake.register import Register

_MOST, _ROOM = 256, 4 << 20
"""Contents, and octets of all of them."""
_OF_ONE, _OF_A_CUSTOMER = 1000, 1500
"""Octets that one takes besides its texts, and each customer whom it is about."""


class DatedRegister(Register, Protocol):
    """A register that can say whether it may have changed."""

    def state(self) -> object | None:
        """Equal as long as nothing was written; None where nobody knows."""


class KnownContents:
    """Whom contents are about, from the second time on, by one set of patterns; for many threads."""

    def __init__(self, most: int = _MOST) -> None:
        """`most`: contents that are kept."""
        self._known: Recurring[Content, tuple[object, Identification]] = Recurring(most, _ROOM)

    def identify(
        self, letter: Letter, register: DatedRegister, patterns: IdentifierPatterns, keepsakes: Keepsakes
    ) -> Identification:
        """What `identify` says of the letter, kept with what else the letter may leave. Raises RegisterError."""
        content = Content.of(letter, patterns.headers)
        # Before anything is asked: what is written meanwhile makes another state of it.
        state = register.state()
        known = self._known.recall(content) if state is not None else None
        if known is not None and known[0] == state:
            return known[1]
        identification = identify_content(content, register, patterns)
        if state is not None:
            keepsakes.add(self._known, content, (state, identification), _weight_of(content, identification))
        return identification


def _weight_of(content: Content, identification: Identification) -> int:
    texts = sum(map(getsizeof, (*content.texts, *content.file_names, *content.named)))
    return _OF_ONE + texts + _OF_A_CUSTOMER * len(identification.customers)
