"""How people prove who they are: sessions, tokens, and the second factors."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, ForeignKey, LargeBinary, false
from sqlmodel import Field, SQLModel

from mailguard.store.columns import moment


class SessionRow(SQLModel, table=True):
    """A login at the desk; only the SHA-256 of the cookie is kept."""

    __tablename__ = "sessions"

    digest: str = Field(primary_key=True)
    user_id: int = Field(sa_column=Column(ForeignKey("users.id", ondelete="CASCADE"), nullable=False))
    csrf_token: str
    created_at: datetime = moment()
    last_seen_at: datetime = moment()
    method: str = Field(default="password", sa_column_kwargs={"server_default": "password"})
    """How the person logged in: `password`, `totp`, `passkey`, `oidc`."""
    awaits_second: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """The second factor is still to come: until then it opens no page but that."""
    verified_at: datetime | None = moment(nullable=True)
    """When the person last showed who they are; the highest class asks for it anew."""
    network: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """Where the login came from (`store.guessing.network_of`)."""
    parked: str | None = None
    """A form, sealed, that waits until the person has shown who they are."""


class LoginNetworkRow(SQLModel, table=True):
    """One network from which somebody has logged in, or tried to, as one user (see `store.guessing`)."""

    __tablename__ = "login_networks"

    user_id: int = Field(sa_column=Column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True))
    network: str = Field(primary_key=True)
    failures: int = 0
    """Wrong guesses since the last login from there."""
    failed_at: datetime | None = moment(nullable=True)
    locked_until: datetime | None = moment(nullable=True)
    succeeded_at: datetime | None = moment(nullable=True)


class TokenRow(SQLModel, table=True):
    """An API token; only its SHA-256 is kept (256 random bits need no slow hash)."""

    __tablename__ = "api_tokens"

    digest: str = Field(primary_key=True)
    user_id: int = Field(sa_column=Column(ForeignKey("users.id", ondelete="CASCADE"), nullable=False))
    created_at: datetime = moment()
    last_used_at: datetime | None = moment(nullable=True)
    """Neither written nor read; the queries of guards of schema 0006 name it, so it goes later."""


class TotpRow(SQLModel, table=True):
    """A person's shared secret for one-time passwords (RFC 6238), sealed like a held body."""

    __tablename__ = "totp_secrets"

    user_id: int = Field(sa_column=Column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True))
    key_id: str
    wrapped_key: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    made_at: datetime = moment()
    confirmed_at: datetime | None = moment(nullable=True)
    """When the first password of it was right; before that it is asked for nowhere."""
    last_step: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    """Time step of the last password that was taken: none is taken twice (RFC 6238, section 5.2)."""
    failures: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """Wrong passwords since the last right one."""
    locked_until: datetime | None = moment(nullable=True)


class RecoveryCodeRow(SQLModel, table=True):
    """A code for somebody who has lost the second factor; good once, kept as a digest."""

    __tablename__ = "recovery_codes"

    digest: str = Field(primary_key=True)
    user_id: int = Field(sa_column=Column(ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True))
    used_at: datetime | None = moment(nullable=True)


class PasskeyRow(SQLModel, table=True):
    """A person's passkey (WebAuthn level 2): the public half only."""

    __tablename__ = "passkeys"

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(sa_column=Column(ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True))
    credential_id: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True, index=True))
    public_key: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    sign_count: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    name: str
    made_at: datetime = moment()
    last_used_at: datetime | None = moment(nullable=True)


class SpentChallengeRow(SQLModel, table=True):
    """A challenge that was answered: whoever has overheard the answer cannot give it again."""

    __tablename__ = "spent_challenges"

    digest: str = Field(primary_key=True)
    until: datetime = moment(index=True)
    """From then on the challenge is too old to be answered anyway."""
