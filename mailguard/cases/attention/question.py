"""What a reviewer is asked before an approval: something that only the record beside the recipient answers.

The answer is no secret, and hiding it would hide the evidence: it stands in the comparison, in the row of the customer
on record, next to the row of whoever would get the letter. That is what makes the reviewer look there. Who takes the
recipient for the customer gives the recipient's answer, which is wrong; who ticks without looking has none. The form
that asks names no number and no town.
"""

import hmac
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Any

from mailguard.core.reason import ReasonCode

ASKED_FOR = frozenset({ReasonCode.NAMESAKE.value, ReasonCode.CREDENTIAL.value, ReasonCode.ONE_TIME_CODE.value})
"""Reasons for which it is asked: the wrong person, or a key in the wrong hands."""
MOST_OPTIONS = 5
_CHARACTERS = 4
_BLANKS = re.compile(r"\s+")


class QuestionKind(StrEnum):
    """How it is asked."""

    CUSTOMER_NUMBER = "customer_number"
    """Type the last characters of the customer's number."""
    CUSTOMER = "customer"
    """Pick the customer among namesakes, by town and year of birth."""


@dataclass(frozen=True, slots=True)
class Option:
    """A customer on record, as one of several to choose from."""

    customer_id: str
    city: str
    birth_year: int | None

    @property
    def label(self) -> tuple[str, int | None]:
        """What the reviewer tells them apart by."""
        return _folded(self.city), self.birth_year


@dataclass(frozen=True, slots=True)
class Question:
    """One question. Whatever its kind, the whole customer number is a right answer too: a script has that."""

    kind: QuestionKind
    characters: int
    """How many of the number's last ones are asked: four, or more where those of another customer end alike."""
    options: tuple[Option, ...]
    right: str = field(repr=False)

    def is_right(self, answer: str) -> bool:
        """Whether the answer is right. Takes equally long for every wrong one of a length."""
        given, whole = _folded(answer).encode(errors="replace"), _folded(self.right).encode(errors="replace")
        tail = _folded(self.right)[-self.characters :].encode(errors="replace")
        # Both are compared, whatever the first says.
        return bool(given) & (hmac.compare_digest(given, whole) | hmac.compare_digest(given, tail))


def choose_question(
    reasons: Collection[str],
    relations: Sequence[Mapping[str, Any]],
    namesakes: Sequence[Option] = (),
    *,
    turn: str = "",
) -> Question | None:
    """The question for a case; None where nothing is asked: another reason, or no customer on record to look at.

    `relations` are the recipients' as the case keeps them (`cases.describe.describe_relation`), `namesakes` others on
    record of the customer's very name. `turn` shuffles the options; the same turn gives the same order on every node.
    """
    about = next((about for relation in relations if (about := relation.get("about")) and _folded(about["id"])), None)
    if about is None or not ASKED_FOR & set(reasons):
        return None
    customer = _option(about)
    rivals = [
        rival for rival in (*_owners(relations), *namesakes) if _folded(rival.customer_id) != _folded(about["id"])
    ]
    twins = any(relation["kind"] == "namesake" and relation.get("owner") for relation in relations) or bool(namesakes)
    others = {rival.label: rival for rival in reversed(rivals) if any(rival.label)}
    others.pop(customer.label, None)
    if twins and others and any(customer.label):
        chosen = [customer, *reversed(others.values())][:MOST_OPTIONS]
        options = tuple(
            sorted(chosen, key=lambda one: sha256(f"{turn}\0{one.customer_id}".encode(errors="replace")).digest())
        )
        return Question(QuestionKind.CUSTOMER, _characters(about["id"], rivals), options, about["id"])
    return Question(QuestionKind.CUSTOMER_NUMBER, _characters(about["id"], rivals), (), about["id"])


def _owners(relations: Sequence[Mapping[str, Any]]) -> Iterator[Option]:
    for relation in relations:
        for customer in (relation.get("owner"), relation.get("about")):
            if customer and _folded(customer["id"]):
                yield _option(customer)


def _option(customer: Mapping[str, Any]) -> Option:
    return Option(str(customer["id"]), str(customer.get("city") or ""), customer.get("birth_year"))


def _characters(number: str, rivals: Sequence[Option]) -> int:
    whole, others = _folded(number), [_folded(rival.customer_id) for rival in rivals]
    count = _CHARACTERS
    while count < len(whole) and any(other.endswith(whole[-count:]) for other in others):
        count += 1
    return min(count, len(whole))


def _folded(text: str) -> str:
    return _BLANKS.sub("", unicodedata.normalize("NFKC", text).casefold())
