"""Why a message is held."""

from dataclasses import dataclass, field
from enum import StrEnum

from mailguard.core.phrase import Phrase


class ReasonCode(StrEnum):
    """Reasons of the contract."""

    CREDENTIAL = "credential"
    ONE_TIME_CODE = "one_time_code"
    PERSONAL_DATA = "personal_data"
    BULK_PERSONAL_DATA = "bulk_personal_data"
    NAMESAKE = "namesake"
    LOOKALIKE = "lookalike"
    TYPO_DOMAIN = "typo_domain"
    OTHER_CUSTOMER = "other_customer"
    UNRELATED = "unrelated"
    DISPUTED = "disputed"
    UNREADABLE = "unreadable"
    ENCRYPTED = "encrypted"
    RECORDING = "recording"
    PROTECTED_CUSTOMER = "protected_customer"
    IDENTITY_CONFLICT = "identity_conflict"
    UNCONFIRMED = "unconfirmed"
    STALE_REGISTER = "stale_register"
    REFUSED = "refused"
    """The next hop did not take it, after its sender had been answered: of no line of the table."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One ground of a verdict, in words that a supervisor understands, naming the evidence and no secret."""

    code: ReasonCode
    text: str
    phrase: Phrase | None = field(default=None, compare=False)
    """What the text is made of, for those who read another language."""


PAIR_REASONS = frozenset(
    {
        ReasonCode.NAMESAKE,
        ReasonCode.LOOKALIKE,
        ReasonCode.TYPO_DOMAIN,
        ReasonCode.OTHER_CUSTOMER,
        ReasonCode.UNRELATED,
        ReasonCode.UNCONFIRMED,
    }
)
"""Reasons that say what an address is to a customer: the only ones that a decision is remembered for. Whether a letter
may carry a password is asked of every letter anew."""
