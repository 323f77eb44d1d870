"""Asks the policy table about a message, by its features alone: live, and in a replay under another table."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from mailguard.core.features import Features, RelationFeatures
from mailguard.core.reason import PAIR_REASONS, ReasonCode
from mailguard.core.verdict import Verdict
from mailguard.policy.contents import concerns, contents_of
from mailguard.policy.severity import SEVERITY
from mailguard.policy.table import Content, PolicyTable, Row

_CONTENTS = tuple(Content)


@dataclass(frozen=True, slots=True)
class Decided:
    """What the table says of a message, without words."""

    verdict: Verdict
    reasons: tuple[ReasonCode, ...] = ()
    """Worst first."""
    approvals: int = 1


class Asking:
    """One message and one table."""

    def __init__(self, table: PolicyTable, features: Features) -> None:
        self._table = table
        self._features = features
        contents = contents_of(features, table.bulk_outside, table.bulk_inside)
        self._contents = sorted(contents, key=_CONTENTS.index)
        self._rows: dict[RelationFeatures, tuple[Row, ...]] = {}

    def rows(self, relation: RelationFeatures) -> tuple[Row, ...]:
        """The line of each content for that relation, after what is remembered of the pair."""
        rows = self._rows.get(relation)
        if rows is None:
            rows = self._rows[relation] = tuple(self._ask(relation))
        return rows

    def decide(self) -> Decided:
        """The verdict on the whole message."""
        relations = [relation for _, relations in self._features.recipients for relation in relations]
        if not relations:
            return Decided(Verdict.HOLD)
        rows = [row for relation in relations for row in self.rows(relation)]
        reasons = {row.reason for row in rows}
        return Decided(
            max((row.verdict for row in rows), key=lambda verdict: verdict.rank),
            tuple(code for code in SEVERITY if code in reasons),
            max(row.approvals for row in rows),
        )

    def _ask(self, relation: RelationFeatures) -> Iterator[Row]:
        for content in self._contents:
            if concerns(content, relation):
                row = self._table.decide(content, relation.kind, automatic=self._features.automatic)
                yield _as_remembered(row, relation) if content is Content.ANYTHING else row


def _as_remembered(row: Row, relation: RelationFeatures) -> Row:
    """What the address is to the customer, after a reviewer's decision on that.

    An approval lets through what this line would hold for the same reason; a rejection holds whatever the line says.
    Only the line on `anything` is that question: every other asks what the letter carries.
    """
    if relation.rejected is not None and row.verdict is Verdict.PASS:
        return replace(row, verdict=Verdict.HOLD, reason=_rejected_for(relation.rejected))
    if row.verdict is Verdict.HOLD and row.reason is not None and row.reason.value in relation.forgiven:
        return replace(row, verdict=Verdict.PASS, reason=None)
    return row


def _rejected_for(reasons: tuple[str, ...]) -> ReasonCode:
    codes = [code for code in SEVERITY if code in PAIR_REASONS and code.value in reasons]
    return codes[0] if codes else ReasonCode.UNRELATED
