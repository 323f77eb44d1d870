"""The verdict on a letter: for every recipient the worst line of the policy table, with the reasons in words."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mailguard.core.finding import Finding
from mailguard.core.memory import RememberedPair
from mailguard.core.part import Letter
from mailguard.core.reason import PAIR_REASONS
from mailguard.core.relation import Relation, RelationKind
from mailguard.core.verdict import HeldPair, Judgement, Reason, ReasonCode, RecipientVerdict, Verdict
from mailguard.namesake.identify import Identification
from mailguard.policy.contents import (
    concerns,
    contents_of_findings,
    contents_of_letter,
    is_automatic,
    sensitive_contents,
)
from mailguard.policy.explaining import Explainer
from mailguard.policy.sentences import Sentences
from mailguard.policy.table import Content, PolicyTable, Row
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
        *,
        stale_register: bool = False,
        register_age_hours: float | None = None,
    ) -> Judgement:
        """Judge every recipient. `people` is how many data subjects the letter holds (`detect.people`).

        A recipient without any relation is held: nobody has looked at it. With a stale register, so is every sensitive
        letter to somebody outside; `register_age_hours` is told, where it is known.
        """
        people = max(people, len(identification.customers))
        contents = contents_of_findings(findings, people, self.table.bulk_outside, self.table.bulk_inside)
        contents |= contents_of_letter(letter, identification)
        contents |= sensitive_contents(letter, identification, relations, findings, stale_register=stale_register)
        judging = _Judging(
            self.table,
            Explainer(self.wording, letter, findings, identification, people, register_age_hours),
            [content for content in _CONTENTS if content in contents],
            is_automatic(letter),
        )
        by_recipient: dict[str, list[Relation]] = {}
        for relation in relations:
            by_recipient.setdefault(relation.recipient, []).append(relation)
        judged = [judging.judge(recipient, by_recipient.get(recipient, [])) for recipient in recipients]
        verdicts = tuple(verdict for verdict, _ in judged)
        reasons = dict.fromkeys(reason for verdict in verdicts for reason in verdict.reasons)
        return Judgement(
            verdict=max((verdict.verdict for verdict in verdicts), key=lambda v: v.rank, default=Verdict.HOLD),
            recipients=verdicts,
            customers=identification.customers,
            findings=tuple(findings),
            reasons=_worst_first(reasons),
            letter=letter,
            approvals=max((approvals for _, approvals in judged), default=1),
        )


@dataclass(frozen=True, slots=True)
class _Judging:
    """One letter being judged."""

    table: PolicyTable
    explainer: Explainer
    contents: Sequence[Content]
    automatic: bool

    def judge(self, recipient: str, relations: Sequence[Relation]) -> tuple[RecipientVerdict, int]:
        """The verdict, and how many approvals it takes."""
        worst, approvals, reasons = Verdict.PASS, 1, Sentences()
        pairs: list[HeldPair] = []
        shown: tuple[int, int] | None = None
        looked_at = list(relations) or [Relation(recipient, RelationKind.DISPUTED)]
        telling = looked_at[0]
        for relation in looked_at:
            rows = list(self._rows(relation))
            verdict = max((row.verdict for row in rows), key=lambda v: v.rank)
            worst = max(worst, verdict, key=lambda v: v.rank)
            approvals = max([approvals, *(row.approvals for row in rows)])
            for row in rows:
                if row.reason is not None:
                    reasons.add(self.explainer, row.content, row.reason, relation)
            pairs += _held_pair(relation, rows)
            rank = (verdict.rank, list(RelationKind).index(relation.kind))
            if shown is None or rank > shown:
                shown, telling = rank, relation
        said = _worst_first(reasons.gathered(self.explainer))
        if said and telling.kind is RelationKind.NO_CUSTOMER and telling.owner is not None:
            said = (self.explainer.name_owner(said[0], telling.owner), *said[1:])
        return RecipientVerdict(recipient, worst, telling, said, tuple(pairs)), approvals

    def _rows(self, relation: Relation) -> Iterator[Row]:
        """The line of each content, after what is remembered of the pair."""
        for content in self.contents:
            if not concerns(content, relation):
                continue
            row = self.table.decide(content, relation.kind, automatic=self.automatic)
            if content is Content.ANYTHING:
                row = _as_remembered(row, relation)
            yield row


def _as_remembered(row: Row, relation: Relation) -> Row:
    """What the address is to the customer, after a reviewer's decision on that.

    An approval lets through what this line would hold for the same reason; a rejection holds whatever the line says.
    Only the line on `anything` is that question: every other asks what the letter carries.
    """
    if relation.rejection is not None and row.verdict is Verdict.PASS:
        return replace(row, verdict=Verdict.HOLD, reason=_rejected_for(relation.rejection))
    if row.verdict is Verdict.HOLD and row.reason is not None and row.reason.value in relation.forgiven:
        return replace(row, verdict=Verdict.PASS, reason=None)
    return row


def _rejected_for(rejection: RememberedPair) -> ReasonCode:
    codes = [code for code in _SEVERITY if code in PAIR_REASONS and code.value in rejection.reasons]
    return codes[0] if codes else ReasonCode.UNRELATED


def _held_pair(relation: Relation, rows: Sequence[Row]) -> Iterator[HeldPair]:
    codes = dict.fromkeys(row.reason for row in rows if row.reason in PAIR_REASONS)
    if relation.about is not None and codes:
        yield HeldPair(relation.about.customer.customer_id, tuple(code for code in codes if code is not None))


def _worst_first(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    return tuple(sorted(reasons, key=lambda reason: _SEVERITY.index(reason.code)))
