"""What a detector found in a text."""

from dataclasses import dataclass
from enum import StrEnum

from mailguard.core.secret import Secret


class FindingKind(StrEnum):
    """Kinds of the contract; scripts of others rely on these words."""

    PASSWORD = "password"  # noqa: S105 - the name of a kind, not a password
    PIN = "pin"
    PUK = "puk"
    ACCESS_CODE = "access_code"
    DERIVABLE_HINT = "derivable_hint"
    """A password or PIN that is told, not written: the last digits of the customer number, which stands there too."""
    ONE_TIME_CODE = "one_time_code"
    API_KEY = "api_key"
    PRIVATE_KEY = "private_key"
    NATIONAL_ID = "national_id"
    IDENTITY_DOCUMENT = "identity_document"
    IBAN = "iban"
    PAYMENT_CARD = "payment_card"
    BIRTH_DATE = "birth_date"
    RECORDING = "recording"


CREDENTIALS = frozenset(
    {
        FindingKind.PASSWORD,
        FindingKind.PIN,
        FindingKind.PUK,
        FindingKind.ACCESS_CODE,
        FindingKind.DERIVABLE_HINT,
        FindingKind.API_KEY,
        FindingKind.PRIVATE_KEY,
    }
)
"""Kinds that open something for whoever reads them, today and tomorrow."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One place in one part that a rule recognised."""

    rule: str
    kind: FindingKind
    part: str
    start: int
    """Offset of the value in the part's text, in code points."""
    end: int
    value: Secret
    tag: str = ""
    """Keyed digest of the value, by which two cases with the same secret can be told; empty without a key. Never shown
    (`cases.tags`)."""

    @property
    def masked(self) -> str:
        """What may be shown, stored and logged."""
        return self.value.mask()
