"""Held messages: case, recipients, words to find it by, who the sender is, and the sealed body."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, ForeignKey, Index, LargeBinary, String, false
from sqlmodel import Field, SQLModel

from mailguard.core.severity import Severity
from mailguard.store.columns import moment


class CaseRow(SQLModel, table=True):
    """One held message. Subject and findings are masked before they get here; the letter itself is in `bodies`."""

    __tablename__ = "cases"
    __table_args__ = (
        Index("ix_cases_state_received", "state", "received_at", "id"),
        Index("ix_cases_reverse_path", "reverse_path", "received_at", "id"),
        Index("ix_cases_team", "team", "state", "received_at", "id"),
        Index("ix_cases_severity", "state", "severity", "received_at", "id"),
    )

    id: str = Field(primary_key=True)
    state: str
    received_at: datetime = moment(index=True)
    reverse_path: str
    client_address: str
    client_helo: str
    client_login: str | None = None
    smtputf8: bool
    body_8bit: bool
    automatic: bool
    """The letter calls itself automatic (RFC 3834): nobody reads an answer to it."""
    dsn: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    """The client's wishes for delivery status notifications (RFC 3461): `mail`, and `recipients` by address."""
    header_from: str
    subject: str
    message_id: str
    size: int
    """Octets of the message as judged."""
    sha256: str
    """Digest of the bytes that were judged: what leaves is checked against it."""
    verdict: str
    judgement: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    """`customers`, `findings` and `reasons` in the JSON of the contract."""
    approvals_needed: int = 1
    """How many second persons must approve before it leaves."""
    customers: str = ""
    """Id and name of every customer that the case names, a line each, case-folded: what a search looks at."""
    decided_at: datetime | None = moment(nullable=True)
    decided_by: str | None = None
    decision_reason: str | None = None
    release_at: datetime | None = moment(nullable=True, index=True)
    """When the release worker should try (again); null when there is nothing to send."""
    claimed_until: datetime | None = moment(nullable=True)
    """A release worker is at it until then; a later one may take over."""
    claims: int = 0
    """How often a release worker has taken it: only the one that took it last may say what follows."""
    sending_at: datetime | None = moment(nullable=True)
    """When it was last handed to the next hop whose answer is not on record: it may have been taken there."""
    tries: int = 0
    last_answer: str | None = None
    ended_at: datetime | None = moment(nullable=True, index=True)
    remind_at: datetime | None = moment(nullable=True)
    """When supervisors are reminded; null when that has been done, and where no deadline was reckoned yet."""
    escalate_at: datetime | None = moment(nullable=True)
    """When it is told higher up; null as above."""
    expires_at: datetime | None = moment(nullable=True)
    """When it is returned to its sender if nobody has decided."""
    team: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """Whose mail it is, by its sender (`report.teams`); empty: nobody's in particular."""
    severity: int = Field(default=Severity.HIGH, sa_column_kwargs={"server_default": str(int(Severity.HIGH))})
    """What to look at first (`core.severity`), small before large."""
    seeded: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """A made-up case that measures the reviewers' attention; a trigger refuses to approve it."""


class RecipientRow(SQLModel, table=True):
    """One envelope recipient of a held message, with its own verdict and its own fate."""

    __tablename__ = "recipients"

    case_id: str = Field(sa_column=Column(ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True))
    position: int = Field(primary_key=True)
    address: str = Field(index=True)
    verdict: str
    relation: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    reasons: list[str] = Field(sa_column=Column(JSON, nullable=False))
    approved: bool | None = None
    """None until the decision."""
    delivered_at: datetime | None = moment(nullable=True)
    refused: bool = False
    """The next hop has refused it for good; only a person's `retry` sends to it again."""
    answer: str | None = None
    """The next hop's last answer for this recipient."""
    send_to: str | None = None
    """The address on record that it is sent to instead, by a reviewer's decision."""


class CaseWordRow(SQLModel, table=True):
    """A word that a case is found by (`core.words`)."""

    __tablename__ = "case_words"
    # Words and cases are all there is to a row: on SQLite the index by word is the table.
    __table_args__ = {"sqlite_with_rowid": False}

    # By octets, whatever the database's language: the beginning of a word is a stretch of the index.
    word: str = Field(sa_column=Column(String().with_variant(String(collation="C"), "postgresql"), primary_key=True))
    case_id: str = Field(sa_column=Column(ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True, index=True))


class IdentityRow(SQLModel, table=True):
    """One address of the sender's identity set as it was at the time of the hold (canonical form)."""

    __tablename__ = "sender_identities"
    __table_args__ = (Index("ix_sender_identities_address", "address", "case_id"),)

    case_id: str = Field(sa_column=Column(ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True))
    address: str = Field(primary_key=True)


class BodyRow(SQLModel, table=True):
    """The sealed message: AES-256-GCM under a data key of its own, itself wrapped by the key file's key."""

    __tablename__ = "bodies"

    case_id: str = Field(sa_column=Column(ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True))
    key_id: str = Field(index=True)
    """Of the key that the data key is wrapped by: an exchange of keys looks for the others."""
    wrapped_key: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
