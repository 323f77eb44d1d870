"""Messages between the two steps of a hold for some of their recipients (`cases.holding.set_aside`)."""

from datetime import datetime

from sqlalchemy import JSON, Column, LargeBinary
from sqlmodel import Field, SQLModel

from mailguard.store.columns import moment


class SetAsideRow(SQLModel, table=True):
    """A sealed message that becomes a case when the next hop has taken it for those of its recipients who may have it.

    Until then it is nobody's case: it is shown and told to nobody, and undone when the next hop refuses.
    """

    __tablename__ = "set_aside"

    case_id: str = Field(primary_key=True)
    at: datetime = moment(index=True)
    passing: list[str] = Field(sa_column=Column(JSON, nullable=False))
    """The recipients to whom it is on its way."""
    key_id: str
    wrapped_key: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
