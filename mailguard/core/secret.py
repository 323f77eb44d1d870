"""A value that must never be printed."""

import hmac

MASK = "•"


class Secret:
    """Holds one secret (a found password, a key) so that printing, logging or serialising it by accident shows nothing.

    `reveal()` is the only way to the value; its callers are few and each is an entry in the audit trail or a
    cryptographic operation.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself."""
        return self._value

    def mask(self) -> str:
        """What a screen may show: never a character of the value, never its exact length.

        Even the first letter of a four-digit PIN is a tenth of the work of guessing it, so nothing is kept.
        """
        return MASK * 6

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "Secret(…)"

    def __reduce__(self) -> str:
        raise TypeError("a Secret cannot be pickled")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._value))
