"""Runs of the register audit, and what they have found."""

from datetime import datetime

from sqlalchemy import JSON, Column, DateTime, ForeignKey, Index, Table
from sqlmodel import Field, SQLModel


class AuditRunRow(SQLModel, table=True):
    """One run of the register audit. The last one that came to its end is what the desk shows."""

    __tablename__ = "register_audits"

    id: int | None = Field(default=None, primary_key=True)
    started_by: str
    started_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    seen_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    """Last sign of life: a run that was killed is not waited for."""
    done: int = 0
    total: int = 0
    """Progress, in steps of no meaning; 0 of 0 before it is known."""
    finished_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True), nullable=True))
    problem: str = ""
    """Why the run did not come to its end."""
    counts: dict[str, int] = Field(sa_column=Column(JSON, nullable=False))
    """How many risks of each kind."""


class RiskRow(SQLModel, table=True):
    """One line of the register audit."""

    __tablename__ = "register_risks"
    __table_args__ = (Index("ix_register_risks_audit", "audit_id", "kind", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    audit_id: int = Field(sa_column=Column(ForeignKey("register_audits.id", ondelete="CASCADE"), nullable=False))
    kind: str
    customer_id: str
    """Several are parted by a comma."""
    address: str
    other: str
    """The address or domain that it is taken for, where there is one."""
    text: str


AUDITS: Table = AuditRunRow.__table__  # type: ignore[attr-defined]
RISKS: Table = RiskRow.__table__  # type: ignore[attr-defined]
