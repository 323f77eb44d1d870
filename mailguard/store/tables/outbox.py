"""What the guard has to tell, on its way: letters and webhooks."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, ForeignKey, Index
from sqlmodel import Field, SQLModel

from mailguard.store.columns import moment


class NoticeRow(SQLModel, table=True):
    """A letter of the guard's own, waiting to be sent. Written in the transaction of the act that it tells of."""

    __tablename__ = "notices"
    __table_args__ = (
        Index("ix_notices_kind_created", "kind", "created_at"),
        Index("ix_notices_to_sent", "to", "sent_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    """Which letter: the name of its template."""
    to: str
    case_id: str | None = Field(default=None, sa_column=Column(ForeignKey("cases.id", ondelete="CASCADE"), index=True))
    details: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    created_at: datetime = moment()
    due_at: datetime | None = moment(nullable=True, index=True)
    """When to try (again); null when sent or given up."""
    tries: int = 0
    sent_at: datetime | None = moment(nullable=True)
    last_answer: str | None = None


class WebhookRow(SQLModel, table=True):
    """An event on its way to a chat system, written in the transaction of the act that it tells of."""

    __tablename__ = "webhook_deliveries"

    id: int | None = Field(default=None, primary_key=True)
    hook: str
    """Its name in the configuration."""
    event: str
    body: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    created_at: datetime = moment()
    due_at: datetime | None = moment(nullable=True, index=True)
    """When to try (again); null when it has been taken or was given up."""
    tries: int = 0
    sent_at: datetime | None = moment(nullable=True)
    last_answer: str | None = None
