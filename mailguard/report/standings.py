"""How often each key of a measure was held, and what became of it: from the cases, or from the daily counts."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mailguard.core.teams import Teams
from mailguard.report.held import LET_THROUGH, HeldCase


@dataclass(frozen=True, slots=True)
class Standing:
    """How often something was held, and what became of it; None where the cases are gone."""

    count: int
    approved: int | None = None
    rejected: int | None = None


def standings_of(cases: Sequence[HeldCase], measure: str, teams: Teams) -> dict[str, Standing]:
    """By key, from the cases. Not for `language`, which no case knows, nor `system`, which counts passed mail too."""
    everything, approved, rejected = Counter[str](), Counter[str](), Counter[str]()
    for case in cases:
        keys = _keys(case, measure, teams)
        everything.update(keys)
        if case.state in LET_THROUGH:
            approved.update(keys)
        elif case.state == "rejected":
            rejected.update(keys)
    return {key: Standing(count, approved[key], rejected[key]) for key, count in everything.items()}


def count_as(measure: str, counted: Mapping[str, Counter[str]], teams: Teams) -> Counter[str]:
    """By key, from the daily counts, which know no teams and partners."""
    if measure == "team":
        return _summed((teams.team_or_domain_of(sender), n) for sender, n in counted["sender"].items())
    if measure == "partner":
        partners = {**counted["sender"], **{f"@{domain}": n for domain, n in counted["recipient_domain"].items()}}
        return _summed((one, n) for key, n in partners.items() for one in teams.partners_of([key]))
    return counted[measure]


def _keys(case: HeldCase, measure: str, teams: Teams) -> frozenset[str]:
    match measure:
        case "sender":
            return frozenset({case.sender})
        case "team":
            return frozenset({teams.team_or_domain_of(case.sender)})
        case "partner":
            return teams.partners_of([case.sender, *case.recipients])
    return {"reason": case.reasons, "rule": case.rules, "recipient_domain": case.domains}[measure]


def _summed(pairs: Iterable[tuple[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for key, count in pairs:
        total[key] += count
    return total
