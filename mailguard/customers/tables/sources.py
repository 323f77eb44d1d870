"""The sources of the register."""

from datetime import datetime

from sqlalchemy import Column, DateTime, Table
from sqlmodel import Field, SQLModel


class SourceRow(SQLModel, table=True):
    """One source of the register, and how its last sync went."""

    __tablename__ = "register_sources"

    name: str = Field(primary_key=True)
    tried_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    synced_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True), nullable=True))
    """The last sync that came through, whether or not anything had changed."""
    customers: int = 0
    problem: str = ""
    """Why the last sync did not come through; empty when it did."""
    told_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True), nullable=True))
    """Neither written nor read (what ops was told: `troubles`); guards of schema 0006 read it, so it goes later."""
    claimed_until: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True), nullable=True))
    """Somebody is at it until then; a later one may take over."""


SOURCES: Table = SourceRow.__table__  # type: ignore[attr-defined]
