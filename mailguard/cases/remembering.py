"""What a decision says of an address and a customer is remembered, so that nobody is asked the same twice."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session

from mailguard.core.decision import Decision
from mailguard.core.errors import BadDecision
from mailguard.core.verdict import Judgement, RecipientVerdict
from mailguard.customers.pairs import Pair, forget, remember
from mailguard.store.store import Store
from mailguard.store.tables import DecisionRow, RecipientRow

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


def remember_decision(
    session: Session,
    decisions: Sequence[DecisionRow],
    recipients: Sequence[RecipientRow],
    *,
    by: str,
    at: datetime,
    days: int,
) -> date | None:
    """Remember each held pair as the recipients' rows were decided, inside the caller's transaction.

    Of several people who approved together, each must have let it be remembered, and the earliest day counts. Gives the
    last day of the approvals; None when none was remembered.
    """
    if not all(decision.remember for decision in decisions):
        return None
    usual = (at + timedelta(days=days)).date() if days else None
    ends = [decision.remember_until or usual for decision in decisions]
    until = min((end for end in ends if end is not None), default=None) if None not in ends else None
    approved = [recipient for recipient in recipients if recipient.approved]
    rejected = [recipient for recipient in recipients if not recipient.approved]
    told = None
    # Rejections last: where two spellings of one address were decided differently, the rejection is the newer.
    for recipient in (*(approved if until is not None else ()), *rejected):
        for customer_id, reasons in _pairs(recipient):
            last = until if recipient.approved else None
            remember(
                session,
                recipient.address,
                customer_id,
                bool(recipient.approved),
                reasons,
                last,
                recipient.case_id,
                by,
                at,
            )
            told = last or told
    return told


def forget_pair(store: Store, pair_id: int, by: str) -> Pair:
    """Take a remembered decision back, with an entry in the audit trail. Raises NoSuchPair, StoreError."""
    now = store.clock()
    with store.writing() as session:
        pair = forget(session, pair_id, by, now)
        details = {
            "pair": pair.id,
            "address": pair.address,
            "customer": pair.customer_id,
            "decision": "approve" if pair.approved else "reject",
        }
        store.audit.append(session, "pair forgotten", actor=by, at=now, case_id=pair.case_id, details=details)
    return pair


def _pairs(recipient: RecipientRow) -> Iterator[tuple[str, list[str]]]:
    for pair in recipient.relation.get("pairs") or ():
        yield pair["customer"], pair["reasons"]
