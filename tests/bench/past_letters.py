"""`python -m tests.bench --only hold`: what the case page tells of other letters when there are a million cases."""

from collections.abc import Callable, Mapping
from functools import partial

from sqlalchemy import text

from mailguard.desk.case.earlier import EarlierLetters, letters_about, letters_of, letters_to
from mailguard.store.store import Store
from tests.bench.many_cases import ListTimes, measure

_MAILBOX = "everybody@partner.example"
_COPIES = f"""INSERT INTO recipients (case_id, position, address, verdict, relation, reasons, refused)
    SELECT id, 1, '{_MAILBOX}', 'pass', '{{"kind": "partner"}}', '[]', false
    FROM cases WHERE sha256 = 'made up' AND id LIKE 'MG-___1-%'"""
_LINES = """INSERT INTO journal (number, at, id, source, client, login, reverse_path, sender_canonical, message_id,
    subject_tag, size, fate, reasons, kinds, case_id, answer)
    SELECT row_number() OVER (ORDER BY received_at), received_at, id, '', '192.0.2.7', '', reverse_path, reverse_path,
    message_id, '', size, 'held', '[]', '[]', id, '250 held' FROM cases WHERE sha256 = 'made up'"""
_TO = """INSERT INTO journal_recipients (number, position, canonical, address, relation)
    SELECT j.number, r.position, r.address, r.address, 'namesake'
    FROM journal j JOIN recipients r ON r.case_id = j.case_id"""
_ABOUT = """INSERT INTO journal_customers (customer_id, number)
    SELECT CASE WHEN number % 50 = 0 THEN '1001' ELSE 'c' || (number / 20) END, number FROM journal"""


def make_journal(store: Store) -> None:
    """A line of the journal for every made-up case, a mailbox that gets a tenth of them, a customer in every 50th."""
    with store.recording() as connection:
        for statement in (_COPIES, _LINES, _TO, _ABOUT):
            connection.execute(text(statement))
    with store.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql("ANALYZE")


def measure_past(store: Store, count: int) -> dict[str, ListTimes]:
    """Sender, recipient and customer: a usual one each, and those with the most letters."""
    early = count // 20 * 10 + 5
    asked: Mapping[str, Callable[[], EarlierLetters]] = {
        "past, a sender": lambda: letters_of(store, "", f"seller{early % 400}@operator.example", None),
        "past, a reader": lambda: letters_to(store, "", f"reader{early * 7}@post.example", "1001", None),
        "past, a mailbox of a tenth": lambda: letters_to(store, "", _MAILBOX, "1001", None),
        "past, a customer": lambda: letters_about(store, "", f"c{early // 20}", None),
        "past, a customer of a fiftieth": lambda: letters_about(store, "", "1001", None),
    }
    return {name: measure(partial(_count, call)) for name, call in asked.items()}


def _count(call: Callable[[], EarlierLetters]) -> int:
    return call().count
