"""The company's own addresses are nobody's home; beside a given name alone an address fits every reader of the name."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailguard.core.relation import RelationKind
from mailguard.core.settings import StoreSettings
from mailguard.customers.importing import import_customers
from mailguard.customers.register import Register
from mailguard.namesake.identify import identify
from mailguard.namesake.own_places import own_places
from mailguard.namesake.patterns import IdentifierPatterns
from mailguard.namesake.relate import relate
from mailguard.store.store import open_store
from tests.namesake.letters import letter

RULES = Path(__file__).parents[2] / "rules"
CUSTOMERS = """\
customer_id,first_name,last_name,emails,phone,birth_date,street,postcode,city,country,email_confirmed
1,Antti,Saarenketo,antti.saarenketo@post.example,+358405550155,1990-08-08,Kauppakatu 16 B 3,45100,Kouvola,FI,yes
2,Antti,Hellanmaa,hellanmaa@post.example,,1970-01-01,Rantatie 1,90100,Oulu,FI,yes
3,Antti,Saarenketo,a.saarenketo@mail.example,,1955-05-05,Kivitie 2,70100,Kuopio,FI,yes
4,Antti,Saarenkero,saarenkero@mail.example,,1955-05-05,Kivitie 3,70100,Kuopio,FI,yes
5,Kaisa,Laaksonen,kaisa@mail.example,,1956-05-05,Kivitie 4,70100,Kuopio,FI,yes
"""
PARCEL = "Hei Antti!\nTilauksesi odottaa: Kauppakatu 16, 45100 Kouvola."
OWN = ["Kauppakatu 16, 45100 Kouvola"]


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Register]:
    """Antti lives above the shop; there are other men of his names."""
    folder = tmp_path_factory.mktemp("own")
    store = open_store(StoreSettings(database_url=f"sqlite:///{folder}/guard.db", key_file=folder / "guard.key"))
    (folder / "customers.csv").write_text(CUSTOMERS, encoding="utf-8")
    import_customers(store.engine, folder / "customers.csv", {}, lambda done, total: None)
    yield Register(store.engine)
    store.close()


def _about(text: str, register: Register, own: list[str]) -> list[str]:
    found = identify(letter(text), register, IdentifierPatterns.load([RULES], own))
    return [about.customer.customer_id for about in found.customers]


def test_a_shop_identifies_nobody(register: Register) -> None:
    """The same letter is about Antti until the operator says that the address is its own."""
    assert _about(PARCEL, register, []) == ["1"]
    assert _about(PARCEL, register, OWN) == []
    assert _about(PARCEL.replace(", 45100", ""), register, OWN) == []


def test_not_even_with_a_full_name(register: Register) -> None:
    """Antti Saarenketo of another town collects a parcel: street and postcode of the shop speak for nobody."""
    text = "Hei Antti Saarenketo!\nNouda paketti: Kauppakatu 16, 45100 Kouvola."
    assert _about(text, register, []) == ["1"]
    assert _about(text, register, OWN) == []


def test_the_street_of_the_same_name_elsewhere_is_a_home(register: Register) -> None:
    """Of an own address with another town, only that one is ours."""
    assert _about(PARCEL, register, ["Kauppakatu 16, 33100 Tampere"]) == ["1"]
    assert _about(PARCEL, register, ["Kauppakatu 16"]) == []


def test_addresses_without_a_house_number_are_passed_over() -> None:
    """They would be every house of the street."""
    assert own_places(["Kauppakatu, Kouvola", "", ","]) == ()


@pytest.mark.parametrize(
    ("recipient", "kind"),
    [
        ("antti.saarenketo@post.example", RelationKind.ON_RECORD),
        ("hellanmaa@post.example", RelationKind.NO_CUSTOMER),
        ("antti.k.hellanmaa@firm.example", RelationKind.NO_CUSTOMER),
        ("a.saarenketo@mail.example", RelationKind.NAMESAKE),
        ("saarenkero@mail.example", RelationKind.NAMESAKE),
        ("kaisa@mail.example", RelationKind.OTHER_CUSTOMER),
        ("anti.saarenketo@post.example", RelationKind.LOOKALIKE),
        ("sunny77@else.example", RelationKind.UNRELATED),
    ],
)
def test_a_given_name_fits_its_other_bearers(register: Register, recipient: str, kind: RelationKind) -> None:
    """Another Antti may get the letter; a namesake, a near namesake, anybody else and a stranger may not."""
    found = identify(letter(PARCEL), register, IdentifierPatterns.load([RULES]))
    assert [about.by_given_name for about in found.customers] == [True]
    assert [relation.kind for relation in relate([recipient], found.customers, register, [])] == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "Hei Saarenketo!\nKauppakatu 16, 45100 Kouvola",
        "Hei Antti!\nNumerosi 040 5550155 on auki.",
        "Hei Antti!\nNimesi Saarenketo, Kauppakatu 16, 45100 Kouvola",
    ],
)
def test_more_than_a_given_name_fits_nobody_else(register: Register, text: str) -> None:
    """With a last name, or a telephone number, the letter is about one man only."""
    found = identify(letter(text), register, IdentifierPatterns.load([RULES]))
    kinds = [relation.kind for relation in relate(["hellanmaa@post.example"], found.customers, register, [])]
    assert kinds == [RelationKind.OTHER_CUSTOMER]
