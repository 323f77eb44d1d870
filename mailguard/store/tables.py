"""The tables of held mail and of the people who decide on it. Their history is in `migrations/`."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, LargeBinary
from sqlmodel import Field, SQLModel

from mailguard.store.columns import Moment


def _moment(*, nullable: bool = False, index: bool = False) -> Any:
    return Field(default=None, sa_column=Column(Moment, nullable=nullable, index=index))


class CaseRow(SQLModel, table=True):
    """One held message. Subject and findings are masked before they get here; the letter itself is in `bodies`."""

    __tablename__ = "cases"
    __table_args__ = (Index("ix_cases_state_received", "state", "received_at", "id"),)

    id: str = Field(primary_key=True)
    state: str
    received_at: datetime = _moment(index=True)
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
    decided_at: datetime | None = _moment(nullable=True)
    decided_by: str | None = None
    decision_reason: str | None = None
    release_at: datetime | None = _moment(nullable=True, index=True)
    """When the release worker should try (again); null when there is nothing to send."""
    claimed_until: datetime | None = _moment(nullable=True)
    """A release worker is at it until then; a later one may take over."""
    tries: int = 0
    last_answer: str | None = None
    ended_at: datetime | None = _moment(nullable=True, index=True)


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
    delivered_at: datetime | None = _moment(nullable=True)
    refused: bool = False
    """The next hop has refused it for good; only a person's `retry` sends to it again."""
    answer: str | None = None
    """The next hop's last answer for this recipient."""


class IdentityRow(SQLModel, table=True):
    """One address of the sender's identity set as it was at the time of the hold (canonical form)."""

    __tablename__ = "sender_identities"

    case_id: str = Field(sa_column=Column(ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True))
    address: str = Field(primary_key=True)


class BodyRow(SQLModel, table=True):
    """The sealed message: AES-256-GCM under a data key of its own, itself wrapped by the key file's key."""

    __tablename__ = "bodies"

    case_id: str = Field(sa_column=Column(ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True))
    key_id: str
    wrapped_key: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class DecisionRow(SQLModel, table=True):
    """Who decided what. A trigger refuses a row whose person is in the case's identity set (four eyes)."""

    __tablename__ = "decisions"

    id: int | None = Field(default=None, primary_key=True)
    case_id: str = Field(sa_column=Column(ForeignKey("cases.id"), nullable=False, index=True))
    user_id: int = Field(sa_column=Column(ForeignKey("users.id"), nullable=False))
    action: str
    reason: str
    recipients: list[str] = Field(sa_column=Column(JSON, nullable=False))
    remember: bool = True
    """Whether the pairs of customer and address may be remembered."""
    remember_until: date | None = None
    """The last day that the person chose; None: as long as is usual here."""
    at: datetime = _moment()


class UserRow(SQLModel, table=True):
    """A person who can log in."""

    __tablename__ = "users"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    email: str
    role: str
    password_hash: str | None = None
    created_at: datetime = _moment()
    disabled: bool = False
    failed_logins: int = 0
    """Wrong guesses from networks that are not the person's, since the last login."""
    locked_until: datetime | None = _moment(nullable=True)
    """Until then such networks may not guess."""


class UserAddressRow(SQLModel, table=True):
    """An address known to be the person's: own, alias or shared mailbox (canonical form)."""

    __tablename__ = "user_addresses"

    user_id: int = Field(sa_column=Column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True))
    address: str = Field(primary_key=True, index=True)


class TokenRow(SQLModel, table=True):
    """An API token; only its SHA-256 is kept (256 random bits need no slow hash)."""

    __tablename__ = "api_tokens"

    digest: str = Field(primary_key=True)
    user_id: int = Field(sa_column=Column(ForeignKey("users.id", ondelete="CASCADE"), nullable=False))
    created_at: datetime = _moment()
    last_used_at: datetime | None = _moment(nullable=True)


class SessionRow(SQLModel, table=True):
    """A login at the desk; only the SHA-256 of the cookie is kept."""

    __tablename__ = "sessions"

    digest: str = Field(primary_key=True)
    user_id: int = Field(sa_column=Column(ForeignKey("users.id", ondelete="CASCADE"), nullable=False))
    csrf_token: str
    created_at: datetime = _moment()
    last_seen_at: datetime = _moment()


class LoginNetworkRow(SQLModel, table=True):
    """One network from which somebody has logged in, or tried to, as one user (see `store.guessing`)."""

    __tablename__ = "login_networks"

    user_id: int = Field(sa_column=Column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True))
    network: str = Field(primary_key=True)
    failures: int = 0
    """Wrong guesses since the last login from there."""
    failed_at: datetime | None = _moment(nullable=True)
    locked_until: datetime | None = _moment(nullable=True)
    succeeded_at: datetime | None = _moment(nullable=True)


class NoticeRow(SQLModel, table=True):
    """A letter of the guard's own, waiting to be sent. Written in the transaction of the act that it tells of."""

    __tablename__ = "notices"

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    """Which letter: `held`, `to_review`, `rejected`, `expired`, `undeliverable`, `withdrawn`."""
    to: str
    case_id: str | None = Field(default=None, sa_column=Column(ForeignKey("cases.id", ondelete="CASCADE"), index=True))
    details: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    created_at: datetime = _moment()
    due_at: datetime | None = _moment(nullable=True, index=True)
    """When to try (again); null when sent or given up."""
    tries: int = 0
    sent_at: datetime | None = _moment(nullable=True)
    last_answer: str | None = None


class AuditRow(SQLModel, table=True):
    """One entry of the audit chain. Triggers refuse UPDATE and DELETE."""

    __tablename__ = "audit"

    seq: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    at: datetime = _moment()
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


class CountRow(SQLModel, table=True):
    """How often something happened on one day (in the report's time zone)."""

    __tablename__ = "daily_counts"

    day: date = Field(primary_key=True)
    measure: str = Field(primary_key=True)
    """`seen`, `passed`, `held`, `deferred`, `identified`, `reason`, `rule`, `sender`, `recipient_domain`."""
    key: str = Field(primary_key=True, default="")
    count: int


class ReportRow(SQLModel, table=True):
    """A weekly report that was sent: the primary key makes it go out once, whoever's scheduler fires."""

    __tablename__ = "reports"

    week: str = Field(primary_key=True)
    started_at: datetime = _moment()
    sent_at: datetime | None = _moment(nullable=True)
