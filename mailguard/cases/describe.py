"""A judgement as JSON: for the rows of the store, and for `check --format jsonl` (the contract)."""

from typing import Any

from mailguard.core.customer import Customer
from mailguard.core.finding import Finding
from mailguard.core.memory import RememberedPair
from mailguard.core.relation import Identified, Relation
from mailguard.core.verdict import Judgement


def describe_judgement(judgement: Judgement) -> dict[str, Any]:
    """Verdict, recipients, customers, findings and reasons in the JSON of the contract. No secret is in it."""
    return {
        "verdict": judgement.verdict.value,
        "recipients": [
            {
                "address": recipient.address,
                "verdict": recipient.verdict.value,
                "relation": recipient.relation.kind.value,
                "reasons": [reason.code.value for reason in recipient.reasons],
            }
            for recipient in judgement.recipients
        ],
        "customers": [describe_identified(identified) for identified in judgement.customers],
        "findings": [describe_finding(finding) for finding in judgement.findings],
        "reasons": [{"code": reason.code.value, "text": reason.text} for reason in judgement.reasons],
    }


def describe_identified(identified: Identified) -> dict[str, Any]:
    """Whom the message is about, and how that is known."""
    return {"id": identified.customer.customer_id, "evidence": list(identified.evidence)}


def describe_finding(finding: Finding) -> dict[str, Any]:
    """Where and what kind; the value only masked."""
    return {"rule": finding.rule, "kind": finding.kind.value, "part": finding.part, "masked": finding.masked}


def describe_relation(relation: Relation) -> dict[str, Any]:
    """What the review desk shows beside a recipient: the customer on record, and the owner of the address."""
    about = relation.about
    return {
        "kind": relation.kind.value,
        "about": describe_customer(about.customer) | {"evidence": list(about.evidence)} if about else None,
        "owner": describe_customer(relation.owner) if relation.owner else None,
        "resembles": relation.resembles,
        "bearers": relation.bearers,
        "state": relation.state.value if relation.state else None,
        "remembered": [describe_pair(pair) for pair in relation.remembered],
    }


def describe_customer(customer: Customer) -> dict[str, Any]:
    """What tells customers apart, as it was on record when the message was held."""
    return {
        "id": customer.customer_id,
        "name": customer.name,
        "city": customer.city,
        "birth_year": customer.birth_date.year if customer.birth_date else None,
        "emails": list(customer.emails),
    }


def describe_pair(pair: RememberedPair) -> dict[str, Any]:
    """A decision on the address for the customer that counted when the message was held."""
    return {
        "id": pair.pair_id,
        "approved": pair.approved,
        "reasons": sorted(pair.reasons),
        "until": pair.until.isoformat() if pair.until else None,
        "decided_at": pair.decided_at.isoformat(),
        "case": pair.case_id,
    }
