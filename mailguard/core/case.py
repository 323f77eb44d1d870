"""The life of a held message, as one table: a pair that is not in it is forbidden."""

from enum import StrEnum


class CaseState(StrEnum):
    """States of the contract."""

    HELD = "held"
    APPROVED = "approved"
    RELEASED = "released"
    UNDELIVERABLE = "undeliverable"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


TRANSITIONS: dict[CaseState, frozenset[CaseState]] = {
    CaseState.HELD: frozenset({CaseState.APPROVED, CaseState.REJECTED, CaseState.WITHDRAWN, CaseState.EXPIRED}),
    CaseState.APPROVED: frozenset({CaseState.RELEASED, CaseState.UNDELIVERABLE}),
    CaseState.UNDELIVERABLE: frozenset({CaseState.APPROVED, CaseState.REJECTED}),
    CaseState.RELEASED: frozenset(),
    CaseState.REJECTED: frozenset(),
    CaseState.WITHDRAWN: frozenset(),
    CaseState.EXPIRED: frozenset(),
}
"""`undeliverable` can be tried again (`approved`, by the approval it has) or given back to the sender (`rejected`)."""

STEPS_BACK = frozenset({CaseState.APPROVED, CaseState.REJECTED})
"""States from which a case is held again when its decision is taken back within the time for that; an approved one only
while no release worker has had it. No step of the table: whoever is not in time finds that what has ended stays so."""


def may_become(old: CaseState, new: CaseState) -> bool:
    """Whether the table knows a step from `old` to `new`."""
    return new in TRANSITIONS[old]
