"""Wrong addresses on record that nobody confirmed: is the first sensitive letter held, and a right one how often?"""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from mailguard.app.wiring import Guard
from mailguard.core.envelope import Envelope
from mailguard.core.verdict import ReasonCode, Verdict
from mailguard.customers.pairs import remember
from tests.namesake.generated.letters import sensitive_letter
from tests.namesake.generated.row import Row
from tests.namesake.hard.case import SENDER, write_message

LETTERS = 3
"""Sensitive letters that each address gets."""


@dataclass(slots=True)
class Followed:
    """What happened to letters to never-confirmed addresses."""

    wrong: int = 0
    caught: int = 0
    """Wrong addresses whose first sensitive letter was held as unconfirmed."""
    slipped: int = 0
    """Later letters to wrong addresses that were not held."""
    holds: list[int] = field(default_factory=list)
    """Holds of each right address."""

    def __str__(self) -> str:
        shares = ", ".join(f"{holds} times: {count}" for holds, count in sorted(Counter(self.holds).items()))
        return (
            f"never-confirmed addresses on record, {LETTERS} sensitive letters each: wrong ones caught at the first "
            f"letter {self.caught} of {self.wrong}, later letters let through {self.slipped}; right ones held {shares}"
        )


def follow(guard: Guard, rows: Sequence[Row], count: int, seed: int = 5) -> Followed:
    """Write to so many never-confirmed addresses; every second one turns out to be wrong.

    After a hold the reviewer approves the pair where the address is right, and rejects it where it is wrong.
    """
    chance, followed = random.Random(seed), Followed()
    bearers = Counter(address for row in rows for address in row["emails"].split(";"))
    alone = [row for row in rows if row["email_confirmed"] == "no" and bearers[row["emails"]] == 1]
    for number, row in enumerate(chance.sample(alone, min(count, len(alone)))):
        wrong = bool(number % 2)
        held = [_write(guard, row, rows, chance, wrong=wrong) for _ in range(LETTERS)]
        if wrong:
            followed.wrong += 1
            followed.caught += ReasonCode.UNCONFIRMED in held[0]
            followed.slipped += sum(not reasons for reasons in held[1:])
        else:
            followed.holds.append(sum(bool(reasons) for reasons in held))
    return followed


def _write(guard: Guard, row: Row, rows: Sequence[Row], chance: random.Random, *, wrong: bool) -> set[ReasonCode]:
    """Why one more letter was held, and the reviewer's decision on it remembered; empty where it passed."""
    raw = write_message(sensitive_letter(row, chance.sample(rows, 15), chance).fields, row["emails"])
    judgement = guard.judge.judge(Envelope(SENDER, (row["emails"],)), raw)
    if judgement.verdict is Verdict.PASS:
        return set()
    codes, now = {reason.code for reason in judgement.reasons}, datetime.now(UTC)
    until = (now + timedelta(days=365)).date()
    with guard.store.writing() as session:
        remember(
            session,
            row["emails"],
            row["customer_id"],
            not wrong,
            sorted(codes),
            None if wrong else until,
            None,
            "eva",
            now,
        )
    return codes
