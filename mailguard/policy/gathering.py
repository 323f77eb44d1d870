"""Gathers what the policy is asked about one letter."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from mailguard.core.features import Features, FoundFeatures, RelationFeatures
from mailguard.core.finding import Finding
from mailguard.core.part import Letter, Trouble
from mailguard.core.relation import Relation, RelationKind
from mailguard.namesake.identify import Identification
from mailguard.policy.own_data import states_own_data, states_street

T = TypeVar("T")

_TELLING = frozenset({"auto-submitted", "precedence", "from"})
_NO_REPLY = re.compile(
    r"(?:no|do-?not|donot|ei|nicht|nie|niet|inte?)[-_.]?(?:reply|vastaa|antworten|odpowiadaj|beantwoorden|svara)", re.I
)


def gather_features(
    letter: Letter,
    relations: Mapping[str, Sequence[Relation]],
    identification: Identification,
    findings: Sequence[Finding],
    people: int,
    *,
    stale_register: bool,
) -> Features:
    """Everything that the table is asked about the letter. `relations` are those of each recipient."""
    customers = [about.customer for about in identification.customers]
    protected = [customer for customer in customers if customer.protected]
    return Features(
        recipients=_grouped(relations.values()),
        customers=_counted(about.evidence for about in identification.subjects),
        findings=_found(findings),
        people=people,
        troubles=_troubles(letter.troubles),
        conflict=identification.conflict is not None,
        protected=bool(protected),
        protected_street=bool(protected) and states_street(letter, protected),
        own_data=_states_own_data(letter, identification, relations, stale_register),
        automatic=is_automatic(letter),
        stale_register=stale_register,
    )


def examine_again(features: Features, findings: Sequence[Finding], people: int, letter: Letter) -> Features:
    """The features of the same letter after other rules have looked for secrets in it; `letter` with its troubles."""
    return replace(features, findings=_found(findings), people=people, troubles=_troubles(letter.troubles))


def features_of(relation: Relation) -> RelationFeatures:
    """What the policy is asked about one relation."""
    rejection = relation.rejection if relation.remembered else None
    return RelationFeatures(
        kind=relation.kind,
        state=relation.state,
        protected=relation.about.customer.protected if relation.about is not None else None,
        rejected=tuple(sorted(rejection.reasons)) if rejection is not None else None,
        forgiven=tuple(sorted(relation.forgiven)) if relation.remembered else (),
    )


def is_automatic(letter: Letter) -> bool:
    """Whether a machine wrote the letter (RFC 3834, section 5; the Precedence field; a no-reply sender)."""
    told: dict[str, str] = {}
    for name, value in letter.headers:
        if (lowered := name.lower()) in _TELLING:
            told.setdefault(lowered, value)
    submitted = (told.get("auto-submitted") or "no").split(";")[0].strip().lower()
    if submitted != "no" or (told.get("precedence") or "").strip().lower() in ("bulk", "list", "junk"):
        return True
    return bool(_NO_REPLY.search(told.get("from") or ""))


def _grouped(recipients: Collection[Sequence[Relation]]) -> tuple[tuple[int, tuple[RelationFeatures, ...]], ...]:
    if len(recipients) == 1 and len(relations := next(iter(recipients))) == 1:
        return ((1, (features_of(relations[0]),)),)  # as most letters; to hash it takes longer
    # A letter to a hundred people about a hundred customers has ten thousand relations, and few that differ.
    return _counted(tuple(dict.fromkeys(map(features_of, relations))) for relations in recipients)


def _counted(things: Iterable[T]) -> tuple[tuple[int, T], ...]:
    # Most letters have one recipient and one customer: a Counter takes longer than the rest of the gathering.
    times: dict[T, int] = {}
    for thing in things:
        times[thing] = times.get(thing, 0) + 1
    return tuple((count, thing) for thing, count in times.items())


def _found(findings: Sequence[Finding]) -> tuple[FoundFeatures, ...]:
    counted = _counted((finding.rule, finding.kind) for finding in findings)
    return tuple(FoundFeatures(rule, kind, times) for times, (rule, kind) in counted)


def _troubles(troubles: Sequence[Trouble]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(trouble.kind for trouble in troubles))


def _states_own_data(
    letter: Letter, identification: Identification, relations: Mapping[str, Sequence[Relation]], stale: bool
) -> bool:
    # Looked for only when a line of the table can ask: most letters go to a confirmed address.
    doubtful = [
        relation.about.customer
        for mine in relations.values()
        for relation in mine
        if relation.kind is RelationKind.UNCONFIRMED and relation.about is not None
    ]
    asked = [about.customer for about in identification.customers] if stale else doubtful
    return bool(asked) and states_own_data(letter, asked)
