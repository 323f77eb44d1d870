"""The guard that judges the hard cases: the shipped rules, and a register of 300 made-up customers."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import yaml

from mailguard.app.wiring import Guard, open_guard
from mailguard.core.envelope import Envelope
from mailguard.core.settings import RegisterSettings, Settings, StoreSettings
from mailguard.core.verdict import Judgement
from mailguard.customers.disputes import dispute
from mailguard.customers.importing import import_customers
from tests.namesake.hard.case import FOLDER, SENDER, HardCase


@contextmanager
def hard_guard(folder: Path, database_url: str | None = None) -> Iterator[Guard]:
    """A guard with register, partners, own addresses and disputes of the cases, on a fresh store.

    `database_url`: an empty database; None means SQLite in `folder`.
    """
    given = yaml.safe_load((FOLDER / "settings.yaml").read_text(encoding="utf-8"))
    disputed = given.pop("disputed")
    settings = Settings(
        store=StoreSettings(database_url=database_url or f"sqlite:///{folder}/guard.db", key_file=folder / "guard.key"),
        register=RegisterSettings(**given),
    )
    with open_guard(settings, prove=False) as guard:
        imported = import_customers(guard.store.engine, FOLDER / "register.csv", {}, lambda done, total: None)
        if imported.bad_rows:
            raise ValueError(f"bad rows in the register of the cases: {imported.bad_rows}")
        with guard.store.writing() as session:
            for row in disputed:
                at = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
                dispute(session, row["address"], row["customer"], "desk", at)
        yield guard


def judge(guard: Guard, case: HardCase) -> Judgement:
    """What the guard says of a case."""
    return guard.judge.judge(Envelope(SENDER, tuple(case.wanted)), case.raw)


def misjudged(judgement: Judgement, case: HardCase, *, relations: bool = True) -> list[str]:
    """What the judgement has otherwise than the supervisor, a line a recipient; empty where they agree."""
    wrong = []
    for recipient in judgement.recipients:
        wanted, verdict = case.wanted[recipient.address]
        got = f"{recipient.relation.kind.value} {recipient.verdict.value}"
        if recipient.verdict.value != verdict or (relations and recipient.relation.kind.value not in wanted):
            wrong.append(f"{recipient.address}: {got}, not {'/'.join(sorted(wanted))} {verdict}")
    return wrong
