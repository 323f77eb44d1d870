"""Identification beyond the cases: hostile letters, attachments, limits, and rules that cannot be used."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailguard.core.errors import RulesError
from mailguard.core.part import Letter, Part, PartRole
from mailguard.customers.register import Register
from mailguard.namesake.identify import MOST_CUSTOMERS, identify
from mailguard.namesake.patterns import IdentifierPatterns
from mailguard.namesake.relate import relate
from mailguard.store.migrations.upgrade import upgrade
from mailguard.store.store import make_engine
from tests.namesake.letters import letter

RULES = Path(__file__).parents[2] / "rules"
PATTERNS = IdentifierPatterns.load([RULES])
_ENGINE = make_engine("sqlite://")


@pytest.fixture(scope="module")
def empty() -> Register:
    """A register of nobody."""
    upgrade(_ENGINE)
    return Register(_ENGINE)


class ManyCustomers(Register):
    """A register in which every number is somebody's."""

    def by_ids(self, customer_ids):  # type: ignore[no-untyped-def]
        from mailguard.core.customer import Customer

        return tuple(Customer(number, "A", "B") for number in sorted(set(customer_ids)))


@given(st.text(max_size=400), st.text(max_size=60), st.text(max_size=60))
@settings(max_examples=150, deadline=None)
def test_no_letter_breaks_it(body: str, header: str, address: str) -> None:
    """Any text, header and recipient give an answer; with nobody on record, nobody is found."""
    upgrade(_ENGINE)
    register = Register(_ENGINE)
    found = identify(letter(body, customer_header=header), register, PATTERNS)
    assert found.customers == ()
    assert len(relate([address], found.customers, register, ["operator.example"])) == 1


def test_attachments_and_subject_count(empty: Register) -> None:
    """A number in a list that is attached, or in the subject, is in the letter; one in a header field is not."""
    parts = (
        Part("header.references", PartRole.HEADER, "customer number 5"),
        Part("subject", PartRole.SUBJECT, "Customer number 6"),
        Part("attachment.1:a.csv", PartRole.ATTACHMENT, "customer_id,name\n7,x\n8,y"),
    )
    found = identify(Letter("", "", (), parts), ManyCustomers(_ENGINE), PATTERNS)
    assert [about.customer.customer_id for about in found.customers] == ["6", "7", "8"]


def test_a_list_of_thousands_is_cut(empty: Register) -> None:
    """More customers than can be told apart are not: the letter is bulk."""
    text = "customer_id;name\n" + "\n".join(f"{number};x" for number in range(5000, 9000))
    found = identify(letter(text), ManyCustomers(_ENGINE), PATTERNS)
    assert len(found.customers) == MOST_CUSTOMERS


@pytest.mark.parametrize(
    "text",
    [
        "Customer number " * 20_000,
        "Aa " * 100_000,
        "1 " * 100_000,
        "12.12.2012 " * 20_000,
        "Hei " * 50_000,
        "a;b;c\n" * 50_000,
        "customer_id;" * 30_000,
    ],
)
def test_long_letters_are_answered(text: str, empty: Register) -> None:
    """Texts that make backtracking patterns stall are read like others."""
    assert identify(letter(text), empty, PATTERNS).customers == ()


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("labels: {customer_id: {xx: [on]}}", "(words)"),
        ("labels: {order_id: {xx: [ordernr]}}", "labels.order_id"),
        ("labels: []", "labels"),
        ("nonsense: 1", "nonsense"),
        ("examples: [{text: 'membership 12', customer_id: ['12']}]", "examples[0].customer_id"),
        ("examples: [5]", "examples[0]"),
        ("{", "(file)"),
    ],
)
def test_bad_rules_are_refused(text: str, key: str, tmp_path: Path) -> None:
    """A mistake in the operator's file names file and key."""
    (tmp_path / "identifiers.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(RulesError) as caught:
        IdentifierPatterns.load([RULES, tmp_path])
    assert caught.value.key == key
    assert caught.value.file == tmp_path / "identifiers.yaml"


def test_the_operators_labels_add_up(tmp_path: Path) -> None:
    """A label of one's own, with punctuation that has a meaning in patterns, and its example."""
    (tmp_path / "identifiers.yaml").write_text(
        "headers: [X-Account]\nlabels: {customer_id: {en: ['membership (no.)']}}\n"
        "examples: [{text: 'Membership (no.) 12', customer_id: ['12']}]\n",
        encoding="utf-8",
    )
    patterns = IdentifierPatterns.load([RULES, tmp_path])
    assert patterns.customer_ids("Kundnr 5") == ["5"]
    assert patterns.headers == ("X-Customer-Id", "X-Account")
