"""Asking an address whether it is its customer's: one letter, one link, one code, one answer.

Nothing of a link or code is stored (`core.letter_code`): an outbox in clear, a copy of the database or a backup gives
nobody an answer to a question.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, Row, Update, and_, bindparam, func, insert, or_, select, update
from sqlmodel import Session

from mailguard.core.address import canonical
from mailguard.core.ids import new_token
from mailguard.core.letter_code import (
    MOST_WRONG_CODES,
    digest_code,
    digest_link,
    group_code,
    make_code,
    make_link,
    same_digest,
)
from mailguard.core.secret import Secret
from mailguard.customers.disputes import dispute
from mailguard.customers.moments import as_utc
from mailguard.customers.paging import contains
from mailguard.customers.tables.memory import CONFIRMATIONS
from mailguard.customers.tables.register import EMAILS

_Q = CONFIRMATIONS.c

CONFIRMED = (
    select(_Q.customer_id)
    .join(EMAILS, and_(EMAILS.c.canonical == _Q.canonical, EMAILS.c.customer_id == _Q.customer_id))
    .where(_Q.canonical == bindparam("wanted"), _Q.answer == "confirmed", ~EMAILS.c.former)
    .where(or_(EMAILS.c.added_at.is_(None), EMAILS.c.added_at <= _Q.asked_at))
)
"""Ids of the customers for whom an address (`wanted`, canonical) has answered "yes".

An answer is worth as long as the address stands on the record: one that was taken off and came back is asked anew.
"""


class Outcome(StrEnum):
    """What came of one try to answer."""

    CONFIRMED = "confirmed"
    DISPUTED = "disputed"
    ALREADY = "already answered"
    WRONG_CODE = "wrong code"
    """Counted: the question was open."""
    CLOSED = "closed"
    """No such question, or it is answered, replaced, expired or closed by wrong codes. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question as the letter puts it. The code's four and four characters are parted by a hyphen."""

    id: int
    address: str
    language: str
    expires_at: datetime
    link: Secret
    """256 bits, URL-safe: the last step of the page's address."""
    code: Secret


@dataclass(frozen=True, slots=True)
class Asked:
    """A question without its secrets, for lists."""

    id: int
    address: str
    customer_id: str
    language: str
    by: str
    at: datetime
    expires_at: datetime
    tries: int
    state: str
    """`open`, `confirmed`, `disputed`, `replaced`, `expired`, or `closed` by wrong codes."""
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Reply:
    """The outcome, and the question that it is about (None: there is none of that link)."""

    outcome: Outcome
    asked: Asked | None


def ask(
    session: Session, address: str, customer_id: str, by: str, at: datetime, days: int, *, key: bytes, language: str
) -> Question:
    """Put a question on record, in the place of the pair's earlier one. `key` is derived from the key file."""
    pair = and_(_Q.canonical == canonical(address), _Q.customer_id == customer_id)
    replaced = update(CONFIRMATIONS).where(pair, _Q.answer.is_(None)).values(answer="replaced", answered_at=as_utc(at))
    session.execute(replaced)
    seed = new_token()
    link, code = make_link(seed, key), make_code(seed, key)
    row = {
        "seed": seed,
        "link_digest": digest_link(link),
        "code_digest": digest_code(link, code),
        "canonical": canonical(address),
        "address": address,
        "customer_id": customer_id,
        "language": language,
        "asked_by": by,
        "asked_at": as_utc(at),
        "expires_at": as_utc(at + timedelta(days=days)),
        "tries": 0,
    }
    made = session.execute(insert(CONFIRMATIONS).values(row).returning(_Q.id)).scalar_one()
    return Question(made, address, language, as_utc(at + timedelta(days=days)), Secret(link), Secret(group_code(code)))


def read_question(
    session: Session, question_id: int, at: datetime, *, key: bytes, earlier: Iterable[bytes] = ()
) -> Question | None:
    """An open question with its link and code made anew, for the letter; None when it is open no longer.

    `earlier`: keys that may have been in use when it was asked, before they were rotated.
    """
    row = session.execute(select(CONFIRMATIONS).where(_Q.id == question_id, *_open(at))).one_or_none()
    if row is None:
        return None
    key = next((each for each in earlier if digest_link(make_link(row.seed, each)) == row.link_digest), key)
    link, code = make_link(row.seed, key), make_code(row.seed, key)
    return Question(row.id, row.address, row.language, as_utc(row.expires_at), Secret(link), Secret(group_code(code)))


def open_question(session: Session, link: str, at: datetime) -> Asked | None:
    """The question of a link, whatever has become of it (`state`); None when there is none. Changes nothing."""
    row = session.execute(select(CONFIRMATIONS).where(_Q.link_digest == digest_link(link))).one_or_none()
    return _asked(row, at) if row else None


def answer(session: Session, link: str, code: str, yes: bool, at: datetime) -> Reply:
    """Answer a question: yes, it is my address (`confirmed`), or this is not me (`disputed`, for that customer only).

    One conditional UPDATE: of racing answers one counts and the others find the question answered. The fifth wrong code
    closes the question, and so does time; of an answered one only who knows the code learns that it is answered.
    """
    row = session.execute(select(CONFIRMATIONS).where(_Q.link_digest == digest_link(link))).one_or_none()
    right = same_digest(digest_code(link, code), row.code_digest if row else "0" * 64)
    if row is None:
        return Reply(Outcome.CLOSED, None)
    wanted = "confirmed" if yes else "disputed"
    values: dict[str, Any] = {"answer": wanted, "answered_at": as_utc(at)} if right else {"tries": _Q.tries + 1}
    changed = _rowcount(session, update(CONFIRMATIONS).where(_Q.id == row.id, *_open(at)).values(values))
    asked = _asked(session.execute(select(CONFIRMATIONS).where(_Q.id == row.id)).one(), at)
    if not changed:
        answered = right and asked.state in {"confirmed", "disputed"}
        return Reply(Outcome.ALREADY if answered else Outcome.CLOSED, asked)
    if not right:
        return Reply(Outcome.WRONG_CODE, asked)
    if not yes:
        dispute(session, asked.address, asked.customer_id, f"answer to question {asked.id}", at)
    return Reply(Outcome(wanted), asked)


def states(
    session: Session,
    at: datetime,
    *,
    address: str | None = None,
    customer_id: str | None = None,
    query: str = "",
    before: int | None = None,
    limit: int = 1000,
) -> list[Asked]:
    """Questions and what came of them, latest first; `query` is part of an address or customer number, `before` the
    number of the question behind which the list goes on.
    """
    found = select(CONFIRMATIONS).order_by(_Q.id.desc()).limit(limit)
    if address is not None:
        found = found.where(_Q.canonical == canonical(address))
    if customer_id is not None:
        found = found.where(_Q.customer_id == customer_id)
    if query.strip():
        found = found.where(contains(query, _Q.address, _Q.customer_id))
    if before is not None:
        found = found.where(_Q.id < before)
    return [_asked(row, at) for row in session.execute(found)]


def open_pairs(session: Session, at: datetime) -> frozenset[tuple[str, str]]:
    """Address (canonical) and customer of every question that waits for its answer."""
    found = session.execute(select(_Q.canonical, _Q.customer_id).where(*_open(at)))
    return frozenset((address, customer_id) for address, customer_id in found)


def count_asked(session: Session, address: str, since: datetime) -> int:
    """How many questions have been mailed to an address since then, about whomever."""
    query = select(func.count()).where(_Q.canonical == canonical(address), _Q.asked_at > as_utc(since))
    return int(session.execute(query).scalar_one())


def confirmed(session: Session, address: str) -> frozenset[str]:
    """The customers for whom the address has answered "yes" (`CONFIRMED`)."""
    return frozenset(session.execute(CONFIRMED, {"wanted": canonical(address)}).scalars())


def _open(at: datetime) -> Sequence[ColumnElement[bool]]:
    return _Q.answer.is_(None), _Q.tries < MOST_WRONG_CODES, _Q.expires_at > as_utc(at)


def _asked(row: Row[Any], at: datetime) -> Asked:
    state = row.answer or "open"
    if state == "open" and row.tries >= MOST_WRONG_CODES:
        state = "closed"
    elif state == "open" and as_utc(row.expires_at) <= at:
        state = "expired"
    answered_at = as_utc(row.answered_at) if row.answered_at and state in {"confirmed", "disputed"} else None
    return Asked(
        id=row.id,
        address=row.address,
        customer_id=row.customer_id,
        language=row.language,
        by=row.asked_by,
        at=as_utc(row.asked_at),
        expires_at=as_utc(row.expires_at),
        tries=row.tries,
        state=state,
        answered_at=answered_at,
    )


def _rowcount(session: Session, statement: Update) -> int:
    result = session.execute(statement)
    assert isinstance(result, CursorResult)  # noqa: S101 - what every UPDATE gives
    return result.rowcount
