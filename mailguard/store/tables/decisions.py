"""What was decided on a case and by whose right: decisions, what was taken back, what was said afterwards."""

from datetime import date, datetime

from sqlalchemy import JSON, Column, ForeignKey, Index, text
from sqlmodel import Field, SQLModel

from mailguard.store.columns import moment


class DecisionRow(SQLModel, table=True):
    """Who decided what. A trigger refuses a row whose person is in the case's identity set (four eyes)."""

    __tablename__ = "decisions"
    __table_args__ = (
        # Written as the questions are: SQLite compares the words of a condition.
        Index(
            "ix_decisions_glass",
            "at",
            sqlite_where=text("break_glass IS 1"),
            postgresql_where=text("break_glass IS true"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    case_id: str = Field(sa_column=Column(ForeignKey("cases.id", ondelete="CASCADE"), nullable=False, index=True))
    user_id: int = Field(sa_column=Column(ForeignKey("users.id"), nullable=False))
    action: str
    reason: str
    recipients: list[str] = Field(sa_column=Column(JSON, nullable=False))
    remember: bool = True
    """Whether the pairs of customer and address may be remembered."""
    remember_until: date | None = None
    """The last day of what is remembered of an approval; None: nothing is."""
    at: datetime = moment(index=True)
    on_behalf_of: int | None = None
    """The user whose deputy the person was, where the person decided as one."""
    break_glass: bool = False
    """An approval that stood alone where more were needed, or by a role that does not decide; reviewed afterwards."""
    undo_until: datetime | None = moment(nullable=True)
    """Until then it may be taken back, and by itself it lets nothing out; null: it was final at once."""
    send_to: dict[str, str] = Field(
        default_factory=dict, sa_column=Column(JSON, nullable=False, server_default=text("'{}'"))
    )
    """Addresses on record by the recipient in whose place they get it."""
    leaves_sha256: str | None = None
    """Digest of what leaves where that is not what was judged: with addresses in its header corrected."""


class UndoneRow(SQLModel, table=True):
    """A decision that was taken back: it counts for nothing any more. Triggers refuse UPDATE and DELETE."""

    __tablename__ = "undone_decisions"

    decision_id: int = Field(sa_column=Column(ForeignKey("decisions.id", ondelete="CASCADE"), primary_key=True))
    user_id: int = Field(sa_column=Column(ForeignKey("users.id"), nullable=False))
    at: datetime = moment()


class AfterReviewRow(SQLModel, table=True):
    """Another person's word on an approval that broke the glass."""

    __tablename__ = "after_reviews"

    decision_id: int = Field(sa_column=Column(ForeignKey("decisions.id", ondelete="CASCADE"), primary_key=True))
    user_id: int = Field(sa_column=Column(ForeignKey("users.id"), nullable=False))
    was_right: bool
    reason: str
    at: datetime = moment()


class DelegationRow(SQLModel, table=True):
    """One person decides in another's place on certain days."""

    __tablename__ = "delegations"

    id: int | None = Field(default=None, primary_key=True)
    giver_id: int = Field(sa_column=Column(ForeignKey("users.id"), nullable=False))
    """Whose right to decide it is."""
    deputy_id: int = Field(sa_column=Column(ForeignKey("users.id"), nullable=False, index=True))
    first_day: date
    last_day: date
    """Included, like the first; days of the calendar's time zone."""
    starts_at: datetime = moment()
    """When the first day begins, or when it was made, if that was later; a change of the zone does not move it."""
    ends_at: datetime = moment()
    """When the last day is over: from this moment on it is in force no more."""
    reason: str
    made_by: str
    made_at: datetime = moment()
    revoked_by: str | None = None
    revoked_at: datetime | None = moment(nullable=True)
