"""The shapes of a case in the HTTP API, and of what is said of it; OpenAPI is made of them."""

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from mailguard.cases.deciding.reasons import LONGEST_REASON
from mailguard.core.case import CaseState
from mailguard.core.decision import Action
from mailguard.desk.typed import Typed


class AssignmentOut(BaseModel):
    """Who is at a case, and until when."""

    name: str
    """Login name."""
    taken_at: str
    until: str
    """From then on it is nobody's again."""


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
    expires_at: str | None
    """When it is returned to its sender unless somebody decides; null when it is held no longer."""

    severity: str
    """`critical`, `high`, `medium` or `low`."""
    team: str
    """Whose mail it is; empty: nobody's in particular."""
    assigned: AssignmentOut | None
    """Who is at it; null: nobody."""


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
    send_to: str | None
    """The address on record that gets it instead, by a reviewer's decision."""
    answer: str | None


class PassedOut(BaseModel):
    """A recipient who got the message at once while it was held for others: nothing is decided for them."""

    address: str
    relation: str


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


class AfterReviewOut(BaseModel):
    """What another person said of it afterwards."""

    by: str
    was_right: bool
    reason: str
    at: str


class BrokenGlassOut(BaseModel):
    """An approval that broke the glass."""

    by: str
    reason: str
    at: str
    review: AfterReviewOut | None
    """Null: nobody has reviewed it yet."""


class CaseOut(BaseModel):
    """Everything about a case but the letter's text."""

    id: str
    state: CaseState
    received_at: str
    expires_at: str | None
    severity: str
    team: str
    assigned: AssignmentOut | None
    sender: str
    subject: str
    verdict: str
    reasons: list[ReasonOut]
    customers: list[CustomerOut]
    findings: list[FindingOut]
    recipients: list[RecipientOut]
    """Those whom it is held for."""
    passed: list[PassedOut]
    decided_by: str | None
    decided_at: str | None
    decision_reason: str | None
    approvals: ApprovedBy
    break_glass: BrokenGlassOut | None
    """How it left on one person's word alone; null when it did not."""
    history: list[HistoryOut]


class DecisionIn(BaseModel):
    """A decision. Without `recipients` an approval is for all of them."""

    model_config = ConfigDict(extra="forbid")

    action: Action
    recipients: list[Annotated[Typed, Field(max_length=320)]] | None = None
    send_to_record: Annotated[
        dict[Annotated[Typed, Field(max_length=320)], Annotated[Typed, Field(max_length=320)]], Field(max_length=20)
    ] = {}
    """Recipients, each with the customer's confirmed address on record that gets it instead; envelope, To and Cc are
    corrected."""
    reason: Annotated[Typed, Field(max_length=LONGEST_REASON)] = ""
    attention: Annotated[Typed, Field(max_length=200)] | None = None
    remember: bool = True
    """False: this once, and the next letter to the address is held again."""
    on_behalf_of: Annotated[Typed, Field(max_length=100)] | None = None
    """Login name of whom one decides for as a deputy; without it by one's own right, or as the deputy that one is."""
    break_glass: bool = False
    """An approval that stands alone because nobody else is there, with a reason of at least 20 characters."""
    for_correction: bool = False
    """Of a rejection: `reason` says what the sender is to mend, and the letter to the sender says so."""
    undo_seconds: Annotated[int, Field(ge=0, le=3600)] = 0
    """How long it can be taken back; nothing leaves before."""
    remember_until: date | None = None
    """Last day of what is remembered of an approval; without it as long as `register.remember_days` says."""


class DisputeIn(BaseModel):
    """Which recipient is not the customer, and how that is known."""

    model_config = ConfigDict(extra="forbid")

    recipient: Annotated[Typed, Field(max_length=320)]
    reason: Annotated[Typed, Field(max_length=LONGEST_REASON)]


class AfterReviewIn(BaseModel):
    """Whether it was right to break the glass, and why."""

    model_config = ConfigDict(extra="forbid")

    was_right: bool
    reason: Annotated[Typed, Field(max_length=LONGEST_REASON)]


class StateOut(BaseModel):
    """Where the case stands now."""

    id: str
    state: CaseState
    approvals: ApprovalsOut | None = None
    """While another second person must approve too; left out otherwise."""


class AssignmentIn(BaseModel):
    """Whether it is taken from somebody else who is at it."""

    model_config = ConfigDict(extra="forbid")

    over: bool = False
