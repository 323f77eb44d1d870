"""Check digits of customer numbers: a number that fails its own cannot be one."""

from collections.abc import Callable, Mapping

from stdnum import damm, iban, luhn, verhoeff
from stdnum.iso7064 import mod_11_2, mod_11_10, mod_97_10

_WEIGHTS = (2, 3, 4, 5, 6, 7)


def _mod_11(number: str) -> bool:
    """Weights 2 to 7 from the right, over and over: the commonest form, as in Nordic and Dutch account numbers."""
    digits = number[:-1]
    if not digits.isdigit():
        return False
    weighed = sum(int(digit) * _WEIGHTS[place % 6] for place, digit in enumerate(reversed(digits)))
    wanted = -weighed % 11
    return number[-1] == ("X" if wanted == 10 else str(wanted))


CHECKS: Mapping[str, Callable[[str], bool]] = {
    "none": lambda number: True,
    "luhn": luhn.is_valid,
    "mod11": _mod_11,
    "mod11_2": mod_11_2.is_valid,
    "mod11_10": mod_11_10.is_valid,
    "mod97": mod_97_10.is_valid,
    "iban": lambda number: iban.is_valid(number),
    "verhoeff": verhoeff.is_valid,
    "damm": damm.is_valid,
}
"""By the name that `identifiers.yaml` has for it; each takes capitals and digits only. `mod11_2`, `mod11_10` and
`mod97` are ISO/IEC 7064."""
