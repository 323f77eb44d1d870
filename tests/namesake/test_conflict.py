"""Two numbers of different customers, and a greeting that fits nobody of the record: held, and both are named."""

from collections.abc import Iterator

import pytest

from mailguard.app.wiring import Guard, open_guard
from mailguard.core.envelope import Envelope
from mailguard.core.settings import Settings, StoreSettings
from mailguard.core.verdict import Judgement, Verdict
from mailguard.customers.importing import import_customers
from tests.support.letters import write_letter

CUSTOMERS = """\
customer_id,first_name,last_name,former_names,emails,street,postcode,city,country,email_confirmed
1001,Matti,Virtanen,,matti.virtanen@post.example,Koivukuja 3,02100,Espoo,FI,yes
1002,Liisa,Virtanen,Korhonen,liisa.virtanen@post.example,Koivukuja 3,02100,Espoo,FI,yes
2044,Matti,Virtanen,,m.virtanen@mail.example,Satamakatu 12,33200,Tampere,FI,yes
3001,Anna Karin,Laaksonen,,kaisa@post.example,Kivitie 1,90100,Oulu,FI,yes
"""
MATTI = "matti.virtanen@post.example"


@pytest.fixture(scope="module")
def guard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guard]:
    """A guard with four customers."""
    folder = tmp_path_factory.mktemp("conflict")
    store = StoreSettings(database_url=f"sqlite:///{folder}/guard.db", key_file=folder / "guard.key")
    (folder / "customers.csv").write_text(CUSTOMERS, encoding="utf-8")
    with open_guard(Settings(store=store), prove=False) as opened:
        import_customers(opened.store.engine, folder / "customers.csv", {}, lambda done, total: None)
        yield opened


def _judged(guard: Guard, text: str, recipient: str) -> Judgement:
    return guard.judge.judge(Envelope("a@operator.example", (recipient,)), write_letter(text, to=recipient))


def _says(judgement: Judgement) -> str:
    return " ".join(reason.text for reason in judgement.reasons)


@pytest.mark.parametrize(
    "text",
    [
        "Hei Matti Virtanen,\nasiakasnumerosi on 1001 ja 3001.",
        "Asiakasnumero: 1001\nVastaanotettu. Asiakasnumero: 3001",
        "asiakasnumero;nimi\n1001;Virtanen\n3001;Laaksonen\n",
    ],
)
def test_two_numbers(guard: Guard, text: str) -> None:
    """To the one of them it is held for the other, and the reason names the two."""
    judgement = _judged(guard, text, MATTI)
    assert judgement.verdict is Verdict.HOLD
    assert "3001, Anna Karin Laaksonen" in _says(judgement)
    assert "1001, Matti Virtanen" in _says(judgement)


def test_two_numbers_of_namesakes(guard: Guard) -> None:
    """Two men of one name: both numbers are told, and how many bear the name."""
    judgement = _judged(guard, "Asiakasnumero: 1001\nUusi sopimus, asiakasnumero 2044", MATTI)
    assert judgement.verdict is Verdict.HOLD
    assert "2044, Matti Virtanen, Tampere" in _says(judgement)
    assert "1001, Matti Virtanen, Espoo" in _says(judgement)


@pytest.mark.parametrize("recipient", [MATTI, "kaisa@post.example", "else@where.example"])
@pytest.mark.parametrize("greeting", ["Hei Sirpa Laaksonen,", "Till Sirpa Laaksonen\n", "Do: Sirpa Laaksonen\n"])
def test_a_greeting_that_fits_nobody(guard: Guard, greeting: str, recipient: str) -> None:
    """Whoever reads it, the letter is held, and both the greeted and the numbered customer are named."""
    judgement = _judged(guard, f"{greeting}\nasiakasnumerosi on 1001.", recipient)
    assert judgement.verdict is Verdict.HOLD
    assert "identity_conflict" in [reason.code for reason in judgement.reasons]
    assert "Sirpa Laaksonen" in _says(judgement)
    assert "1001, Matti Virtanen" in _says(judgement)


@pytest.mark.parametrize(
    "text",
    [
        "Hei Matti Virtanen,\nasiakasnumerosi on 1001.",
        "Hei Masa Virtanen,\nasiakasnumerosi on 1001.",
        "Hei Liisa Virtanen,\nasiakasnumero on 1001.",
        "Hei Liisa Korhonen,\nasiakasnumero on 1002.",
        "Hyvä asiakas,\nasiakasnumerosi on 1001.",
        "Hei, Tilauksenne lähtee tänään. Asiakasnumero 1001.",
        "Do: wszystkich klientów\nAsiakasnumero 1001.",
    ],
)
def test_greetings_that_fit(guard: Guard, text: str) -> None:
    """Current name, nickname, household, former name, nobody, and a first sentence are no contradiction."""
    assert _judged(guard, text, MATTI).verdict is Verdict.PASS


def test_two_given_names_are_one_person(guard: Guard) -> None:
    """A greeting by both given names is no full name of somebody else."""
    assert _judged(guard, "Hei Anna Karin,\nasiakasnumerosi on 3001.", "kaisa@post.example").verdict is Verdict.PASS
