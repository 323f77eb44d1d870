"""The verdict on a letter: for every recipient the worst line of the policy table, with the reasons in words."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mailguard.core.features import Features
from mailguard.core.finding import Finding
from mailguard.core.part import Letter
from mailguard.core.phrase import Listed, Said
from mailguard.core.reason import PAIR_REASONS, ReasonCode
from mailguard.core.relation import Relation, RelationKind
from mailguard.core.verdict import HeldPair, Judgement, Reason, RecipientVerdict, Verdict
from mailguard.namesake.identify import Identification
from mailguard.policy.asking import Asking, Decided
from mailguard.policy.cleaning import clean_address
from mailguard.policy.explaining import Explainer
from mailguard.policy.gathering import features_of, gather_features
from mailguard.policy.saying import say
from mailguard.policy.sentences import Sentences
from mailguard.policy.severity import SEVERITY
from mailguard.policy.table import PolicyTable, Row
from mailguard.policy.wording import Wording

_MOST_ADDRESSES = 5


@dataclass(frozen=True, slots=True)
class Policy:
    """The table and the words for it."""

    table: PolicyTable
    wording: Wording

    @classmethod
    def load(cls, folders: Sequence[Path], language: str = "en") -> "Policy":
        """Read and prove `policy.yaml` and `wording/<language>.yaml`. Raises RulesError."""
        return cls(PolicyTable.load(folders), Wording.load(folders, language))

    def decide(
        self,
        letter: Letter,
        recipients: Sequence[str],
        identification: Identification,
        relations: Sequence[Relation],
        findings: Sequence[Finding],
        people: int,
        *,
        stale_register: bool = False,
        register_age_hours: float | None = None,
    ) -> Judgement:
        """Judge every recipient. `people` is how many data subjects the letter holds (`detect.people`).

        A recipient without any relation is held: nobody has looked at it. With a stale register, so is every sensitive
        letter to somebody outside; `register_age_hours` is told, where it is known.
        """
        found: dict[str, list[Relation]] = {}
        for relation in relations:
            found.setdefault(relation.recipient, []).append(relation)
        looked_at = {one: found.get(one) or [Relation(one, RelationKind.DISPUTED)] for one in recipients}
        features = gather_features(letter, looked_at, identification, findings, people, stale_register=stale_register)
        people = max(people, features.identified)
        explainer = Explainer(self.wording, letter, findings, identification, people, register_age_hours)
        judging = _Judging(Asking(self.table, features), explainer)
        judged = [judging.judge(recipient, looked_at[recipient]) for recipient in recipients]
        verdicts = tuple(verdict for verdict, _ in judged)
        reasons = dict.fromkeys(reason for verdict in verdicts for reason in verdict.reasons)
        return Judgement(
            verdict=max(
                (verdict.verdict for verdict in verdicts), key=lambda verdict: verdict.rank, default=Verdict.HOLD
            ),
            recipients=verdicts,
            customers=identification.customers,
            findings=tuple(findings),
            reasons=_worst_first(reasons),
            letter=letter,
            approvals=max((approvals for _, approvals in judged), default=1),
            features=features,
        )

    def hold_refused(self, judgement: Judgement, refused: Collection[str]) -> Judgement:
        """Held for those recipients after all: the next hop did not take it, and the sender has had an answer already.

        No line of the table says so: an operator's own needs none.
        """
        addresses = [clean_address(one.address) for one in judgement.recipients if one.address in refused]
        more = ["…"] if len(addresses) > _MOST_ADDRESSES else []
        phrase = Said("reasons.refused", (("recipients", Listed((*addresses[:_MOST_ADDRESSES], *more))),))
        reason = Reason(ReasonCode.REFUSED, say(phrase, self.wording), phrase)
        recipients = tuple(
            replace(one, verdict=Verdict.HOLD, reasons=(*one.reasons, reason)) if one.address in refused else one
            for one in judgement.recipients
        )
        reasons = (*judgement.reasons, reason)
        return replace(judgement, verdict=Verdict.HOLD, recipients=recipients, reasons=reasons)

    def decide_again(self, features: Features) -> Decided:
        """What this policy says of a message by its features alone: what `decide` says of the message itself."""
        return Asking(self.table, features).decide()


@dataclass(frozen=True, slots=True)
class _Judging:
    """One letter being judged."""

    asking: Asking
    explainer: Explainer

    def judge(self, recipient: str, relations: Sequence[Relation]) -> tuple[RecipientVerdict, int]:
        """The verdict, and how many approvals it takes."""
        worst, approvals, reasons = Verdict.PASS, 1, Sentences()
        pairs: list[HeldPair] = []
        shown: tuple[int, int] | None = None
        telling = relations[0]
        for relation in relations:
            rows = self.asking.rows(features_of(relation))
            verdict = max((row.verdict for row in rows), key=lambda verdict: verdict.rank)
            worst = max(worst, verdict, key=lambda verdict: verdict.rank)
            approvals = max([approvals, *(row.approvals for row in rows)])
            for row in rows:
                if row.reason is not None:
                    reasons.add(self.explainer, row.content, row.reason, relation)
            pairs += _held_pair(relation, rows)
            rank = (verdict.rank, relation.kind.rank)
            if shown is None or rank > shown:
                shown, telling = rank, relation
        said = _worst_first(reasons.gathered(self.explainer))
        if said and telling.kind is RelationKind.NO_CUSTOMER and telling.owner is not None:
            said = (self.explainer.name_owner(said[0], telling.owner), *said[1:])
        return RecipientVerdict(recipient, worst, telling, said, tuple(pairs)), approvals


def _held_pair(relation: Relation, rows: Sequence[Row]) -> Iterator[HeldPair]:
    codes = dict.fromkeys(row.reason for row in rows if row.reason in PAIR_REASONS)
    if relation.about is not None and codes:
        yield HeldPair(relation.about.customer.customer_id, tuple(code for code in codes if code is not None))


def _worst_first(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    return tuple(sorted(reasons, key=lambda reason: SEVERITY.index(reason.code)))
