"""The reviewers at work: who is at a case, what is said about it, how attention was shown, views of one's own."""

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from mailguard.store.columns import moment


class AssignmentRow(SQLModel, table=True):
    """Who is at a case just now, so that two do not work on one. It binds nobody: a decision is anybody's."""

    __tablename__ = "assignments"

    case_id: str = Field(sa_column=Column(ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True))
    user_id: int = Field(sa_column=Column(ForeignKey("users.id"), nullable=False))
    taken_at: datetime = moment()
    until: datetime = moment()
    """From then on it is nobody's again."""


class RemarkRow(SQLModel, table=True):
    """What somebody said about a case. Triggers refuse UPDATE, and DELETE before the case itself goes."""

    __tablename__ = "remarks"
    __table_args__ = (Index("ix_remarks_case_id", "case_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    case_id: str = Field(sa_column=Column(ForeignKey("cases.id", ondelete="CASCADE"), nullable=False))
    user_id: int = Field(sa_column=Column(ForeignKey("users.id"), nullable=False))
    kind: str
    """`comment` among reviewers, `question` to the sender, `answer` of the sender, `return` for correction,
    `business_reason` of the sender."""
    text: str
    at: datetime = moment()


class AttentionRow(SQLModel, table=True):
    """One answer to an attention check."""

    __tablename__ = "attention_checks"
    __table_args__ = (Index("ix_attention_checks_case", "case_id", "user_id"),)

    id: int | None = Field(default=None, primary_key=True)
    case_id: str = Field(sa_column=Column(ForeignKey("cases.id", ondelete="CASCADE"), nullable=False))
    user_id: int = Field(sa_column=Column(ForeignKey("users.id"), nullable=False))
    kind: str
    """`customer_number`, `customer`, or `seeded` for the decision on a made-up case."""
    passed: bool
    at: datetime = moment(index=True)


class SavedViewRow(SQLModel, table=True):
    """A person's own filters of the queue, under a name."""

    __tablename__ = "saved_views"
    __table_args__ = (UniqueConstraint("user_id", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(sa_column=Column(ForeignKey("users.id", ondelete="CASCADE"), nullable=False))
    name: str
    query: str
    """The query of the address, as the queue's page reads it."""
