"""The shapes of the HTTP API's questions and answers; OpenAPI is made of them."""

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from mailguard.cases.reasons import LONGEST_REASON
from mailguard.core.case import CaseState
from mailguard.core.decision import Action
from mailguard.desk.typed import Typed


class Problem(BaseModel):
    """What is wrong, in words."""

    detail: str


class CaseEntry(BaseModel):
    """A case in a list. The subject is masked, the reasons are codes."""

    id: str
    state: CaseState
    received_at: str
    """ISO 8601, UTC."""
    sender: str
    recipients: list[str]
    subject: str
    reasons: list[str]


class CaseList(BaseModel):
    """Some cases; ask again with `after=<next>` for the following ones."""

    cases: list[CaseEntry]
    next: str | None


class ReasonOut(BaseModel):
    """A reason code and its sentence."""

    code: str
    text: str


class FindingOut(BaseModel):
    """Where something was found; the value only masked. Offsets count code points of the part's text."""

    rule: str
    kind: str
    part: str
    masked: str
    start: int | None = None
    end: int | None = None


class CustomerOut(BaseModel):
    """A customer that the message is about, and how that is known."""

    id: str
    evidence: list[str]


class RecipientOut(BaseModel):
    """One envelope recipient, what it is to the customer, and what became of it."""

    address: str
    verdict: str
    relation: str
    reasons: list[str]
    approved: bool | None
    answer: str | None


class HistoryOut(BaseModel):
    """One entry of the audit trail."""

    at: str
    actor: str
    act: str
    details: dict[str, Any]


class ApprovalsOut(BaseModel):
    """How many second persons have approved, of how many that must."""

    given: int
    needed: int


class ApprovedBy(ApprovalsOut):
    """The same, with their names."""

    by: list[str]


class CaseOut(BaseModel):
    """Everything about a case but the letter's text."""

    id: str
    state: CaseState
    received_at: str
    sender: str
    subject: str
    verdict: str
    reasons: list[ReasonOut]
    customers: list[CustomerOut]
    findings: list[FindingOut]
    recipients: list[RecipientOut]
    decided_by: str | None
    decided_at: str | None
    decision_reason: str | None
    approvals: ApprovedBy
    history: list[HistoryOut]


class DecisionIn(BaseModel):
    """A decision. Without `recipients` an approval is for all of them."""

    model_config = ConfigDict(extra="forbid")

    action: Action
    recipients: list[Annotated[Typed, Field(max_length=320)]] | None = None
    reason: Annotated[Typed, Field(max_length=LONGEST_REASON)] = ""
    attention: Annotated[Typed, Field(max_length=200)] | None = None
    remember: bool = True
    """False: this once, and the next letter to the address is held again."""
    remember_until: date | None = None
    """Last day of what is remembered of an approval; without it as long as `register.remember_days` says."""


class StateOut(BaseModel):
    """Where the case stands now."""

    id: str
    state: CaseState
    approvals: ApprovalsOut | None = None
    """While another second person must approve too; left out otherwise."""
