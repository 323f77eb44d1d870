"""The sentences for one recipient: one reason a code, however many customers the letter is about."""

from collections.abc import Iterator

from mailguard.core.phrase import Phrase
from mailguard.core.relation import Relation
from mailguard.core.verdict import Reason, ReasonCode
from mailguard.policy.explaining import Explainer
from mailguard.policy.table import Content

_MOST = 3
"""A supervisor reads three sentences of one kind; from there on a number says more."""


class Sentences:
    """Gathers what is said of one recipient."""

    def __init__(self) -> None:
        self._said: dict[ReasonCode, dict[Phrase, None]] = {}
        self._named: dict[ReasonCode, set[str]] = {}
        self._more: dict[ReasonCode, set[str]] = {}

    def add(self, explainer: Explainer, content: Content, code: ReasonCode, relation: Relation) -> None:
        """Say it, if it is new and not yet too much; else count the customer."""
        said = self._said.setdefault(code, {})
        named = self._named.setdefault(code, set())
        customer_id = relation.about.customer.customer_id if relation.about is not None else ""
        if len(said) < _MOST:
            said.setdefault(explainer.explain(content, code, relation))
            named.add(customer_id)
        elif customer_id and customer_id not in named:
            self._more.setdefault(code, set()).add(customer_id)

    def gathered(self, explainer: Explainer) -> Iterator[Reason]:
        """One reason a code: at most three sentences, and how many more customers there are."""
        for code, said in self._said.items():
            more = self._more.get(code)
            yield explainer.reason(code, [*said, *([explainer.count_more(len(more))] if more else [])])
