"""A case as JSON: the same for the HTTP API and for `mailguard cases --format json` (the contract)."""

from typing import Any

from mailguard.cases.assigning import Assignment
from mailguard.cases.deciding.glass_reviews import BrokenGlass
from mailguard.cases.listing import CaseSummary
from mailguard.cases.reading import CaseDetail


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
        "expires_at": case.expires_at.isoformat() if case.expires_at else None,
        "severity": case.severity.word,
        "team": case.team,
        "assigned": _describe_assignment(case.assigned) if case.assigned else None,
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
                "send_to": r.send_to,
                "answer": r.answer,
            }
            for r in case.recipients
        ],
        "passed": [{"address": one.address, "relation": one.relation} for one in case.passed],
        "decided_by": case.decided_by,
        "decided_at": case.decided_at.isoformat() if case.decided_at else None,
        "decision_reason": case.decision_reason,
        "approvals": {
            "given": len(case.approvals_given),
            "needed": case.approvals_needed,
            "by": [approval.by for approval in case.approvals_given],
        },
        "break_glass": _describe_glass(case.broken) if case.broken else None,
        "history": [
            {"at": e.at.isoformat(), "actor": e.actor, "act": e.act, "details": e.details} for e in case.history
        ],
    }


def _describe_assignment(assigned: Assignment) -> dict[str, Any]:
    return {
        "name": assigned.name,
        "taken_at": assigned.taken_at.isoformat(),
        "until": assigned.until.isoformat(),
    }


def _describe_glass(broken: BrokenGlass) -> dict[str, Any]:
    said = broken.review
    review = (
        {"by": said.by, "was_right": said.was_right, "reason": said.reason, "at": said.at.isoformat()} if said else None
    )
    return {"by": broken.by.name, "reason": broken.reason, "at": broken.at.isoformat(), "review": review}
