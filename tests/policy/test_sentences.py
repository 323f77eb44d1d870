"""Letters about many customers, and letters that name nobody: what the reviewer reads."""

from pathlib import Path

import pytest

from mailguard.core.customer import Customer
from mailguard.core.finding import FindingKind
from mailguard.core.relation import Identified, Relation, RelationKind
from mailguard.core.verdict import Judgement, ReasonCode
from mailguard.namesake.identify import Identification
from mailguard.policy.policy import Policy
from tests.policy.letters import MATTI, finding, letter

RULES = Path(__file__).parents[2] / "rules"
LANGUAGES = ["en", "fi", "sv", "pl", "nl", "de"]
PARTNER = "list@partner.example"


def about_many(count: int, policy: Policy, kind: RelationKind = RelationKind.UNRELATED) -> Judgement:
    """A letter with a password and a national id, about so many customers, to one partner."""
    customers = tuple(
        Identified(Customer(str(number), "Anna", f"Person{number}"), ("customer_id_label",)) for number in range(count)
    )
    relations = [Relation(PARTNER, kind, about) for about in customers]
    findings = [finding(FindingKind.PASSWORD), finding(FindingKind.NATIONAL_ID)]
    return policy.decide(letter(), [PARTNER], Identification(customers), relations, findings, count)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("count", [4, 16, 100])
def test_sixteen_customers_are_one_reason_a_code(language: str, count: int) -> None:
    """Each code stands once, names three customers, and says how many more there are; all customers are kept."""
    judged = about_many(count, Policy.load([RULES], language))
    codes = [reason.code for reason in judged.recipients[0].reasons]
    assert len(codes) == len(set(codes))
    assert {ReasonCode.UNRELATED, ReasonCode.PERSONAL_DATA, ReasonCode.CREDENTIAL} <= set(codes)
    text = next(reason.text for reason in judged.reasons if reason.code is ReasonCode.UNRELATED)
    assert [f"Person{number}" in text for number in range(4)] == [True, True, True, False]
    assert str(count - 3) in text or count == 4
    assert "{" not in text
    assert len(judged.customers) == count


def test_three_customers_need_no_number() -> None:
    """Up to three customers are all named."""
    judged = about_many(3, Policy.load([RULES]))
    assert not any("more customer" in reason.text for reason in judged.reasons)


def test_one_sentence_for_all_is_not_counted() -> None:
    """That the letter holds a password is the same for every customer: said once, and nobody is counted."""
    judged = about_many(16, Policy.load([RULES]))
    text = next(reason.text for reason in judged.reasons if reason.code is ReasonCode.CREDENTIAL)
    assert text == "The letter contains a password (in the body)."


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_held_letter_about_nobody_says_whose_the_address_is(language: str) -> None:
    """A password to a customer's address, in a letter that names nobody: the reviewer is told who reads it."""
    policy = Policy.load([RULES], language)
    relation = Relation("matti@virtanen.example", RelationKind.NO_CUSTOMER, owner=MATTI)
    found = [finding(FindingKind.PASSWORD), finding(FindingKind.NATIONAL_ID)]
    judged = policy.decide(letter(), [relation.recipient], Identification(()), [relation], found, 0)
    texts = [reason.text for reason in judged.reasons]
    assert [("1001" in text, "Matti Virtanen, Espoo" in text) for text in texts] == [(True, True), (False, False)]


def test_a_letter_that_passes_says_nothing_about_the_owner() -> None:
    """Without a reason there is no sentence."""
    relation = Relation("matti@virtanen.example", RelationKind.NO_CUSTOMER, owner=MATTI)
    judged = Policy.load([RULES]).decide(letter(), [relation.recipient], Identification(()), [relation], [], 0)
    assert judged.reasons == ()
