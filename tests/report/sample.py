"""Eight weeks of a made-up operator, for figures and pictures."""

import random
from datetime import UTC, datetime, timedelta

from sqlmodel import Session

from mailguard.store.store import Store
from mailguard.store.tables.figures import CountRow
from tests.support.case_rows import add_case, decide_case, end_case

FIRST_MONDAY = datetime(2026, 9, 21, tzinfo=UTC)
"""Week 39; the last full week before the tests' clock is 46."""
REASONS = (
    ("namesake",),
    ("credential",),
    ("credential", "other_customer"),
    ("personal_data",),
    ("typo_domain",),
    ("unreadable",),
    ("bulk_personal_data", "unrelated"),
)
RULES = {
    "credential": "credential.pin",
    "personal_data": "personal.national_id",
    "bulk_personal_data": "personal.iban",
    "namesake": "credential.user_and_password",
}
SENDERS = (
    "orders@operator.example",
    "billing@operator.example",
    "anna.berg@operator.example",
    "agent7@partner.example",
)
DOMAINS = ("mail.example", "posti.example", "poczta.example", "firma.example", "xn--bcher-kva.example")


def fill(store: Store, weeks: int = 8, a_day: int = 4) -> None:
    """So many weeks of cases, decisions and counts; the same every time."""
    dice = random.Random(46)
    for week in range(weeks):
        for day in range(7):
            date = FIRST_MONDAY + timedelta(weeks=week, days=day)
            busy = 1 if day < 5 else 0.15
            held = round(dice.uniform(0.6, 1.5) * a_day * busy)
            passed = round(dice.uniform(900, 1300) * busy) + 40 * week
            with store.writing() as session:
                add_counts(session, date, seen=passed + held, passed=passed, identified=round(passed * 0.62))
            for _ in range(held):
                _case(store, dice, date + timedelta(minutes=dice.randrange(7 * 60, 17 * 60)))


def add_counts(session: Session, at: datetime, **counts: int) -> None:
    """Rows of the daily counts."""
    for measure, count in counts.items():
        session.merge(CountRow(day=at.date(), measure=measure, key="", count=count))


def _case(store: Store, dice: random.Random, at: datetime) -> None:
    reasons = dice.choices(REASONS, weights=(5, 7, 2, 4, 2, 3, 1))[0]
    case_id = add_case(
        store,
        at,
        reasons=reasons,
        rules=tuple(RULES[reason] for reason in reasons if reason in RULES),
        sender=dice.choices(SENDERS, weights=(6, 4, 2, 1))[0],
        recipients={f"customer{dice.randrange(90)}@{dice.choices(DOMAINS, weights=(6, 4, 3, 1, 1))[0]}": list(reasons)},
    )
    took = timedelta(minutes=dice.lognormvariate(3.3, 1.6))
    fate = dice.random()
    if fate < 0.58:
        decide_case(store, case_id, "approve", took, "released")
    elif fate < 0.86:
        decide_case(store, case_id, "reject", took)
    elif fate < 0.90:
        end_case(store, case_id, "withdrawn", at + took)
    elif fate < 0.94:
        end_case(store, case_id, "expired", at + timedelta(days=7))
    elif at < store.clock() - timedelta(days=7):
        decide_case(store, case_id, "approve", timedelta(days=1), "released")
