"""The breach register (GDPR Art. 33(5)), and what has been told of its clocks."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, ForeignKey, Index
from sqlmodel import Field, SQLModel

from mailguard.store.columns import moment


class BreachRow(SQLModel, table=True):
    """One personal data breach (GDPR Art. 4(12)), as the register keeps it (Art. 33(5))."""

    __tablename__ = "breaches"

    id: str = Field(primary_key=True)
    """Counted by year, `2026-0007`."""
    state: str
    """`open`, `closing` (one person has asked to close it), `closed`."""
    origin: str
    """`hold`, `report`, `trace` or `hand`."""
    case_id: str | None = None
    report_id: int | None = None
    opened_at: datetime = moment(index=True)
    opened_by: str
    words: str
    """Title, customers and addresses, case-folded, a line each: what a search looks at."""
    facts: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    """Everything that is known of it (`incidents.breaches.breach.BreachFacts`)."""
    version: int = 1
    """Raised by every change: of two people who write at once the second is told."""
    closing_by: str | None = None
    closing_at: datetime | None = moment(nullable=True)
    closed_by: str | None = None
    """Another person than `closing_by`: a constraint says so."""
    closed_at: datetime | None = moment(nullable=True)


class BreachEntryRow(SQLModel, table=True):
    """One act on a breach: what was changed from what to what, by whom. Never changed nor removed."""

    __tablename__ = "breach_entries"
    __table_args__ = (Index("ix_breach_entries_breach", "breach_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    breach_id: str = Field(sa_column=Column(ForeignKey("breaches.id"), nullable=False))
    at: datetime = moment()
    by: str
    act: str
    changes: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    note: str = ""


class BreachClockRow(SQLModel, table=True):
    """What has been told about a running clock of a breach, so that it is told once."""

    __tablename__ = "breach_clocks"

    breach_id: str = Field(sa_column=Column(ForeignKey("breaches.id"), primary_key=True))
    name: str = Field(primary_key=True)
    reminded_at: datetime | None = moment(nullable=True)
    told_late_at: datetime | None = moment(nullable=True)
