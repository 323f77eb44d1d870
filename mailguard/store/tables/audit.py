"""The audit chain, its head, and who follows it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column
from sqlmodel import Field, SQLModel

from mailguard.store.columns import moment


class AuditRow(SQLModel, table=True):
    """One entry of the audit chain. Triggers refuse UPDATE and DELETE."""

    __tablename__ = "audit"

    seq: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    at: datetime = moment()
    actor: str
    act: str
    case_id: str | None = Field(default=None, index=True)
    details: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    previous: str
    digest: str


class AuditHeadRow(SQLModel, table=True):
    """The last entry's number and digest. Locking this row puts writers in line; a shorter chain shows against it."""

    __tablename__ = "audit_head"

    id: int = Field(primary_key=True)
    seq: int = Field(sa_column=Column(BigInteger, nullable=False))
    digest: str
    key_id: str = ""
    """Which key file the database belongs to (`Sealer.key_id`); empty until it was first opened."""


class AuditFollowerRow(SQLModel, table=True):
    """How far somebody who reads the audit chain for its news has come."""

    __tablename__ = "audit_followers"

    name: str = Field(primary_key=True)
    seq: int = Field(sa_column=Column(BigInteger, nullable=False))
