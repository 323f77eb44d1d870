"""A case as JSON: the same for the HTTP API and for `mailguard cases --format json` (the contract)."""

from typing import Any

from mailguard.cases.reading import CaseDetail, CaseSummary


def describe_summary(case: CaseSummary) -> dict[str, Any]:
    """The line of a list."""
    return {
        "id": case.id,
        "state": case.state.value,
        "received_at": case.received_at.isoformat(),
        "sender": case.sender,
        "recipients": list(case.recipients),
        "subject": case.subject,
        "reasons": list(case.reasons),
    }


def describe_case(case: CaseDetail) -> dict[str, Any]:
    """One case."""
    return describe_summary(case.summary) | {
        "verdict": case.verdict,
        "reasons": list(case.reasons),
        "customers": list(case.customers),
        "findings": list(case.findings),
        "recipients": [
            {
                "address": r.address,
                "verdict": r.verdict,
                "relation": r.relation["kind"],
                "reasons": list(r.reasons),
                "approved": r.approved,
                "answer": r.answer,
            }
            for r in case.recipients
        ],
        "decided_by": case.decided_by,
        "decided_at": case.decided_at.isoformat() if case.decided_at else None,
        "decision_reason": case.decision_reason,
        "approvals": {
            "given": len(case.approvals_given),
            "needed": case.approvals_needed,
            "by": [approval.by for approval in case.approvals_given],
        },
        "history": [
            {"at": e.at.isoformat(), "actor": e.actor, "act": e.act, "details": e.details} for e in case.history
        ],
    }
