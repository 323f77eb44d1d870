"""What is counted, and the weekly reports made of it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from mailguard.store.columns import moment


class CountRow(SQLModel, table=True):
    """How often something happened on one day (in the report's time zone)."""

    __tablename__ = "daily_counts"

    day: date = Field(primary_key=True)
    measure: str = Field(primary_key=True)
    """What is counted: the list is in `store.counts`."""
    key: str = Field(primary_key=True, default="")
    count: int


class ReportRow(SQLModel, table=True):
    """A weekly report that was sent: the primary key makes it go out once, whoever's scheduler fires."""

    __tablename__ = "reports"

    week: str = Field(primary_key=True)
    started_at: datetime = moment()
    sent_at: datetime | None = moment(nullable=True)


class WeeklyFactsRow(SQLModel, table=True):
    """A full week's figures as they were reported: the report can be made again from them, byte for byte."""

    __tablename__ = "weekly_facts"

    week: str = Field(primary_key=True)
    facts: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    made_at: datetime = moment()
