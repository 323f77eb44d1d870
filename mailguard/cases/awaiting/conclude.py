"""What follows when a message was read: it is gone to the next hop, becomes a case, or is tried again.

Each ends with the row in one transaction, fenced by the claim's number: of two workers at it one counts.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlmodel import delete, select, update

from mailguard.cases.awaiting.claim import PAUSE, ReadingJob
from mailguard.cases.holding.hold import write_hold_rows
from mailguard.cases.holding.known_staff import KnownStaff
from mailguard.cases.holding.prepare import PreparedHold
from mailguard.core.answer import Answer
from mailguard.core.errors import ClaimLost
from mailguard.store.audit.chain import Entry
from mailguard.store.store import Store
from mailguard.store.tables.awaiting import AwaitingRow

_LONGEST_PAUSE = timedelta(hours=1)
_GIVE_UP = timedelta(days=5)
"""RFC 5321, section 4.5.4.1: give-up time of at least four to five days."""

_TABLE = AwaitingRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Sent:
    """How far a message has come that nothing was found in."""

    remaining: tuple[str, ...]
    """Recipients who are tried again."""
    refused: tuple[str, ...]
    """Recipients who never get it this way: a person must know."""
    answer: str
    """The worst that the next hop has said."""
    taken: str
    """What it has said of those who have it now; empty where nobody got it."""


def sort_answers(job: ReadingJob, answers: Mapping[str, Answer], now: datetime) -> Sent:
    """What the next hop's answers mean for each recipient; after five days nobody is tried again."""
    remaining = [to for to in job.remaining if not answers[to].ok and not answers[to].permanent]
    refused = [*job.refused, *(to for to in job.remaining if answers[to].permanent)]
    if now - job.received_at > _GIVE_UP:
        remaining, refused = [], refused + remaining
    worst = max(answers.values(), key=lambda answer: answer.code)
    taken = next((str(answer) for answer in answers.values() if answer.ok), "")
    return Sent(tuple(remaining), tuple(refused), str(worst), taken)


def end_unread(
    store: Store, job: ReadingJob, held: PreparedHold | None = None, *, passed: Sequence[str] = (), answer: str = ""
) -> None:
    """It is read: `passed` have it by now, and `held` is the case for whoever may not have it without a person's word.

    All in one commit. Raises ClaimLost, StoreError.
    """
    with store.recording() as connection:
        ours = (_TABLE.c.case_id == job.case_id, _TABLE.c.claims == job.claim)
        locked = connection.execute(select(_TABLE.c.claims).where(*ours).with_for_update()).all()
        _require_ours(job, len(locked))
        if passed:
            details = {"recipients": list(passed), "answer": answer}
            entry = Entry("passed after reading", "guard", store.clock(), job.case_id, details)
            store.audit.append_all(connection, [entry])
        if held is not None:
            write_hold_rows(store, connection, [held], KnownStaff())
        # Last: the database lets nothing go of which neither trail nor case says where it went.
        connection.execute(delete(_TABLE).where(*ours))


def try_again(
    store: Store, job: ReadingJob, problem: str, now: datetime, *, in_doubt: bool = False, blamed: bool = False
) -> None:
    """Register, next hop or judge were not there: later, after a pause that doubles. `in_doubt`: it may have left.

    `blamed`: the message itself may be what fails, which counts as the death of a worker does. Raises ClaimLost,
    StoreError.
    """
    kept = ({"sending_at"} if in_doubt else set()) | ({"begun"} if blamed else set())
    _set_later(store, job, now, problem, kept=kept)


def send_again(store: Store, job: ReadingJob, sent: Sent, now: datetime, *, in_doubt: bool = False) -> None:
    """Some of its recipients have it, or never get it; the others are tried again. Raises as `try_again`."""
    values: dict[str, object] = {"remaining": list(sent.remaining), "refused": list(sent.refused)}
    passed = [to for to in job.remaining if to not in (*sent.remaining, *sent.refused)]
    entry = Entry("passed after reading", "guard", now, job.case_id, {"recipients": passed, "answer": sent.taken})
    kept = {"sending_at"} if in_doubt else set()
    _set_later(store, job, now, sent.answer, values, [entry] if passed else [], kept=kept)


def _set_later(
    store: Store,
    job: ReadingJob,
    now: datetime,
    problem: str,
    more: Mapping[str, object] = MappingProxyType({}),
    entries: Sequence[Entry] = (),
    *,
    kept: Collection[str],
) -> None:
    """`kept` are columns that stay as they are."""
    pause = min(PAUSE * 2 ** min(job.tries, 10), _LONGEST_PAUSE)
    anew = {"due_at": now + pause, "claimed_until": None, "begun": 0, "tries": job.tries + 1, "sending_at": None}
    later = {name: value for name, value in anew.items() if name not in kept} | {"last_answer": problem}
    with store.recording() as connection:
        ours = update(_TABLE).where(_TABLE.c.case_id == job.case_id, _TABLE.c.claims == job.claim)
        _require_ours(job, connection.execute(ours.values(later | dict(more))).rowcount)
        if entries:
            store.audit.append_all(connection, entries)


def _require_ours(job: ReadingJob, rows: int) -> None:
    if rows != 1:
        raise ClaimLost(f"another worker is at {job.case_id}")
