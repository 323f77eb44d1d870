"""Which of several reasons is the worst."""

from mailguard.core.reason import ReasonCode

SEVERITY = (
    ReasonCode.DISPUTED,
    ReasonCode.NAMESAKE,
    ReasonCode.PROTECTED_CUSTOMER,
    ReasonCode.IDENTITY_CONFLICT,
    ReasonCode.TYPO_DOMAIN,
    ReasonCode.LOOKALIKE,
    ReasonCode.OTHER_CUSTOMER,
    ReasonCode.UNCONFIRMED,
    ReasonCode.STALE_REGISTER,
    ReasonCode.BULK_PERSONAL_DATA,
    ReasonCode.CREDENTIAL,
    ReasonCode.PERSONAL_DATA,
    ReasonCode.ONE_TIME_CODE,
    ReasonCode.UNRELATED,
    ReasonCode.RECORDING,
    ReasonCode.ENCRYPTED,
    ReasonCode.UNREADABLE,
    ReasonCode.REFUSED,
)
"""Worst first: a known wrong reader before what he would read, and that before what could not be looked into."""
