"""What the HTTP API says of questions, remarks and a sender's own mail."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from mailguard.cases.attention.check import Asking
from mailguard.cases.attention.question import QuestionKind
from mailguard.cases.deciding.reasons import LONGEST_REASON
from mailguard.cases.own_mail import OwnMail
from mailguard.cases.remarks import Remark
from mailguard.core.case import CaseState
from mailguard.core.remark import RemarkKind
from mailguard.desk.typed import Typed

Said = Annotated[Typed, Field(min_length=1, max_length=LONGEST_REASON)]


class OptionOut(BaseModel):
    """One customer to choose."""

    customer: str
    """What to answer with."""
    city: str
    birth_year: int | None


class QuestionOut(BaseModel):
    """What is asked before an approval."""

    kind: QuestionKind
    characters: int
    """How many of the customer number's last characters are an answer; the whole number is one too."""
    options: list[OptionOut]
    """Of `customer`: those to choose from."""


class AttentionOut(BaseModel):
    """How the attention check stands for the caller."""

    question: QuestionOut | None
    """Null: nothing is asked about this case."""
    passed: bool
    wait_until: datetime | None
    """After a wrong answer: until then none is looked at."""


class DecisionProblem(BaseModel):
    """Why a decision was not taken; with the question where its answer lacks or is wrong."""

    detail: str
    attention: AttentionOut | None = None


class RemarkIn(BaseModel):
    """What a reviewer says."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["comment", "question"]
    text: Said


class OwnRemarkIn(BaseModel):
    """What the sender says."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["answer", "business_reason"]
    text: Said


class RemarkOut(BaseModel):
    """One thing that was said."""

    kind: RemarkKind
    by: str
    text: str
    at: datetime


class RemarkList(BaseModel):
    """Everything that was said and is for the caller, oldest first."""

    remarks: list[RemarkOut]


class OwnRecipientOut(BaseModel):
    """One recipient, and what became of it."""

    address: str
    approved: bool | None
    delivered: bool


class OwnMailOut(BaseModel):
    """One's own held message. Nothing of the customer register is in it."""

    id: str
    state: CaseState
    received_at: datetime
    subject: str
    recipients: list[OwnRecipientOut]
    reasons: list[str]
    expires_at: datetime | None
    decided_at: datetime | None
    reason: str | None
    """The reviewer's words where somebody was turned away."""
    asked: bool
    """A question waits for an answer."""
    returned: bool
    """Given back for correction."""


class OwnMailList(BaseModel):
    """Some messages, newest first; ask again with `after=<next>`."""

    mails: list[OwnMailOut]
    next: str | None


def describe_asking(asking: Asking | None) -> AttentionOut:
    """A question as JSON, without its answer."""
    if asking is None:
        return AttentionOut(question=None, passed=False, wait_until=None)
    asked = asking.question
    options = [OptionOut(customer=one.customer_id, city=one.city, birth_year=one.birth_year) for one in asked.options]
    question = QuestionOut(kind=asked.kind, characters=asked.characters, options=options)
    return AttentionOut(question=question, passed=asking.passed, wait_until=asking.wait_until)


def describe_remarks(remarks: tuple[Remark, ...]) -> RemarkList:
    """A thread as JSON."""
    return RemarkList(remarks=[RemarkOut(kind=one.kind, by=one.by, text=one.text, at=one.at) for one in remarks])


def describe_own(mail: OwnMail) -> OwnMailOut:
    """One's own message as JSON."""
    known = {name: getattr(mail, name) for name in OwnMailOut.model_fields if name != "recipients"}
    recipients = [
        OwnRecipientOut(address=one.address, approved=one.approved, delivered=one.delivered) for one in mail.recipients
    ]
    return OwnMailOut(**known, recipients=recipients)
