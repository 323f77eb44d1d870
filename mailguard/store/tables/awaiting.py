"""Messages that are kept until their pictures are read (`cases.awaiting`)."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, LargeBinary
from sqlmodel import Field, SQLModel

from mailguard.store.columns import moment


class AwaitingRow(SQLModel, table=True):
    """A sealed message that goes on or becomes a case as soon as somebody has read its pictures."""

    __tablename__ = "awaiting_reading"

    case_id: str = Field(primary_key=True)
    """What its case is called if it becomes one; the client was told of it."""
    received_at: datetime = moment()
    envelope: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    """As it was said (`cases.awaiting.envelope`)."""
    known: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    """What the door could tell of it, so that it is found while it waits: `message_id`, masked, and `customers`."""
    size: int
    """Octets of the message."""
    sha256: str
    remaining: list[str] = Field(sa_column=Column(JSON, nullable=False))
    """Recipients who do not have it yet."""
    refused: list[str] = Field(sa_column=Column(JSON, nullable=False))
    """Recipients whom the next hop has refused for good."""
    due_at: datetime = moment(index=True)
    """When to read it, or to try again to send it."""
    claimed_until: datetime | None = moment(nullable=True)
    """A worker is at it until then; a later one may take over."""
    claims: int = 0
    """How often a worker has taken it: only the one that took it last may say what follows."""
    begun: int = 0
    """How often it was taken since a worker came to an end with it: more than one has died of it, perhaps."""
    sending_at: datetime | None = moment(nullable=True)
    """When it was last handed to the next hop whose answer is not on record: it may have been taken there."""
    tries: int = 0
    """To send it."""
    last_answer: str | None = None
    """Why the last one failed."""
    key_id: str = Field(index=True)
    wrapped_key: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
