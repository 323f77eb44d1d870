"""The shapes of a trace in the HTTP API."""

from pydantic import BaseModel


class TracedRecipientOut(BaseModel):
    """One recipient, and what it is to the customer (empty: not judged)."""

    address: str
    relation: str
    gone: bool
    """Whether it has left the house for this one: some may have it while it is held for others."""


class TracedOut(BaseModel):
    """One message of the journal."""

    id: str
    at: str
    fate: str
    """`passed`, `held`, `deferred` or `refused`."""
    gone: bool
    """Whether it has left the house: passed at once, or released after an approval."""
    sender: str
    recipients: list[TracedRecipientOut]
    customers: list[str]
    reasons: list[str]
    found: list[str]
    """Kinds of findings."""
    size: int
    client: str
    login: str
    message_id: str
    subject_tag: str
    """Equal for two messages with the same subject."""
    answer: str
    case: str | None
    case_state: str | None
    source: str
    """Empty, or `file`: written down afterwards from a stored message."""


class UnreadRecipientOut(BaseModel):
    """One recipient of a message that waits; what it is to the customer is judged when it was read."""

    address: str
    gone: bool
    """Whether the next hop has taken it for this one."""


class UnreadOut(BaseModel):
    """A message that waits until its pictures are read (`message.ocr = "later"`): neither passed on nor a case yet."""

    id: str
    at: str
    """Since when."""
    fate: str
    """`awaiting reading`."""
    gone: bool
    """Whether the next hop has taken it for some of its recipients."""
    sender: str
    recipients: list[UnreadRecipientOut]
    customers: list[str]
    """Of the text that was read at the door."""
    size: int
    client: str
    login: str
    message_id: str
    case: str
    """The case that it becomes if it is held, as the client was told."""
    tries: int
    """How often it was put off."""
    problem: str
    """Why, the last time; empty while nothing has gone wrong."""
    due_at: str
    """Not before then is it tried."""


class TraceOut(BaseModel):
    """What was found, newest first; ask again with `after=<next>` for older ones."""

    wanted: str
    subject: str
    total: int
    first_at: str | None
    last_at: str | None
    messages: list[TracedOut]
    next: str | None
    unread: list[UnreadOut]
    """In the first page only."""
    unread_total: int
