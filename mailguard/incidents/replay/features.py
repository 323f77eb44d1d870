"""Features of a message as they are kept beside its line of the journal: plain JSON, and as short as they can be."""

import json
from typing import Any

from mailguard.core.features import Features, FoundFeatures, RelationFeatures
from mailguard.core.finding import FindingKind
from mailguard.core.memory import AddressState
from mailguard.core.relation import RelationKind

MOST_OCTETS = 16_384
"""What is longer is not kept, and a replay says that it could not ask. Measured: a letter to one customer takes some
90 octets, one to 100 recipients about 100 customers under 2,000."""
_FLAGS = ("conflict", "protected", "protected_street", "own_data", "automatic", "stale_register")
_SHORT = 64
"""Characters; a code or the id of a rule that is longer is cut."""


def describe_features(features: Features) -> dict[str, Any] | None:
    """The JSON of it; what is empty, false or zero is left out. None: it is too long to be kept."""
    described: dict[str, Any] = {"to": [[n, *map(_relation, relations)] for n, relations in features.recipients]}
    if features.customers:
        described["about"] = [[n, *(code[:_SHORT] for code in codes)] for n, codes in features.customers]
    if features.findings:
        described["found"] = [[each.rule[:_SHORT], each.kind.value, each.times] for each in features.findings]
    if features.people:
        described["people"] = features.people
    if features.troubles:
        described["troubles"] = list(features.troubles)
    if flags := [name for name in _FLAGS if getattr(features, name)]:
        described["flags"] = flags
    return described if len(json.dumps(described)) <= MOST_OCTETS else None


def read_features(described: dict[str, Any]) -> Features:
    """The way back. Raises ValueError or KeyError for what a later version has written."""
    return Features(
        recipients=tuple((n, tuple(map(_read_relation, relations))) for n, *relations in described["to"]),
        customers=tuple((n, tuple(codes)) for n, *codes in described.get("about", ())),
        findings=tuple(FoundFeatures(rule, FindingKind(kind), n) for rule, kind, n in described.get("found", ())),
        people=described.get("people", 0),
        troubles=tuple(described.get("troubles", ())),
        **dict.fromkeys(described.get("flags", ()), True),
    )


def _relation(relation: RelationFeatures) -> dict[str, Any]:
    described: dict[str, Any] = {"kind": relation.kind.value}
    if relation.state is not None:
        described["state"] = relation.state.value
    if relation.protected is not None:
        described["protected"] = relation.protected
    if relation.rejected is not None:
        described["rejected"] = list(relation.rejected)
    if relation.forgiven:
        described["forgiven"] = list(relation.forgiven)
    return described


def _read_relation(described: dict[str, Any]) -> RelationFeatures:
    rejected = described.get("rejected")
    return RelationFeatures(
        kind=RelationKind(described["kind"]),
        state=AddressState(described["state"]) if "state" in described else None,
        protected=described.get("protected"),
        rejected=tuple(rejected) if rejected is not None else None,
        forgiven=tuple(described.get("forgiven", ())),
    )
