"""What a sender is told of their own mail. No sentence names a customer, a town or a value."""

from mailguard.core.case import CaseState
from mailguard.core.reason import ReasonCode
from mailguard.desk.language.catalogue import N_

WHY: dict[str, str] = {
    ReasonCode.CREDENTIAL: N_("The message contains a password, PIN or other access credential."),
    ReasonCode.ONE_TIME_CODE: N_("The message contains a one-time code."),
    ReasonCode.PERSONAL_DATA: N_("The message contains personal data that may not be meant for this recipient."),
    ReasonCode.BULK_PERSONAL_DATA: N_("The message contains personal data of many people."),
    ReasonCode.NAMESAKE: N_(
        "An address is not on record for the customer. It seems to belong to another person of the same name."
    ),
    ReasonCode.LOOKALIKE: N_("An address looks like one on record for the customer, but it is a different one."),
    ReasonCode.TYPO_DOMAIN: N_("The domain of an address looks misspelt."),
    ReasonCode.OTHER_CUSTOMER: N_("An address does not belong to the customer whom the message is about."),
    ReasonCode.UNRELATED: N_("An address is not on record for the customer whom the message is about."),
    ReasonCode.DISPUTED: N_("It has been reported that an address does not belong to the customer."),
    ReasonCode.UNREADABLE: N_("A part of the message could not be read, and so not be checked."),
    ReasonCode.ENCRYPTED: N_("A part of the message is encrypted and could not be checked."),
    ReasonCode.RECORDING: N_("The message contains a recording."),
    ReasonCode.PROTECTED_CUSTOMER: N_("Messages about this customer call for special care."),
    ReasonCode.IDENTITY_CONFLICT: N_("The details in the message point to different customers."),
    ReasonCode.UNCONFIRMED: N_(
        "An address is on record for the customer, but nobody has ever confirmed that it is theirs."
    ),
    ReasonCode.STALE_REGISTER: N_("The customer data that addresses are compared with are too old."),
    ReasonCode.REFUSED: N_("The mail server did not take the message for an address."),
}
OTHER = N_("The message needs a second look.")

NEXT: dict[str, str] = {
    CaseState.HELD: N_("Nothing has been sent. A second person looks at it and approves or rejects it."),
    CaseState.APPROVED: N_("A second person has approved it. It is on its way."),
    CaseState.RELEASED: N_("A second person has approved it, and it has been sent."),
    CaseState.UNDELIVERABLE: N_(
        "It was approved, but the mail server of a recipient refused it. Somebody looks at it."
    ),
    CaseState.REJECTED: N_("It was not sent and will not be sent."),
    CaseState.WITHDRAWN: N_("You took it back. It was not sent and will not be sent."),
    CaseState.EXPIRED: N_("Nobody decided in time. It was not sent and will not be sent."),
}
"""What each state means for the sender."""
RETURNED = N_("It was not sent. Please mend what the reviewer says, and send it again as a new message.")


def why(codes: tuple[str, ...]) -> tuple[str, ...]:
    """A sentence for each kind of reason, worst first."""
    return tuple(dict.fromkeys(WHY.get(code, OTHER) for code in codes)) or (OTHER,)
