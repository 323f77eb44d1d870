"""The desk's words for the contract's codes. English here; the templates pass every one through gettext."""

from mailguard.core.case import CaseState
from mailguard.core.finding import FindingKind
from mailguard.core.memory import AddressState
from mailguard.core.relation import RelationKind
from mailguard.core.verdict import ReasonCode
from mailguard.customers.auditing.risk import RiskKind

REASONS: dict[str, str] = {
    ReasonCode.CREDENTIAL: "Credential",
    ReasonCode.ONE_TIME_CODE: "One-time code",
    ReasonCode.PERSONAL_DATA: "Personal data",
    ReasonCode.BULK_PERSONAL_DATA: "Many people's data",
    ReasonCode.NAMESAKE: "Namesake",
    ReasonCode.LOOKALIKE: "Look-alike address",
    ReasonCode.TYPO_DOMAIN: "Mistyped domain",
    ReasonCode.OTHER_CUSTOMER: "Other customer",
    ReasonCode.UNRELATED: "Address not on record",
    ReasonCode.DISPUTED: "Disputed address",
    ReasonCode.UNREADABLE: "Unreadable",
    ReasonCode.ENCRYPTED: "Encrypted",
    ReasonCode.RECORDING: "Recording",
    ReasonCode.PROTECTED_CUSTOMER: "Protected customer",
    ReasonCode.IDENTITY_CONFLICT: "Identity conflict",
    ReasonCode.UNCONFIRMED: "Unconfirmed address",
    ReasonCode.STALE_REGISTER: "Register too old",
}

_LOW = {ReasonCode.ONE_TIME_CODE}
_MEDIUM = {
    ReasonCode.PERSONAL_DATA,
    ReasonCode.UNRELATED,
    ReasonCode.UNREADABLE,
    ReasonCode.ENCRYPTED,
    ReasonCode.RECORDING,
    ReasonCode.IDENTITY_CONFLICT,
    ReasonCode.UNCONFIRMED,
    ReasonCode.STALE_REGISTER,
}

RELATIONS: dict[str, tuple[str, str]] = {
    RelationKind.ON_RECORD: ("good", "On record for this customer"),
    RelationKind.INTERNAL: ("good", "An address inside the company"),
    RelationKind.PARTNER: ("good", "A partner of the company"),
    RelationKind.HOUSEHOLD: ("medium", "Belongs to somebody of the same household"),
    RelationKind.NO_CUSTOMER: ("plain", "No customer on record found in the letter"),
    RelationKind.UNCONFIRMED: ("medium", "On record for this customer, but never confirmed"),
    RelationKind.FORMER_ADDRESS: ("high", "Was this customer's address once, and is no more"),
    RelationKind.UNRELATED: ("medium", "Not on record for this customer"),
    RelationKind.OTHER_CUSTOMER: ("high", "Belongs to another customer"),
    RelationKind.LOOKALIKE: ("high", "Looks like the customer's address, but is another"),
    RelationKind.TYPO_DOMAIN: ("high", "The domain looks mistyped"),
    RelationKind.NAMESAKE: ("high", "Belongs to another customer of the same name"),
    RelationKind.DISPUTED: ("high", "Its reader has said that this customer's mail is not for them"),
}
"""Tone and sentence of each relation."""

KINDS: dict[str, str] = {
    FindingKind.PASSWORD: "password",
    FindingKind.PIN: "PIN",
    FindingKind.PUK: "PUK",
    FindingKind.ACCESS_CODE: "access code",
    FindingKind.ONE_TIME_CODE: "one-time code",
    FindingKind.API_KEY: "API key",
    FindingKind.PRIVATE_KEY: "private key",
    FindingKind.NATIONAL_ID: "national id",
    FindingKind.IDENTITY_DOCUMENT: "identity document",
    FindingKind.IBAN: "bank account",
    FindingKind.PAYMENT_CARD: "payment card",
    FindingKind.BIRTH_DATE: "birth date",
    FindingKind.RECORDING: "recording",
}

STATES: dict[str, tuple[str, str, str]] = {
    CaseState.HELD: ("waiting", "Waiting", "Held. Nothing leaves until a second person decides."),
    CaseState.APPROVED: ("moving", "Sending", "Approved. The guard is handing it to the mail server."),
    CaseState.RELEASED: ("good", "Released", "Approved and taken over by the mail server."),
    CaseState.UNDELIVERABLE: ("bad", "Undeliverable", "Approved, but the mail server refused it for good."),
    CaseState.REJECTED: ("closed", "Rejected", "Rejected. Nothing was sent to the recipients."),
    CaseState.WITHDRAWN: ("closed", "Withdrawn", "Withdrawn by the sender. Nothing was sent."),
    CaseState.EXPIRED: ("closed", "Expired", "Nobody decided in time. Returned to the sender, never sent."),
}
"""Tone, name and meaning of each state."""

EVIDENCE: dict[str, str] = {
    "header": "X-Customer-Id header",
    "customer_id_label": "customer number in the text",
    "username_label": "user name in the text",
    "order_number": "an order number that holds the customer number",
    "bare_number": "customer number in the text",
    "bare_number_and_name": "customer number and name in the text",
    "greeting": "the name greeted",
    "national_id": "national id in the text",
    "phone_and_name": "telephone number and name in the text",
    "username_and_name": "user name and name in the text",
    "name_and_birth_date": "full name and birth date in the text",
    "name_and_address": "name and street address in the text",
}

ACTS: dict[str, str] = {
    "hold": "held the message",
    "view": "opened the case",
    "reveal": "revealed a finding",
    "decision: approve": "approved it",
    "decision: reject": "rejected it",
    "withdrawal": "withdrew the message",
    "retry": "asked for another try",
    "expiry": "returned it to the sender: nobody decided in time",
    "pair revoked": "took back what was remembered of the address",
    "address asked": "asked the address whether it is the customer's",
    "address confirmed": "answered: yes, this is me",
    "address disputed": "answered: this is not me",
    "wrong code": "typed a wrong code",
    "body destroyed": "destroyed the text: its retention time is over",
}


ADDRESS_STATES: dict[str, tuple[str, str]] = {
    AddressState.CONFIRMED: ("good", "confirmed"),
    AddressState.UNKNOWN: ("plain", "not known whether it was ever confirmed"),
    AddressState.UNCONFIRMED: ("medium", "never confirmed"),
    AddressState.CHANGED: ("medium", "came to the record lately, not confirmed since"),
    AddressState.BOUNCED: ("high", "mail to it came back"),
    AddressState.DISPUTED: ("high", "disputed: its reader has said that this is not them"),
}
"""Tone and words of how sure it is that an address is its customer's."""

RISKS: dict[str, tuple[str, str, str]] = {
    RiskKind.SHARED: (
        "Shared address",
        "One mailbox stands on the records of customers who live apart: one of them may read the other's mail.",
        "high",
    ),
    RiskKind.LOOKALIKE: (
        "Look-alike address",
        "Never confirmed, and a slip of the finger away from the address of somebody of the same or nearly the same "
        "name.",
        "high",
    ),
    RiskKind.TYPO: (
        "Mistyped domain",
        "Hardly anybody has an address there, and a domain that very many use is one slip away.",
        "medium",
    ),
    RiskKind.GUESSED: (
        "Guessed address",
        "Never confirmed, spells the customer's name at a public provider, and others bear the name: it may be theirs.",
        "medium",
    ),
    RiskKind.UNDELIVERABLE: ("Undeliverable", "No mail can arrive there.", "low"),
}
"""Name, meaning and severity of what the register audit finds."""

QUESTIONS: dict[str, tuple[str, str]] = {
    "open": ("waiting", "Asked"),
    "confirmed": ("good", "Confirmed"),
    "disputed": ("bad", "Not me"),
    "replaced": ("closed", "Asked again"),
    "expired": ("closed", "No answer"),
    "closed": ("closed", "Closed by wrong codes"),
}
"""Tone and name of what became of a question to an address."""


def severity(reasons: list[str] | tuple[str, ...]) -> str:
    """`high`, `medium` or `low`: the worst of the reason codes. A code that is not known here counts as high."""
    if all(code in _LOW for code in reasons):
        return "low"
    if all(code in _LOW or code in _MEDIUM for code in reasons):
        return "medium"
    return "high"


def words(code: str) -> str:
    """A code that nobody gave words to, as words: `seen_by_ops` -> `seen by ops`."""
    return code.replace("_", " ")
