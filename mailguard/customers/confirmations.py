"""Asking an address whether it is its customer's: one letter, one link, one code, one answer.

Nothing of a link or code is stored. Both are made from a random `seed` with a key that is derived from the key file,
whenever the letter is (re)written, so an outbox in clear, a copy of the database or a backup gives nobody an answer to
a question. What comes back is compared by digest, and the code's digest is keyed with the link: whoever reads the table
knows no link, and so cannot try out the 30^8 codes.
"""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, Row, Update, and_, bindparam, func, insert, or_, select, update
from sqlmodel import Session

from mailguard.core.address import canonical
from mailguard.core.ids import new_token
from mailguard.core.secret import Secret
from mailguard.customers.disputes import dispute
from mailguard.customers.moments import as_utc
from mailguard.customers.tables import CONFIRMATIONS, EMAILS

MOST_WRONG_CODES = 5
"""So many wrong codes close a question: one guess in 10^11 is right."""

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No 0/O, 1/I/L and U, after Crockford's base 32: a code is read off one screen and typed into another."""
_CODE_LENGTH = 8
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
    link, code = _link(seed, key), _code(seed, key)
    row = {
        "seed": seed,
        "link_digest": _link_digest(link),
        "code_digest": _code_digest(link, code),
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
    return Question(made, address, language, as_utc(at + timedelta(days=days)), Secret(link), Secret(_grouped(code)))


def read_question(session: Session, question_id: int, at: datetime, *, key: bytes) -> Question | None:
    """An open question with its link and code made anew, for the letter; None when it is open no longer."""
    row = session.execute(select(CONFIRMATIONS).where(_Q.id == question_id, *_open(at))).one_or_none()
    if row is None:
        return None
    link, code = _link(row.seed, key), _code(row.seed, key)
    return Question(row.id, row.address, row.language, as_utc(row.expires_at), Secret(link), Secret(_grouped(code)))


def open_question(session: Session, link: str, at: datetime) -> Asked | None:
    """The question of a link, whatever has become of it (`state`); None when there is none. Changes nothing."""
    row = session.execute(select(CONFIRMATIONS).where(_Q.link_digest == _link_digest(link))).one_or_none()
    return _asked(row, at) if row else None


def is_code(text: str) -> bool:
    """Whether a text has the form of a code. What has not is no guess: a program filled in the form."""
    return len(_bare(text)) == _CODE_LENGTH and set(_bare(text)) <= set(_ALPHABET)


def answer(session: Session, link: str, code: str, yes: bool, at: datetime) -> Reply:
    """Answer a question: yes, it is my address (`confirmed`), or this is not me (`disputed`, for that customer only).

    One conditional UPDATE: of racing answers one counts and the others find the question answered. The fifth wrong code
    closes the question, and so does time; of an answered one only who knows the code learns that it is answered.
    """
    row = session.execute(select(CONFIRMATIONS).where(_Q.link_digest == _link_digest(link))).one_or_none()
    right = hmac.compare_digest(_code_digest(link, _bare(code)), row.code_digest if row else "0" * 64)
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
    if wanted := query.strip():
        found = found.where(or_(*(c.icontains(wanted, autoescape=True) for c in (_Q.address, _Q.customer_id))))
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


def _link(seed: str, key: bytes) -> str:
    return urlsafe_b64encode(_derive(key, "link", seed)).decode().rstrip("=")


def _code(seed: str, key: bytes) -> str:
    # 256 bits over 30^8: what the remainder prefers cannot be measured.
    number = int.from_bytes(_derive(key, "code", seed))
    letters = []
    for _ in range(_CODE_LENGTH):
        number, place = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[place])
    return "".join(letters)


def _derive(key: bytes, purpose: str, seed: str) -> bytes:
    return hmac.digest(key, f"{purpose}\0{seed}".encode(), "sha256")


def _link_digest(link: str) -> str:
    return sha256(link.encode("utf-8", "replace")).hexdigest()


def _code_digest(link: str, code: str) -> str:
    return hmac.digest(link.encode("utf-8", "replace"), code.encode("utf-8", "replace"), "sha256").hex()


def _bare(code: str) -> str:
    # As people type it: in small letters, with the hyphen, a blank or a full stop behind it.
    return "".join(code[:40].upper().replace("-", " ").replace(".", " ").split())


def _grouped(code: str) -> str:
    return f"{code[:4]}-{code[4:]}"


def _rowcount(session: Session, statement: Update) -> int:
    result = session.execute(statement)
    assert isinstance(result, CursorResult)  # noqa: S101 - what every UPDATE gives
    return result.rowcount
