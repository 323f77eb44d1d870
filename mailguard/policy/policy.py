"""The verdict on a letter: for every recipient the worst line of the policy table, with the reasons in words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mailguard.core.finding import Finding
from mailguard.core.part import Letter
from mailguard.core.relation import Relation, RelationKind
from mailguard.core.verdict import Judgement, Reason, ReasonCode, RecipientVerdict, Verdict
from mailguard.namesake.identify import Identification
from mailguard.policy.contents import concerns, contents_of_findings, contents_of_letter, is_automatic
from mailguard.policy.explaining import Explainer
from mailguard.policy.sentences import Sentences
from mailguard.policy.table import Content, PolicyTable
from mailguard.policy.wording import Wording

_CONTENTS = list(Content)
_SEVERITY = [
    ReasonCode.DISPUTED,
    ReasonCode.NAMESAKE,
    ReasonCode.PROTECTED_CUSTOMER,
    ReasonCode.IDENTITY_CONFLICT,
    ReasonCode.TYPO_DOMAIN,
    ReasonCode.LOOKALIKE,
    ReasonCode.OTHER_CUSTOMER,
    ReasonCode.UNCONFIRMED,
    ReasonCode.STALE_REGISTER,
    ReasonCode.BULK_PERSONAL_DATA,
    ReasonCode.CREDENTIAL,
    ReasonCode.PERSONAL_DATA,
    ReasonCode.ONE_TIME_CODE,
    ReasonCode.UNRELATED,
    ReasonCode.RECORDING,
    ReasonCode.ENCRYPTED,
    ReasonCode.UNREADABLE,
]
"""Worst first: a known wrong reader before what he would read, and that before what could not be looked into."""


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
    ) -> Judgement:
        """Judge every recipient. `people` is how many data subjects the letter holds (`detect.people`).

        A recipient without any relation is held: nobody has looked at it.
        """
        people = max(people, len(identification.customers))
        contents = contents_of_findings(findings, people, self.table.bulk_outside, self.table.bulk_inside)
        contents |= contents_of_letter(letter, identification)
        judging = _Judging(
            self.table,
            Explainer(self.wording, letter, findings, identification, people),
            [content for content in _CONTENTS if content in contents],
            is_automatic(letter),
        )
        by_recipient: dict[str, list[Relation]] = {}
        for relation in relations:
            by_recipient.setdefault(relation.recipient, []).append(relation)
        verdicts = tuple(judging.judge(recipient, by_recipient.get(recipient, [])) for recipient in recipients)
        reasons = dict.fromkeys(reason for verdict in verdicts for reason in verdict.reasons)
        return Judgement(
            verdict=max((verdict.verdict for verdict in verdicts), key=lambda v: v.rank, default=Verdict.HOLD),
            recipients=verdicts,
            customers=identification.customers,
            findings=tuple(findings),
            reasons=_worst_first(reasons),
            letter=letter,
        )


@dataclass(frozen=True, slots=True)
class _Judging:
    """One letter being judged."""

    table: PolicyTable
    explainer: Explainer
    contents: Sequence[Content]
    automatic: bool

    def judge(self, recipient: str, relations: Sequence[Relation]) -> RecipientVerdict:
        worst, reasons = Verdict.PASS, Sentences()
        shown: tuple[int, int] | None = None
        looked_at = list(relations) or [Relation(recipient, RelationKind.DISPUTED)]
        telling = looked_at[0]
        for relation in looked_at:
            verdict = self._judge_one(relation, reasons)
            worst = max(worst, verdict, key=lambda v: v.rank)
            rank = (verdict.rank, list(RelationKind).index(relation.kind))
            if shown is None or rank > shown:
                shown, telling = rank, relation
        said = _worst_first(reasons.gathered(self.explainer))
        if said and telling.kind is RelationKind.NO_CUSTOMER and telling.owner is not None:
            said = (self.explainer.name_owner(said[0], telling.owner), *said[1:])
        return RecipientVerdict(recipient, worst, telling, said)

    def _judge_one(self, relation: Relation, reasons: Sentences) -> Verdict:
        worst = Verdict.PASS
        for content in self.contents:
            if not concerns(content, relation):
                continue
            row = self.table.decide(content, relation.kind, automatic=self.automatic)
            worst = max(worst, row.verdict, key=lambda v: v.rank)
            if row.reason is not None:
                reasons.add(self.explainer, content, row.reason, relation)
        return worst


def _worst_first(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    return tuple(sorted(reasons, key=lambda reason: _SEVERITY.index(reason.code)))
