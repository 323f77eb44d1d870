"""The guards on this store, and what they share: troubles, keys that were exchanged, the oldest program allowed."""

from datetime import datetime

from sqlalchemy import Column, LargeBinary
from sqlmodel import Field, SQLModel

from mailguard.store.columns import moment


class NodeRow(SQLModel, table=True):
    """A guard that serves on this store, as it last said itself."""

    __tablename__ = "nodes"

    name: str = Field(primary_key=True)
    version: str
    rules_digest: str
    """Of the rules in force there: nodes with different ones judge differently."""
    rules_problem: str = ""
    """Why its last reload changed nothing; empty when all is well."""
    started_at: datetime = moment()
    seen_at: datetime = moment()


class TroubleRow(SQLModel, table=True):
    """A trouble that ops was told of."""

    __tablename__ = "troubles"

    topic: str = Field(primary_key=True)
    about: str = Field(primary_key=True, default="")
    """Which one, where a topic has several: a source of the register, a queue."""
    since: datetime = moment()
    told_at: datetime = moment()
    """When the last letter about it was written."""
    over_at: datetime | None = moment(nullable=True)
    """When the all-clear was written; null: it goes on."""


class RetiredKeyRow(SQLModel, table=True):
    """A key of the key file that was exchanged for another, sealed by the one in use: the old part of the audit chain
    is checked with it."""

    __tablename__ = "retired_keys"

    key_id: str = Field(primary_key=True)
    wrapped_by: str
    wrapped: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    retired_at: datetime = moment()


class SchemaFloorRow(SQLModel, table=True):
    """The oldest revision whose program can work with this schema: an older one refuses to serve."""

    __tablename__ = "schema_floor"

    id: int = Field(primary_key=True)
    revision: str
