"""`python -m tests.bench --only hold`: the lists of cases when there are a million of them."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

from sqlalchemy import text

from mailguard.cases.filtering import CaseFilter, Order
from mailguard.cases.listing import list_cases, list_wanted
from mailguard.core.case import CaseState
from mailguard.core.person import Person, Role
from mailguard.core.reason import ReasonCode
from mailguard.store.store import Store

_ROUNDS = 7
_OF_PARTNER = Person(0, "one", "one@operator.example", Role.SUPERVISOR, teams=frozenset({"partner"}))
_NAMES = "ahonen bergstrom vries jansen korhonen kruger lewandowska muller nowak oberg rautio schafer".split()
_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count) "
_CASES = """INSERT INTO cases (id, state, received_at, reverse_path, client_address, client_helo, smtputf8, body_8bit,
    automatic, dsn, header_from, subject, message_id, size, sha256, verdict, judgement, approvals_needed, customers,
    tries, severity, team, expires_at)
    {numbers} SELECT 'MG-' || substr(CAST(10000 + i / 10000 AS VARCHAR), 2) || '-' ||
    substr(CAST(10000 + i % 10000 AS VARCHAR), 2),
    CASE WHEN i % 100 < 2 THEN 'held' WHEN i % 10 = 3 THEN 'expired' ELSE 'rejected' END, {moment},
    'seller' || (i % 400) || '@operator.example', '192.0.2.7', 'app.example', false, true, false,
    '{{"mail": "", "recipients": {{}}}}', 'Customer service', 'Papers of your order ' || (i * 7),
    '<' || i || '@operator.example>', 55000, 'made up', 'hold', :judgement, 1, (i * 3) || ' ' || {name}, 0,
    i / 7 % 4, CASE WHEN i % 50 = 0 THEN 'partner' ELSE 'shop' END, {moment} FROM n"""
_RECIPIENTS = """INSERT INTO recipients (case_id, position, address, verdict, relation, reasons, refused)
    SELECT id, 0, 'reader' || substr(subject, 22) || '@post.example', 'hold', '{"kind": "namesake"}', '["namesake"]',
    false FROM cases WHERE sha256 = 'made up'"""
_WORDS = """INSERT INTO case_words (word, case_id)
    SELECT {word}, id FROM cases WHERE sha256 = 'made up' ORDER BY 1, 2"""
_FREQUENT = "operator example post papers of your order reason:credential rule:credential.pin".split()
_OWN = (
    "'seller' || substr(reverse_path, 7, instr(reverse_path, '@') - 7)",
    "'reader' || substr(subject, 22)",
    "substr(subject, 22)",
    "substr(customers, 1, instr(customers, ' ') - 1)",
    "substr(customers, instr(customers, ' ') + 1)",
)
"""Words of one case or of some, as SQL."""
_JUDGEMENT = (
    '{"customers": [{"id": "1001", "evidence": ["customer_id_label"]}], "findings": [{"rule": "credential.pin",'
    '"kind": "pin", "part": "body.1", "masked": "••••••", "start": 120, "end": 124}], "reasons": [{"code":'
    '"credential", "text": "The letter contains a PIN (in the body)."}]}'
)


@dataclass(frozen=True, slots=True)
class ListTimes:
    """Milliseconds of one list, wall and CPU of this process: medians."""

    wall_ms: float
    cpu_ms: float
    cases: int
    """On the page."""


def make_cases(store: Store, count: int) -> None:
    """Write made-up cases straight into the tables: 2 % held, 10 % expired, the others rejected; one a minute."""
    postgres = store.engine.dialect.name == "postgresql"
    moment = "datetime('2025-01-01', i || ' minutes') || '.000000'"
    if postgres:
        moment = "TIMESTAMPTZ '2025-01-01 00:00Z' + i * INTERVAL '1 minute'"
    names = " ".join(f"WHEN {number} THEN '{name}'" for number, name in enumerate(_NAMES))
    cases = _CASES.format(numbers=_NUMBERS, moment=moment, name=f"CASE i % {len(_NAMES)} {names} END")
    with store.recording() as connection:
        if postgres:
            cases = cases.replace(":judgement", "CAST(:judgement AS JSON)")
        connection.execute(text(cases), {"count": count, "judgement": _JUDGEMENT})
        connection.exec_driver_sql(_RECIPIENTS)
        for word in (*(f"'{word}'" for word in _FREQUENT), *_OWN):
            written = word if not postgres else word.replace("instr(", "strpos(")
            connection.exec_driver_sql(_WORDS.format(word=written))
    with store.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql("ANALYZE")


def measure_lists(store: Store, count: int) -> dict[str, ListTimes]:
    """The lists of desk and API."""
    held, decided = frozenset({CaseState.HELD}), frozenset({CaseState.REJECTED, CaseState.EXPIRED, CaseState.RELEASED})
    middle = f"MG-{count // 2 // 10000:04}-{count // 2 % 10000:04}"
    early = count // 20 * 10 + 5
    lists: Mapping[str, Callable[[], int]] = {
        "queue, what waits": lambda: _page(store, states=held),
        "queue, decided": lambda: _page(store, states=decided),
        "API, all": lambda: _page(store),
        "all, from the middle on": lambda: _page(store, after=middle),
        "search, a frequent name": lambda: _page(store, query="korhonen"),
        "search, a rare number": lambda: _page(store, query=f"order {early * 7}"),
        "search, decided, rare": lambda: _page(store, states=decided, query=f"order {early * 7}"),
        "search, held, rare": lambda: _page(store, states=held, query="order 1407"),
        "search, a reader's address": lambda: _page(store, query=f"reader{early * 7}@post.example"),
        "search, a sender's address": lambda: _page(store, query=f"seller{early % 400}@operator.example"),
        "search, a case id": lambda: _page(store, query=middle.lower()),
        "search, nothing": lambda: _page(store, query="nowhere"),
        "queue, worst first": lambda: _wanted(store, CaseFilter(held), Order.WORST),
        "queue, one team's": lambda: _wanted(store, CaseFilter(held, team="partner"), Order.WORST),
        "decided, one team sees": lambda: _wanted(store, CaseFilter(decided), Order.NEWEST, _OF_PARTNER),
        "a reason that is rare": lambda: _wanted(store, CaseFilter(decided, reason=ReasonCode.RECORDING)),
        "a customer": lambda: _wanted(store, CaseFilter(customer=str(early * 3))),
        "a sender, worst first": lambda: _wanted(
            store, CaseFilter(held, sender="seller100@operator.example"), Order.WORST
        ),
        "overdue": lambda: _wanted(store, CaseFilter(held, late_at=store.clock()), Order.WORST),
    }
    return {name: measure(call) for name, call in lists.items()}


def _page(store: Store, **wanted: object) -> int:
    return len(list_cases(store, limit=50, **wanted).cases)  # type: ignore[arg-type]


def _wanted(store: Store, wanted: CaseFilter, order: Order = Order.NEWEST, person: Person | None = None) -> int:
    return len(list_wanted(store, wanted, order=order, person=person).cases)


def measure(call: Callable[[], int]) -> ListTimes:
    """Seven times, one after the other."""
    walls, cpus, found = [], [], 0
    for _ in range(_ROUNDS):
        wall, cpu = time.perf_counter(), time.thread_time()
        found = call()
        walls.append((time.perf_counter() - wall) * 1000)
        cpus.append((time.thread_time() - cpu) * 1000)
    return ListTimes(median(walls), median(cpus), found)
