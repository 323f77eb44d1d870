"""Letters about addresses: six languages, one link, one code, and nothing of the customer."""

import re
from email.message import EmailMessage
from pathlib import Path
from typing import get_args

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser
from sqlmodel import select
from structlog.testing import capture_logs

from mailguard.cases.addresses.answers import take_answer
from mailguard.cases.addresses.confirming import ask_confirmation
from mailguard.core.answer import Answer
from mailguard.core.errors import NextHopError
from mailguard.core.person import Role
from mailguard.core.settings import Settings
from mailguard.core.settings.types import Language
from mailguard.customers.bounces import bounces
from mailguard.customers.confirmations import Outcome
from mailguard.customers.importing import import_customers
from mailguard.notices.send import NoticeWorker
from mailguard.store.people import add_user
from mailguard.store.store import Store
from mailguard.store.tables.audit import AuditRow
from mailguard.store.tables.outbox import NoticeRow
from tests.conftest import TurnableClock
from tests.customers.conftest import HEADER
from tests.notices.outbox import parsed
from tests.notices.test_compose import body
from tests.notices.test_send import NextHop

COUNTRIES = {"FI": "fi", "SE": "sv", "PL": "pl", "NL": "nl", "DE": "de", "AT": "de", "GB": "en", "": "en"}
SAMPLE = {
    "customer_id": "C-77{n}1",
    "first_name": "Esmeralda",
    "last_name": "Vähäkangas",
    "former_names": "Rautiainen",
    "emails": "reader{n}@mail.example",
    "phone": "+358 40 765{n}321",
    "birth_date": "1971-03-0{n}",
    "street": "Kuusikkotie 1{n}",
    "postcode": "0053{n}",
    "city": "Kauniainen",
    "country": "{country}",
    "username": "evahakangas{n}",
    "tags": "protected",
    "email_confirmed": "no",
}


def settings(**notices: str) -> Settings:
    """A guard of operator.example."""
    return Settings(
        notices={"from_address": "guard@operator.example"} | notices,
        desk={"public_url": "https://desk.operator.example/"},
        report={"time_zone": "Europe/Helsinki"},
        register={"confirmation_days": 14},
    )


@pytest.fixture
def register(store: Store, tmp_path: Path) -> Store:
    """A customer in each country, with every field filled in."""
    rows = []
    for number, country in enumerate(COUNTRIES, 1):
        rows.append(",".join(value.format(n=number, country=country) for value in SAMPLE.values()))
    file = tmp_path / "customers.csv"
    file.write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
    import_customers(store.engine, file, {}, lambda done, total: None)
    return store


def ask(store: Store, number: int) -> int:
    """Ask the customer of that number."""
    return ask_confirmation(store, settings(), f"reader{number}@mail.example", f"C-77{number}1", "sofia")


def link_and_code(letter: EmailMessage) -> tuple[str, str]:
    """Out of the text, as its reader finds them."""
    text = body(letter, "plain")
    link, code = (
        re.search(r"/confirm/(\S+)$", text, re.MULTILINE),
        re.search(r"^    (\S{4}-\S{4})$", text, re.MULTILINE),
    )
    assert link
    assert code
    return link[1], code[1]


async def sent(store: Store, next_hop: NextHop, **notices: str) -> list[EmailMessage]:
    """What the worker sends now."""
    before = len(next_hop.taken)
    await NoticeWorker(store, next_hop, settings(**notices), store.clock).run_once()
    return [parsed(letter) for _, letter in next_hop.taken[before:]]


@pytest.fixture
def next_hop() -> NextHop:
    """A next hop that takes everything."""
    return NextHop()


@pytest.mark.parametrize(("number", "language"), list(enumerate(COUNTRIES.values(), 1)))
async def test_question_is_asked_in_the_language_of_the_customers_country(
    register: Store, next_hop: NextHop, number: int, language: str
) -> None:
    """One link, one code, who asks and until when; text and HTML, automatic, under the null reverse-path."""
    ask(register, number)
    (letter,) = await sent(register, next_hop)
    ((envelope, raw),) = next_hop.taken
    assert (envelope.reverse_path, envelope.recipients) == ("", (f"reader{number}@mail.example",))
    assert not letter.defects
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["From"].addresses[0].display_name == "operator.example"
    assert {part["Content-Language"] for part in letter.iter_parts()} == {language}
    text, html = body(letter, "plain"), body(letter, "html")
    link, code = link_and_code(letter)
    assert text.count("https://") == 1
    assert [a.attributes["href"] for a in HTMLParser(html).css("a")] == [
        f"https://desk.operator.example/confirm/{link}"
    ]
    assert code in HTMLParser(html).text()
    assert code not in link
    assert "operator.example" in text
    assert "2026" in text
    assert "{" not in text
    assert "mailguard" not in html.lower()


async def test_nothing_of_the_customer_is_in_the_letter(register: Store, next_hop: NextHop) -> None:
    """No field of any customer is in the bytes of a letter, raw or decoded, but the address that it goes to."""
    for number in range(1, len(COUNTRIES) + 1):
        ask(register, number)
    for letter, (envelope, raw) in zip(await sent(register, next_hop), next_hop.taken, strict=True):
        digit = envelope.recipients[0][6]
        read = raw.decode() + letter["Subject"] + body(letter, "plain") + body(letter, "html")
        fields = [value.format(n=digit, country="XX") for name, value in SAMPLE.items() if name != "country"]
        for value in [*fields, "Vahakangas", "V=C3=A4h", fields[5].replace(" ", ""), "1971"]:
            if value not in {"no", envelope.recipients[0]}:
                assert value.lower() not in read.lower(), value
        assert read.count(envelope.recipients[0]) == 1  # in To alone


@pytest.mark.parametrize("language", get_args(Language))
async def test_supervisors_read_numbers_only(
    register: Store, next_hop: NextHop, clock: TurnableClock, language: str
) -> None:
    """After "this is not me" each supervisor gets one letter: customer number, question, and the way to the desk."""
    for name, role in (("sofia", Role.SUPERVISOR), ("sven", Role.SUPERVISOR), ("olli", Role.OPS)):
        add_user(register, name, email=f"{name}@operator.example", role=role, password=None)
    question = ask(register, 1)
    (letter,) = await sent(register, next_hop, language=language)
    assert take_answer(register, *link_and_code(letter), yes=False) is Outcome.DISPUTED
    letters = await sent(register, next_hop, language=language)
    assert sorted(letter["To"] for letter in letters) == ["sofia@operator.example", "sven@operator.example"]
    for letter in letters:
        text, html = body(letter, "plain"), body(letter, "html")
        assert "C-7711" in text
        assert "C-7711" in letter["Subject"]
        assert [a.attributes["href"] for a in HTMLParser(html).css("a")] == ["https://desk.operator.example/cases"]
        assert not re.search("reader1|Esmeralda|Kuusikko|765", text + html)
        assert re.search(rf": +{question}$", text, re.MULTILINE)


async def test_neither_outbox_nor_logs_nor_audit_hold_link_or_code(register: Store, next_hop: NextHop) -> None:
    """Before and after sending, no row of the database and no line of the log holds either."""
    ask(register, 1)
    with capture_logs() as logs:
        (letter,) = await sent(register, next_hop)
    link, code = link_and_code(letter)
    with register.reading() as session:
        rows = str([row.model_dump() for row in session.exec(select(NoticeRow))])
        trail = str([row.model_dump() for row in session.exec(select(AuditRow))])
    folder = Path(str(register.engine.url.database)).parent
    kept = b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file() and file.suffix != ".key")
    for secret in (link, code, code.replace("-", "")):
        assert secret not in rows + trail + str(logs)
        assert secret.encode() not in kept
    assert "@" not in trail + str(logs)


async def test_a_letter_that_waits_is_the_same_letter(register: Store, next_hop: NextHop, clock: TurnableClock) -> None:
    """Tried again after the next hop was away: same Message-ID, same link and code."""
    ask(register, 1)
    next_hop.answer = Answer(451, ("4.3.0 later",))
    (first,) = await sent(register, next_hop)
    clock.turn(hours=2)
    next_hop.answer = Answer(250, ("2.0.0 fine",))
    (second,) = await sent(register, next_hop)
    assert first["Message-ID"] == second["Message-ID"]
    assert link_and_code(first) == link_and_code(second)


async def test_a_question_that_is_replaced_or_over_is_not_sent(
    register: Store, next_hop: NextHop, clock: TurnableClock
) -> None:
    """Only the open question's letter goes out, and none after its time."""
    ask(register, 1)
    ask(register, 1)
    assert len(await sent(register, next_hop)) == 1
    ask(register, 2)
    next_hop.answer = NextHopError("away")
    await sent(register, next_hop)
    clock.turn(days=15)
    next_hop.answer = Answer(250, ("2.0.0 fine",))
    assert await sent(register, next_hop) == []
    with register.reading() as session:
        answers = [row.last_answer for row in session.exec(select(NoticeRow))]
    assert answers.count("not sent: the question is open no longer") == 2


async def test_a_mailbox_that_is_not_there_is_noted(register: Store, next_hop: NextHop) -> None:
    """The next hop's 5.1.1 ends the letter and makes the address one that bounces; other refusals do not."""
    ask(register, 1)
    next_hop.answer = Answer(550, ("5.1.1 no such user",))
    await sent(register, next_hop)
    ask(register, 2)
    next_hop.answer = Answer(550, ("5.7.1 not from you",))
    await sent(register, next_hop)
    with register.reading() as session:
        assert [(bounce.address, bounce.by) for bounce in bounces(session)] == [("reader1@mail.example", "next hop")]
        (entry,) = session.exec(select(AuditRow).where(AuditRow.act == "address bounces"))
    assert entry.details == {"address": "reader1@mail.example"}
