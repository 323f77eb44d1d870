"""A protected customer's home in a letter that does not name her."""

from pathlib import Path

import pytest

from mailguard.core.relation import RelationKind
from mailguard.customers.importing import import_customers
from mailguard.customers.register import Register
from mailguard.namesake.identify import identify
from mailguard.namesake.patterns import IdentifierPatterns
from mailguard.namesake.relate import relate
from mailguard.store.store import Store
from tests.namesake.letters import letter

PATTERNS = IdentifierPatterns.load([Path(__file__).parents[2] / "rules"])
ROWS = """\
customer_id,first_name,last_name,emails,street,postcode,city,tags,email_confirmed
410077,Sirkka,Turvala,sirkka@post.example,Piilopolku 2 A 4,40100,Jyväskylä,protected,yes
410078,Reino,Naapuri,reino@post.example,Piilopolku 2 A 5,40100,Jyväskylä,,yes
410079,Outi,Muualla,outi@post.example,Piilopolku 2,33100,Tampere,vip,yes
"""


@pytest.fixture
def register(any_store: Store, tmp_path: Path) -> Register:
    """A protected customer, her neighbour, and somebody in a street of that name elsewhere."""
    file = tmp_path / "customers.csv"
    file.write_text(ROWS, encoding="utf-8")
    assert import_customers(any_store.engine, file, {}, lambda done, total: None).bad_rows == []
    return Register(any_store.engine)


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("Viekää paketti osoitteeseen Piilopolku 2 A 4, 40100 Jyväskylä.", ["410077"]),
        ("The parcel goes to Piilopolku 2, 40100 Jyväskylä.", ["410077"]),
        ("PIILOPOLKU 2\n40100 JYVÄSKYLÄ", ["410077"]),
        ("Customer number 410079. See Piilopolku 2 A 4, 40100 Jyväskylä.", ["410079", "410077"]),
        ("Someone lives at Piilopolku 2 A 5, 40100 Jyväskylä.", []),
        ("Piilopolku 2, 33100 Tampere", []),
        ("Piilopolku 12, 40100 Jyväskylä", []),
        ("Asiakasnumero 410078, Piilopolku 2, 40100 Jyväskylä", ["410078"]),
        ("Reino Naapuri, Piilopolku 2 A 5, 40100 Jyväskylä", ["410078"]),
    ],
)
def test_her_home_makes_the_letter_about_her(register: Register, text: str, about: list[str]) -> None:
    """Also without her name and number; a neighbour's own address and the same street elsewhere do not."""
    found = identify(letter(text), register, PATTERNS)
    assert [one.customer.customer_id for one in found.customers] == about


def test_her_own_mail_passes(register: Register) -> None:
    """She may read where she lives; for the courier it is nothing."""
    found = identify(letter("Piilopolku 2 A 4, 40100 Jyväskylä"), register, PATTERNS)
    relations = relate(["sirkka@post.example", "courier@else.example"], found.customers, register, [])
    assert [relation.kind for relation in relations] == [RelationKind.ON_RECORD, RelationKind.UNRELATED]
