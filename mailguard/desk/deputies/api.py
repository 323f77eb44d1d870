"""Deputies for scripts."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path
from pydantic import BaseModel, ConfigDict, Field

from mailguard.cases.deciding.delegations import LONGEST_REASON, Delegation, delegate, end_delegation, list_delegations
from mailguard.core.errors import InputError
from mailguard.desk.answers import Answers, problem
from mailguard.desk.deputies.pages import visible_to
from mailguard.desk.desk import Desk, TheDesk
from mailguard.desk.typed import Typed
from mailguard.desk.visitor import ApiActor, ApiVisitor

_REFUSALS: Answers = {
    403: problem("Not yours to give or to end"),
    404: problem("No such delegation"),
}

router = APIRouter(prefix="/api/v1/delegations", tags=["delegations"])

Name = Annotated[Typed, Field(min_length=1, max_length=100)]
Number = Annotated[int, Path(ge=1, le=1 << 53)]


class DelegationIn(BaseModel):
    """Who decides in whose place, from day to day."""

    model_config = ConfigDict(extra="forbid")

    giver: Name | None = None
    """Login name; without it one's own right is given. Others' rights are given by admins alone."""
    deputy: Name
    first_day: date
    last_day: date
    """Included; days of `[calendar] time_zone`."""
    reason: Annotated[Typed, Field(max_length=LONGEST_REASON)]


class DelegationOut(BaseModel):
    """One delegation."""

    id: int
    giver: str
    deputy: str
    first_day: date
    last_day: date
    state: str
    """`planned`, `in_force`, `over` or `revoked`."""
    reason: str
    made_by: str
    made_at: datetime
    revoked_by: str | None
    revoked_at: datetime | None


class DelegationList(BaseModel):
    """One's own, given and had; admins and auditors read everybody's. Newest first."""

    delegations: list[DelegationOut]


@router.get("", summary="List delegations")
def get_delegations(desk: TheDesk, visitor: ApiVisitor) -> DelegationList:
    """Those that stand, are to come, and have been."""
    found = list_delegations(desk.store, visible_to(visitor.person))
    return DelegationList(delegations=[_out(desk, one) for one in found])


@router.post("", summary="Name a deputy", status_code=201, responses=_REFUSALS)
def post_delegation(wanted: DelegationIn, desk: TheDesk, visitor: ApiActor) -> DelegationOut:
    """Give one's right to decide to somebody else for some days."""
    giver, zone = wanted.giver or visitor.person.name, desk.settings.calendar.time_zone
    days = wanted.first_day, wanted.last_day
    try:
        made = delegate(desk.store, giver, wanted.deputy, *days, wanted.reason, zone=zone, by=visitor.person)
    except InputError as error:
        raise HTTPException(422, str(error)) from None
    return _out(desk, made)


@router.post("/{number}/end", summary="End a delegation", responses=_REFUSALS)
@router.delete("/{number}", summary="End a delegation", responses=_REFUSALS)
def end(number: Number, desk: TheDesk, visitor: ApiActor) -> DelegationOut:
    """End it at once. It stays on record."""
    return _out(desk, end_delegation(desk.store, number, by=visitor.person))


def _out(desk: Desk, one: Delegation) -> DelegationOut:
    return DelegationOut(
        id=one.id,
        giver=one.giver.name,
        deputy=one.deputy.name,
        first_day=one.first_day,
        last_day=one.last_day,
        state=one.state(desk.now()),
        reason=one.reason,
        made_by=one.made_by,
        made_at=one.made_at,
        revoked_by=one.revoked_by,
        revoked_at=one.revoked_at,
    )
