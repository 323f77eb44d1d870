"""How much close looking at labels a letter is worth. What lies beyond is not judged, and its part says so.

A hostile letter is nothing but labels: 100 kB hold 20,000 of them, and judging one takes some 50 us. A manual of 200 kB
that speaks of a password in every sentence stays far below.
"""

IN_LETTER, IN_PART, DENSITY = 300, 200, 600
"""Units for a whole letter and for one of its parts, and the characters for which there is one more. A letter has more
than one part, so that what overfills its body does not hide what stands in its attachment."""
AMONG_WORDS, RICH = 0.5, 1.0
"""Units for judging a label among plain words, where few forms are tried, and for one beside digits and signs."""
CLAIM, PLACE = 0.5, 0.5
"""Units for each value that is weighed, and for looking at what stands around the surest one."""

LEARNED, LEARNED_DENSITY = 20, 5000
"""Units of its own for each rule with learned signs in a part, and the characters for which there is one more."""

TRY = 0.06
"""Units for a number that has the form of an identity number or a card: 5 us, and lists are full of them."""
LOOK, WEIGHING = 0.01, 0.2
"""Units for a look at a word or number, of which a list has thousands, and for adding up the signs around it."""


class Allowance:
    """Units that are left, of a part or of the whole letter."""

    def __init__(self, units: float, letter: "Allowance | None" = None) -> None:
        self._units = self._left = units
        self._letter = letter

    @classmethod
    def for_letter(cls, characters: int) -> "Allowance":
        """What a letter of so many characters in all of its parts is worth."""
        return cls(IN_LETTER + characters / DENSITY)

    def for_part(self, characters: int) -> "Allowance":
        """What a part of it is worth; the letter pays for it too."""
        return Allowance(IN_PART + characters / DENSITY, self)

    @classmethod
    def for_learned(cls, characters: int) -> "Allowance":
        """What a rule with learned signs has for a part: a hundred values, and one more for a thousand characters."""
        return cls(LEARNED + characters / LEARNED_DENSITY)

    @property
    def is_spent(self) -> bool:
        """Nothing is left of it, or of the letter's."""
        return self._left <= 0 or (self._letter is not None and self._letter.is_spent)

    @property
    def spent(self) -> float:
        """Units that were taken of it."""
        return self._units - self._left

    def covers(self, units: float) -> bool:
        """Whether so many units are left and more."""
        return self._left > units

    def take(self, units: float) -> None:
        """Use some of it up."""
        self._left -= units
        if self._letter is not None:
            self._letter.take(units)
