"""People on record: users, their addresses and teams."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, ForeignKey
from sqlmodel import Field, SQLModel

from mailguard.store.columns import moment


class UserRow(SQLModel, table=True):
    """A person who can log in."""

    __tablename__ = "users"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    email: str
    role: str
    password_hash: str | None = None
    created_at: datetime = moment()
    disabled: bool = False
    failed_logins: int = 0
    """Wrong guesses from networks that are not the person's, since the last login."""
    locked_until: datetime | None = moment(nullable=True)
    """Until then such networks may not guess."""
    language: str | None = None
    """Of the desk's pages; null: as the browser asks."""
    digest: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """Hours of the day at which one letter tells what waits, `"8,13"`; `"at once"`: one for each case; empty: as the
    configuration says."""
    digested_at: datetime | None = moment(nullable=True)
    """The last of these hours that was attended to; the next one is after it."""
    oidc_subject: str | None = Field(default=None, unique=True, index=True)
    """Issuer and subject of the login elsewhere (OpenID Connect Core, section 2), parted by a blank."""


class UserAddressRow(SQLModel, table=True):
    """An address known to be the person's: own, alias or shared mailbox (canonical form)."""

    __tablename__ = "user_addresses"

    user_id: int = Field(sa_column=Column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True))
    address: str = Field(primary_key=True, index=True)


class UserTeamRow(SQLModel, table=True):
    """A team whose cases the person sees; somebody without a row sees those of all."""

    __tablename__ = "user_teams"

    user_id: int = Field(sa_column=Column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True))
    team: str = Field(primary_key=True)


class PeopleVersionRow(SQLModel, table=True):
    """A number that triggers raise whenever the people on record change: who, whose addresses, teams, deputies."""

    __tablename__ = "people_version"

    id: int = Field(primary_key=True)
    number: int = Field(sa_column=Column(BigInteger, nullable=False))
