"""Payment cards: ISO/IEC 7812 numbers by issuer, length and Luhn digit."""

from mailguard.detect.check_digits import passes_luhn

_ISSUERS: tuple[tuple[int, int, tuple[int, ...]], ...] = (
    (4, 4, (13, 16, 19)),
    (51, 55, (16,)),
    (2221, 2720, (16,)),
    (34, 34, (15,)),
    (37, 37, (15,)),
    (6011, 6011, (16,)),
    (644, 659, (16,)),
    (3528, 3589, (16,)),
    (36, 36, (14,)),
    (38, 39, (14,)),
    (300, 305, (14,)),
    (62, 62, (16, 17, 18, 19)),
    (50, 50, (16, 19)),
    (6304, 6304, (16, 18, 19)),
    (6759, 6763, (16, 18, 19)),
)
"""Issuer prefixes and lengths: Visa, Mastercard, American Express, Discover, JCB, Diners, UnionPay, Maestro."""


def check_card(text: str) -> int:
    """Length of the text when it is a card number, else 0."""
    digits = "".join(character for character in text if character.isdigit())
    if len(set(digits)) < 2 or not digits.isascii() or not passes_luhn(digits.encode("ascii")):
        return 0
    return len(text) if any(_issued(digits, low, high, lengths) for low, high, lengths in _ISSUERS) else 0


def _issued(digits: str, low: int, high: int, lengths: tuple[int, ...]) -> bool:
    return len(digits) in lengths and low <= int(digits[: len(str(low))]) <= high
