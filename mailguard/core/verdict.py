"""What the guard decides about a message, and why."""

from dataclasses import dataclass
from enum import StrEnum

from mailguard.core.finding import Finding
from mailguard.core.part import Letter
from mailguard.core.relation import Identified, Relation


class Verdict(StrEnum):
    """What happens to the message; the worse one of two recipients wins."""

    PASS = "pass"  # noqa: S105 - the contract's word
    HOLD = "hold"
    REJECT = "reject"

    @property
    def rank(self) -> int:
        """Order of severity: pass < hold < reject."""
        return list(Verdict).index(self)


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


@dataclass(frozen=True, slots=True)
class Reason:
    """One ground of a verdict, in words that a supervisor understands, naming the evidence and no secret."""

    code: ReasonCode
    text: str


@dataclass(frozen=True, slots=True)
class RecipientVerdict:
    """The verdict for one envelope recipient."""

    address: str
    verdict: Verdict
    relation: Relation
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """Everything that was concluded about one message. Pure data; it holds no bytes of the message."""

    verdict: Verdict
    recipients: tuple[RecipientVerdict, ...]
    customers: tuple[Identified, ...] = ()
    findings: tuple[Finding, ...] = ()
    reasons: tuple[Reason, ...] = ()
    """All distinct reasons, worst first."""
    letter: Letter | None = None
    """What was read; None where reading failed outright."""
