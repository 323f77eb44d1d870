"""What a decision says of an address and a customer is remembered, so that nobody is asked the same twice."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session

from mailguard.cases.deciding.rights import is_beside_sender
from mailguard.core.decision import Decision
from mailguard.core.errors import BadDecision, NotYours
from mailguard.core.person import Person
from mailguard.core.verdict import Judgement, RecipientVerdict
from mailguard.customers.pairs import Pair, forget, pairs_of, remember
from mailguard.store.store import Store
from mailguard.store.tables.cases import RecipientRow
from mailguard.store.tables.decisions import DecisionRow

REMEMBER_DAYS = 365
"""Where no configuration says otherwise (`register.remember_days`)."""
_MOST_CUSTOMERS = 3
"""A letter about more people is a list: whoever approves it has not looked at each."""
LONGEST = timedelta(days=3653)
"""Ten years."""


def describe_pairs(judgement: Judgement, recipient: RecipientVerdict) -> list[dict[str, Any]]:
    """The customers for whom a recipient is held because of what it is to them, for the recipient's row."""
    if len(judgement.customers) > _MOST_CUSTOMERS:
        return []
    return [
        {"customer": pair.customer_id, "reasons": [reason.value for reason in pair.reasons]} for pair in recipient.pairs
    ]


def check_until(decision: Decision, now: datetime) -> None:
    """Raises BadDecision for a last day that is over already, or further off than anybody can answer for."""
    until = decision.remember_until
    if until is not None and not now.date() < until <= (now + LONGEST).date():
        raise BadDecision("remember_until: choose a day from tomorrow on, at most ten years from now")


def last_day(decision: Decision, at: datetime, days: int) -> date | None:
    """Until when an approval is remembered: until the day that the person chose, else for `days` (0: not at all)."""
    if decision.remember_until is None and days:
        return (at + timedelta(days=days)).date()
    return decision.remember_until


def remembered_until(decisions: Sequence[DecisionRow], recipients: Sequence[RecipientRow]) -> date | None:
    """The last day of what these people's approvals have remembered; None when nothing of them is.

    Of several people who approved together, each must have let it be remembered, and the earliest day counts.
    """
    days = [decision.remember_until for decision in decisions if decision.remember]
    known = [day for day in days if day is not None]
    has_pair = any(recipient.relation.get("pairs") for recipient in recipients if _is_let_through(recipient))
    return min(known) if has_pair and len(known) == len(decisions) else None


def remember_decision(
    session: Session, decisions: Sequence[DecisionRow], recipients: Sequence[RecipientRow], *, by: str, at: datetime
) -> None:
    """Remember each held pair as the recipients' rows were decided, inside the caller's transaction."""
    if not all(decision.remember for decision in decisions):
        return
    until = remembered_until(decisions, recipients)
    approved = [recipient for recipient in recipients if _is_let_through(recipient)]
    rejected = [recipient for recipient in recipients if not _is_let_through(recipient)]
    # Rejections last: where two spellings of one address were decided differently, the rejection is the newer.
    for recipient in (*(approved if until is not None else ()), *rejected):
        let_through, case_id = _is_let_through(recipient), recipient.case_id
        for customer_id, reasons in _pairs(recipient):
            remember(session, recipient.address, customer_id, let_through, reasons, until, case_id, by, at)


def forget_decision(session: Session, recipients: Sequence[RecipientRow], *, by: str, at: datetime) -> None:
    """Take back what a case's decision has had remembered of its recipients: it was taken back itself."""
    for recipient in recipients:
        for pair_id in pairs_of(session, recipient.case_id, recipient.address):
            forget(session, pair_id, by, at)


def forget_pair(store: Store, pair_id: int, by: str, *, person: Person | None = None, reason: str = "") -> Pair:
    """Take a remembered decision back, with an entry in the audit trail.

    A person whose letter was rejected does not take the rejection back: that would be a decision on one's own letter.
    Raises NoSuchPair, NotYours, StoreError.
    """
    now = store.clock()
    with store.writing() as session:
        pair = forget(session, pair_id, by, now)
        if (
            person is not None
            and pair.case_id
            and not pair.approved
            and is_beside_sender(session, pair.case_id, person, now)
        ):
            raise NotYours("a second person must take back the rejection of one's own letter")
        details: dict[str, Any] = {
            "pair": pair.id,
            "address": pair.address,
            "customer": pair.customer_id,
            "decision": "approve" if pair.approved else "reject",
        }
        details |= {"reason": reason} if reason else {}
        store.audit.append(session, "pair revoked", actor=by, at=now, case_id=pair.case_id, details=details)
    return pair


def _is_let_through(recipient: RecipientRow) -> bool:
    # Who is sent nothing because it goes to the address on record instead has been found to be the wrong one.
    return bool(recipient.approved) and recipient.send_to is None


def _pairs(recipient: RecipientRow) -> Iterator[tuple[str, list[str]]]:
    for pair in recipient.relation.get("pairs") or ():
        yield pair["customer"], pair["reasons"]
