"""Identification beyond the cases: hostile letters, attachments, limits, and rules that cannot be used."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailguard.core.customer import Customer
from mailguard.core.errors import RulesError
from mailguard.core.part import Letter, Part, PartRole
from mailguard.core.relation import RelationKind
from mailguard.core.settings import StoreSettings
from mailguard.customers.importing import import_customers
from mailguard.customers.register import Register
from mailguard.customers.wanted import Wanted
from mailguard.namesake.identify import MOST_CUSTOMERS, identify
from mailguard.namesake.octets import Text
from mailguard.namesake.patterns import IdentifierPatterns
from mailguard.namesake.relate import relate
from mailguard.store.database.engine import make_engine
from mailguard.store.migrations.upgrade import upgrade
from mailguard.store.store import open_store
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

    def seek(self, wanted: Wanted) -> tuple[Customer, ...]:
        return tuple(Customer(number, "A", "B") for number in sorted(wanted.ids))


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
        Part("attachment.1", PartRole.ATTACHMENT, "customer_id,name\n7,x\n8,y"),
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
    assert patterns.customer_ids(Text.from_string("Kundnr 5")) == ["5"]
    assert patterns.headers == ("X-Customer-Id", "X-Account")


NAMESAKES = """\
customer_id,first_name,last_name,former_names,emails,phone,birth_date,street,postcode,city,country,username,tags,email_confirmed
1001,Matti,Virtanen,,matti.virtanen@post.example,,1974-05-02,Koivukuja 3,02100,Espoo,FI,mvirtanen74,,yes
2044,Matti,Virtanen,,m.virtanen@mail.example,,1988-11-23,Satamakatu 12,33200,Tampere,FI,virtanenm,,yes
2045,Matti,Virtanen,,matti.junior@mail.example,,2006-01-09,Satamakatu 12,33200,Tampere,FI,,,yes
3001,Kaisa,Laaksonen,,kaisa@post.example,,1990-01-31,Kivitie 1,90100,Oulu,FI,,,yes
"""
ESPOO = "Matti Virtanen\nKoivukuja 3\n02100 Espoo\n"
TAMPERE = "Matti Virtanen\nSatamakatu 12\n33200 Tampere\n"
OULU = "Kaisa Laaksonen\nKivitie 1\n90100 Oulu\n"
WRONG_READER = "m.virtanen@mail.example"


@pytest.fixture(scope="module")
def namesakes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Register]:
    """Two men of one name in two towns, and the son of one of them, of the same name too."""
    folder = tmp_path_factory.mktemp("namesakes")
    store = open_store(StoreSettings(database_url=f"sqlite:///{folder}/guard.db", key_file=folder / "guard.key"))
    (folder / "customers.csv").write_text(NAMESAKES, encoding="utf-8")
    import_customers(store.engine, folder / "customers.csv", {}, lambda done, total: None)
    yield Register(store.engine)
    store.close()


@pytest.mark.parametrize(
    "text",
    [
        f"Dear Matti Virtanen,\n\n{ESPOO}",
        "Matti Virtanen, born 2.5.1974",
        "Order 1001 of Matti Virtanen",
        "Customer number: 1001",
        "User name: mvirtanen74",
    ],
)
def test_header_of_the_recipient_hides_nobody(namesakes: Register, text: str) -> None:
    """A sender who writes the wrong reader's own number into X-Customer-Id does not make the letter theirs."""
    found = identify(letter(text, customer_header="2044"), namesakes, PATTERNS)
    assert [about.customer.customer_id for about in found.customers] == ["2044", "1001"]
    kinds = {relation.kind for relation in relate([WRONG_READER], found.customers, namesakes, [])}
    assert kinds == {RelationKind.ON_RECORD, RelationKind.NAMESAKE}


def test_number_of_one_namesake_and_address_of_the_other(namesakes: Register) -> None:
    """The number says Tampere and the address says Espoo: the letter is about both, so it goes to neither unseen."""
    found = identify(letter(f"Customer number: 2044\n\n{ESPOO}"), namesakes, PATTERNS)
    assert [about.customer.customer_id for about in found.customers] == ["2044", "1001"]


@pytest.mark.parametrize("header", [None, "2044"])
def test_father_and_son_are_not_set_against_each_other(namesakes: Register, header: str | None) -> None:
    """With a number that says which of them, an address that fits both adds nobody."""
    text = TAMPERE if header else f"Customer number: 2044\n\n{TAMPERE}"
    found = identify(letter(text, customer_header=header), namesakes, PATTERNS)
    assert [about.customer.customer_id for about in found.customers] == ["2044"]


def test_somebody_else_in_a_numbered_letter_is_not_whom_it_is_about(namesakes: Register) -> None:
    """A delivery to another customer's address, in a letter with the number of its owner, stays the owner's letter."""
    found = identify(letter(f"Customer number: 2044\n\nDelivered to {OULU}"), namesakes, PATTERNS)
    assert [about.customer.customer_id for about in found.customers] == ["2044"]


def test_owner_of_the_address_in_a_letter_about_nobody(namesakes: Register) -> None:
    """A letter that names nobody has no customer, and yet the owner of the recipient's address is known."""
    relations = relate([WRONG_READER, "nobody@else.example"], (), namesakes, [])
    assert [relation.kind for relation in relations] == [RelationKind.NO_CUSTOMER] * 2
    assert [relation.owner and relation.owner.customer_id for relation in relations] == ["2044", None]


def test_father_and_son_are_one_letter_for_either(namesakes: Register) -> None:
    """Half a name and the address fit both: either of them may get the letter, the namesake elsewhere not."""
    found = identify(letter("Hei Matti!\nSatamakatu 12, 33200 Tampere"), namesakes, PATTERNS)
    assert {about.customer.customer_id for about in found.customers} == {"2044", "2045"}
    recipients = [WRONG_READER, "matti.junior@mail.example", "matti.virtanen@post.example"]
    kinds = [relation.kind for relation in relate(recipients, found.customers, namesakes, [])]
    assert kinds == [RelationKind.ON_RECORD, RelationKind.ON_RECORD, RelationKind.NAMESAKE]


@pytest.mark.parametrize(
    "text", ["0 1 " * 50_000, "+358 " * 40_000, "Aa 1, 12345 " * 20_000, "a1 " * 60_000, '"a' * 99_000]
)
def test_long_letters_of_numbers_are_answered(text: str, namesakes: Register) -> None:
    """Texts full of half addresses, telephone numbers and user names are read like others."""
    assert identify(letter(text), namesakes, PATTERNS).customers == ()
