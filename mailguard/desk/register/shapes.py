"""The shapes of the register's part of the HTTP API."""

from datetime import date, datetime

from pydantic import BaseModel

from mailguard.customers.auditing.risk import RiskKind


class PairOut(BaseModel):
    """What a reviewer decided on one address for one customer. Masked for who may not decide."""

    id: int
    address: str
    customer: str
    approved: bool
    """True: not held again for these reasons. False: held always."""
    reasons: list[str]
    until: date | None
    """Last day (UTC) of an approval; null without end."""
    case: str | None
    by: str
    at: datetime


class PairList(BaseModel):
    """Some pairs, newest first; ask again with `after=<next>` for the following ones."""

    pairs: list[PairOut]
    next: int | None


class DisputeOut(BaseModel):
    """An address whose reader has said: this is not me."""

    id: int
    address: str
    customer: str | None
    """The customer whose address it is not; null: nobody's."""
    by: str
    at: datetime


class DisputeList(BaseModel):
    """Some disputes, newest first."""

    disputes: list[DisputeOut]
    next: int | None


class RiskOut(BaseModel):
    """One finding of the register audit."""

    id: int
    kind: RiskKind
    customers: str
    """One customer number, or several parted by a comma."""
    address: str
    taken_for: str
    """The address or domain that it is taken for; may be empty."""
    text: str


class AuditOut(BaseModel):
    """Some findings of the last audit that came to its end."""

    run_at: datetime | None
    """Null: the register has not been audited."""
    counts: dict[str, int]
    risks: list[RiskOut]
    next: int | None
