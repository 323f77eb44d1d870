"""The same identification on a real PostgreSQL: every anchor asks the database a question of its own."""

from pathlib import Path

import pytest

from mailguard.app.demo.sample_customers import write_customers
from mailguard.app.wiring import load_rules
from mailguard.core.envelope import Envelope
from mailguard.core.settings import Settings, StoreSettings
from mailguard.customers.importing import import_customers
from mailguard.customers.register import Register
from mailguard.message.read import read_letter
from mailguard.namesake.identify import identify
from mailguard.namesake.relate import relate
from mailguard.store.store import open_store
from tests.support.letters import write_letter

NAMESAKE = "m.virtanen@mail.example"


@pytest.fixture(scope="module")
def register(postgres: object, tmp_path_factory: pytest.TempPathFactory) -> Register:
    """The demo's customers on PostgreSQL."""
    folder = tmp_path_factory.mktemp("register")
    url = postgres.new_database()  # type: ignore[attr-defined]
    store = open_store(StoreSettings(database_url=url, key_file=folder / "guard.key"))
    write_customers(Path(folder, "customers.csv"))
    import_customers(store.engine, Path(folder, "customers.csv"), {}, lambda done, total: None)
    return Register(store.engine)


@pytest.mark.parametrize(
    "text",
    [
        "Hei Matti Virtanen,\nAsiakasnumero: 1001\n",
        "Käyttäjätunnus: mvirtanen74\n",
        "Matti Virtanen, synt. 2.5.1974\n",
        "Matti Virtanen, Koivukuja 3 A 4, 02100 Espoo\n",
        "Hei Matti!\nToimitus osoitteeseen Koivukuja 3 A 4, 02100 Espoo.\n",
        "Matti Virtasen liittymä, Koivukuja 3 A 4, 02100 Espoo\n",
        "Hei Matti Virtanen, numerosi 040 5550142 on nyt auki.\n",
        "Hei Matti, kirjaudu tunnuksella mvirtanen74.\n",
    ],
)
def test_every_anchor_finds_the_customer_and_the_namesake(register: Register, text: str) -> None:
    """The customer is 1001, and the recipient is the other Matti Virtanen."""
    letter = read_letter(write_letter(text, to=NAMESAKE))
    with register.at_once() as asked:
        found = identify(letter, asked, load_rules(Settings(), prove=False).patterns)
        (relation,) = relate(Envelope("", (NAMESAKE,)).recipients, found.customers, asked, ())
    assert [identified.customer.customer_id for identified in found.customers] == ["1001"]
    assert relation.kind == "namesake"
