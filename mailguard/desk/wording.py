"""The desk's words for the contract's codes. English here; the templates pass every one through gettext."""

from mailguard.core.case import CaseState
from mailguard.core.finding import FindingKind
from mailguard.core.memory import AddressState
from mailguard.core.person import Role
from mailguard.core.relation import RelationKind
from mailguard.core.severity import severity_of
from mailguard.core.verdict import ReasonCode
from mailguard.customers.auditing.risk import RiskKind
from mailguard.desk.language.catalogue import N_

REASONS: dict[str, str] = {
    ReasonCode.CREDENTIAL: N_("Credential"),
    ReasonCode.ONE_TIME_CODE: N_("One-time code"),
    ReasonCode.PERSONAL_DATA: N_("Personal data"),
    ReasonCode.BULK_PERSONAL_DATA: N_("Many people's data"),
    ReasonCode.NAMESAKE: N_("Namesake"),
    ReasonCode.LOOKALIKE: N_("Look-alike address"),
    ReasonCode.TYPO_DOMAIN: N_("Mistyped domain"),
    ReasonCode.OTHER_CUSTOMER: N_("Other customer"),
    ReasonCode.UNRELATED: N_("Address not on record"),
    ReasonCode.DISPUTED: N_("Disputed address"),
    ReasonCode.UNREADABLE: N_("Unreadable"),
    ReasonCode.ENCRYPTED: N_("Encrypted"),
    ReasonCode.RECORDING: N_("Recording"),
    ReasonCode.PROTECTED_CUSTOMER: N_("Protected customer"),
    ReasonCode.IDENTITY_CONFLICT: N_("Identity conflict"),
    ReasonCode.UNCONFIRMED: N_("Unconfirmed address"),
    ReasonCode.STALE_REGISTER: N_("Register too old"),
    ReasonCode.REFUSED: N_("Refused by the mail server"),
}

ROLES: dict[str, str] = {
    Role.SUPERVISOR: N_("supervisor"),
    Role.OPS: N_("ops"),
    Role.ADMIN: N_("admin"),
    Role.AUDITOR: N_("auditor"),
    Role.SENDER: N_("sender"),
}

RELATIONS: dict[str, tuple[str, str]] = {
    RelationKind.ON_RECORD: ("good", N_("On record for this customer")),
    RelationKind.INTERNAL: ("good", N_("An address inside the company")),
    RelationKind.PARTNER: ("good", N_("A partner of the company")),
    RelationKind.HOUSEHOLD: ("medium", N_("Belongs to somebody of the same household")),
    RelationKind.NO_CUSTOMER: ("plain", N_("No customer on record found in the letter")),
    RelationKind.UNCONFIRMED: ("medium", N_("On record for this customer, but never confirmed")),
    RelationKind.FORMER_ADDRESS: ("high", N_("Was this customer's address once, and is no more")),
    RelationKind.UNRELATED: ("medium", N_("Not on record for this customer")),
    RelationKind.OTHER_CUSTOMER: ("high", N_("Belongs to another customer")),
    RelationKind.LOOKALIKE: ("high", N_("Looks like the customer's address, but is another")),
    RelationKind.TYPO_DOMAIN: ("high", N_("The domain looks mistyped")),
    RelationKind.NAMESAKE: ("high", N_("Belongs to another customer of the same name")),
    RelationKind.DISPUTED: ("high", N_("Its reader has said that this customer's mail is not for them")),
}
"""Tone and sentence of each relation."""

KINDS: dict[str, str] = {
    FindingKind.PASSWORD: N_("password"),
    FindingKind.PIN: N_("PIN"),
    FindingKind.PUK: N_("PUK"),
    FindingKind.ACCESS_CODE: N_("access code"),
    FindingKind.DERIVABLE_HINT: N_("password that can be worked out"),
    FindingKind.ONE_TIME_CODE: N_("one-time code"),
    FindingKind.API_KEY: N_("API key"),
    FindingKind.PRIVATE_KEY: N_("private key"),
    FindingKind.NATIONAL_ID: N_("national id"),
    FindingKind.IDENTITY_DOCUMENT: N_("identity document"),
    FindingKind.IBAN: N_("bank account"),
    FindingKind.PAYMENT_CARD: N_("payment card"),
    FindingKind.BIRTH_DATE: N_("birth date"),
    FindingKind.RECORDING: N_("recording"),
}

STATES: dict[str, tuple[str, str, str]] = {
    CaseState.HELD: ("waiting", N_("Waiting"), N_("Held. Nothing leaves until a second person decides.")),
    CaseState.APPROVED: ("moving", N_("Sending"), N_("Approved. The guard is handing it to the mail server.")),
    CaseState.RELEASED: ("good", N_("Released"), N_("Approved and taken over by the mail server.")),
    CaseState.UNDELIVERABLE: ("bad", N_("Undeliverable"), N_("Approved, but the mail server refused it for good.")),
    CaseState.REJECTED: ("closed", N_("Rejected"), N_("Rejected. Nothing was sent to the recipients.")),
    CaseState.WITHDRAWN: ("closed", N_("Withdrawn"), N_("Withdrawn by the sender. Nothing was sent.")),
    CaseState.EXPIRED: ("closed", N_("Expired"), N_("Nobody decided in time. Returned to the sender, never sent.")),
}
"""Tone, name and meaning of each state."""

EVIDENCE: dict[str, str] = {
    "header": N_("X-Customer-Id header"),
    "customer_id_label": N_("customer number in the text"),
    "username_label": N_("user name in the text"),
    "order_number": N_("an order number that holds the customer number"),
    "bare_number": N_("customer number in the text"),
    "bare_number_and_name": N_("customer number and name in the text"),
    "greeting": N_("the name greeted"),
    "national_id": N_("national id in the text"),
    "phone_and_name": N_("telephone number and name in the text"),
    "username_and_name": N_("user name and name in the text"),
    "name_and_birth_date": N_("full name and birth date in the text"),
    "name_and_address": N_("name and street address in the text"),
}

ACTS: dict[str, str] = {
    "hold": N_("held the message"),
    "awaits reading": N_("kept the message until its pictures are read"),
    "passed after reading": N_("passed it on after its pictures were read"),
    "set aside": N_("put the message aside while it was passed on to other recipients"),
    "view": N_("opened the case"),
    "take": N_("took the case"),
    "take over": N_("took the case over"),
    "give back": N_("gave the case back"),
    "view part": N_("opened a part of the letter"),
    "reveal": N_("revealed a finding"),
    "decision: approve": N_("approved it"),
    "decision: reject": N_("rejected it"),
    "attention: wrong": N_("answered the question before the approval wrongly"),
    "remark: comment": N_("commented"),
    "remark: question": N_("asked the sender"),
    "remark: answer": N_("answered the question"),
    "remark: business_reason": N_("gave the business reason"),
    "test case": N_("decided on a made-up test letter"),
    "break glass": N_("broke the glass and approved it alone"),
    "after-review": N_("reviewed the broken glass"),
    "address disputed by a reviewer": N_("put on record that the address is not the customer's"),
    "undo": N_("took the decision back"),
    "withdrawal": N_("withdrew the message"),
    "retry": N_("asked for another try"),
    "release again": N_("sent it again after an attempt whose end is unknown: this may be the second copy"),
    "late answer": N_("had an answer from an attempt that another had taken over"),
    "reminder": N_("reminded those who may decide"),
    "escalation": N_("told those above them that nobody has decided"),
    "expiry": N_("returned it to the sender: nobody decided in time"),
    "pair revoked": N_("took back what was remembered of the address"),
    "address asked": N_("asked the address whether it is the customer's"),
    "address confirmed": N_("answered: yes, this is me"),
    "address disputed": N_("answered: this is not me"),
    "wrong code": N_("typed a wrong code"),
    "data key destroyed": N_("destroyed the key of the text: its retention time is over"),
    "body destroyed": N_("destroyed the text: its retention time is over"),
    "breach draft": N_("had a notification or letter about its breach drafted"),
    "breach opened": N_("opened a breach for it"),
    "breach changed": N_("changed what is written of its breach"),
    "breach closing asked": N_("asked to close its breach"),
    "breach closed": N_("closed its breach"),
    "breach taken up again": N_("took its breach up again"),
    "release": N_("had it taken over by the mail server"),
    "undeliverable": N_("gave it up: it could not be delivered"),
    "reason refused": N_("gave a reason that repeats a secret of the letter; it was not kept"),
    "address bounces": N_("said that there is no such mailbox"),
    "address works again": N_("took mail to the address again"),
    "evidence exported": N_("exported its part of the audit trail"),
}


ADDRESS_STATES: dict[str, tuple[str, str]] = {
    AddressState.CONFIRMED: ("good", N_("confirmed")),
    AddressState.UNKNOWN: ("plain", N_("not known whether it was ever confirmed")),
    AddressState.UNCONFIRMED: ("medium", N_("never confirmed")),
    AddressState.CHANGED: ("medium", N_("came to the record lately, not confirmed since")),
    AddressState.BOUNCED: ("high", N_("mail to it came back")),
    AddressState.DISPUTED: ("high", N_("disputed: its reader has said that this is not them")),
}
"""Tone and words of how sure it is that an address is its customer's."""

RISKS: dict[str, tuple[str, str, str]] = {
    RiskKind.SHARED: (
        N_("Shared address"),
        N_("One mailbox stands on the records of customers who live apart: one of them may read the other's mail."),
        "high",
    ),
    RiskKind.LOOKALIKE: (
        N_("Look-alike address"),
        N_(
            "Never confirmed, and a slip of the finger away from the address of somebody of the same or "
            "nearly the same name."
        ),
        "high",
    ),
    RiskKind.TYPO: (
        N_("Mistyped domain"),
        N_("Hardly anybody has an address there, and a domain that very many use is one slip away."),
        "medium",
    ),
    RiskKind.GUESSED: (
        N_("Guessed address"),
        N_(
            "Never confirmed, spells the customer's name at a public provider, and others bear the name: "
            "it may be theirs."
        ),
        "medium",
    ),
    RiskKind.UNDELIVERABLE: (N_("Undeliverable"), N_("No mail can arrive there."), "low"),
}
"""Name, meaning and severity of what the register audit finds."""

QUESTIONS: dict[str, tuple[str, str]] = {
    "open": ("waiting", N_("Asked")),
    "confirmed": ("good", N_("Confirmed")),
    "disputed": ("bad", N_("Not me")),
    "replaced": ("closed", N_("Asked again")),
    "expired": ("closed", N_("No answer")),
    "closed": ("closed", N_("Closed by wrong codes")),
}
"""Tone and name of what became of a question to an address."""


def severity(reasons: list[str] | tuple[str, ...]) -> str:
    """`high`, `medium` or `low`: the worst of the reason codes. A code that is not known here counts as high."""
    return severity_of(reasons).word


def words(code: str) -> str:
    """A code that nobody gave words to, as words: `seen_by_ops` -> `seen by ops`."""
    return code.replace("_", " ")


FATES: dict[str, tuple[str, str]] = {
    "passed": ("good", N_("Passed")),
    "held": ("closed", N_("Held")),
    "deferred": ("closed", N_("Asked to come later")),
    "refused": ("bad", N_("Refused")),
    "awaiting reading": ("waiting", N_("Awaiting reading")),
}
"""What became of a message at the door: tone, name."""
