"""Kinds of what is said about a case."""

from enum import StrEnum


class RemarkKind(StrEnum):
    """Who says it to whom."""

    COMMENT = "comment"
    """Among reviewers; the sender's side never sees it."""
    QUESTION = "question"
    """A reviewer asks the sender."""
    ANSWER = "answer"
    """The sender answers."""
    RETURN = "return"
    """What the sender is to mend; written by the decision that returns the message (`Decision.for_correction`)."""
    BUSINESS_REASON = "business_reason"
    """Why the message has to go out as it is, in the sender's words."""
