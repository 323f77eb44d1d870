"""A small register for the desk's tests, with one risk of each kind, and what is remembered of its addresses."""

from datetime import date
from pathlib import Path

from mailguard.customers.audit_runs import begin_run, carry_out
from mailguard.customers.confirmations import answer, ask
from mailguard.customers.disputes import dispute
from mailguard.customers.importing import import_customers
from mailguard.customers.pairs import remember
from mailguard.customers.tables.memory import DisputeRow, PairRow
from mailguard.namesake.vocabulary import Vocabulary
from mailguard.store.store import Store
from tests.desk.held import NAMESAKE

HEADER = "customer_id,first_name,last_name,emails,email_confirmed,birth_date,street,postcode,city"
ROWS = (
    "1001,Mikko,Virtanen,virtanen.mikko@post.example;mikko@home.example,yes,1961-04-02,Kuja 1,02100,Espoo",
    f"2044,Mikko,Virtanen,{NAMESAKE},no,1988-11-30,Tie 2,33100,Tampere",
    "2045,Mikko,Virtanen,mikko.virtanen@gmail.com,no,1990-01-05,Tie 3,33200,Turku",
    "2046,Miko,Virtanen,mikko.v1rtanen@gmail.com,yes,1970-01-05,Tie 4,33300,Oulu",
    "3001,Ina,Dahl,ina@gmial.com,yes,1955-01-01,Tie 5,33400,Vaasa",
    "3002,Kim,Lund,=cmd@lund.example,yes,1955-01-01,Tie 6,33500,Kotka",
    "3003,Tom,Berg,=cmd@lund.example,yes,1955-01-01,Tie 7,33600,Rauma",
    "3004,Jan,Ek,jan@host.local,yes,1955-01-01,Tie 8,33700,Lahti",
)


def bring_in(store: Store, folder: Path, *rows: str) -> None:
    """Import these customers, or the usual ones."""
    file = folder / "customers.csv"
    file.write_text("\n".join((HEADER, *(rows or ROWS), "")), encoding="utf-8")
    import_customers(store.engine, file, {}, lambda done, total: None)


def audit(store: Store, by: str = "sofia") -> None:
    """A whole run of the register audit."""
    run_id = begin_run(store.engine, by, store.clock())
    assert run_id is not None
    carry_out(store.engine, run_id, Vocabulary(), store.clock)


def put_pair(
    store: Store, address: str, customer_id: str, *, approved: bool = True, case_id: str | None = None, by: str = "adam"
) -> None:
    """A remembered decision, an approval until the end of 2027."""
    until = date(2027, 12, 31) if approved else None
    with store.writing() as session:
        remember(session, address, customer_id, approved, ["unrelated"], until, case_id, by, store.clock())


def put_dispute(store: Store, address: str, customer_id: str | None) -> None:
    """Somebody has said: this is not me."""
    with store.writing() as session:
        dispute(session, address, customer_id, "command line", store.clock())


def put_question(store: Store, address: str, customer_id: str, *, yes: bool | None = None) -> None:
    """A question to an address, answered or open."""
    with store.writing() as session:
        now = store.clock()
        question = ask(session, address, customer_id, "sofia", now, 14, key=b"k" * 32, language="fi")
        if yes is not None:
            answer(session, question.link.reveal(), question.code.reveal(), yes, now)


def is_revoked(store: Store, row: type[PairRow] | type[DisputeRow], number: int) -> bool:
    """Whether the entry of that number has been taken back."""
    with store.reading() as session:
        found = session.get(row, number)
        assert isinstance(found, PairRow | DisputeRow)
        return found.revoked_at is not None
