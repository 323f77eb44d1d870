"""Ask the question, and keep every answer: a wrong one is in the audit trail, cools down, and decides nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel import Session, col, select

from mailguard.cases.attention.question import MOST_OPTIONS, Option, Question, choose_question
from mailguard.cases.deciding.rights import require_rights
from mailguard.cases.rows import case_row, lock_case, recipient_rows
from mailguard.core.case import CaseState
from mailguard.core.decision import Action, Decision
from mailguard.core.errors import AttentionNeeded
from mailguard.core.person import Person
from mailguard.customers.asking import translated
from mailguard.customers.bearers import bearers_of
from mailguard.customers.keys import name_key
from mailguard.customers.register import Register
from mailguard.store.store import Store
from mailguard.store.tables.reviewing import AttentionRow

WRONG = "attention: wrong"
"""The act in the audit trail; the answer is not in it."""
FIRST_WAIT = timedelta(seconds=30)
"""After one wrong answer; each further one in a row doubles it."""
LONGEST_WAIT = timedelta(minutes=16)
FRESH = timedelta(minutes=15)
"""So long a right answer stands: a form that comes back for another mistake does not ask anew."""


class Asked(StrEnum):
    """From whom the answer is wanted."""

    NEVER = "never"
    IF_GIVEN = "if_given"
    """Nobody must answer, but a wrong answer is refused."""
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Asking:
    """The question to one person about one case, as it stands."""

    question: Question
    passed: bool
    """Answered rightly a little while ago."""
    wait_until: datetime | None
    """Until then no answer is looked at; None: one may be given."""


def read_asking(store: Store, case_id: str, person: Person) -> Asking | None:
    """What the person is asked before they may approve; None: nothing. Raises NoSuchCase, RegisterError, StoreError."""
    now = store.clock()
    with store.reading() as session:
        answers = _answers(session, case_id, person)
    question = _question(store, case_id, f"{case_id}{person.user_id}.{len(answers)}")
    if question is None:
        return None
    passed, wait = _passed(answers, now), _wait_until(answers)
    return Asking(question, passed, wait if wait and wait > now else None)


def require_attention(store: Store, case_id: str, decision: Decision, person: Person, asked: Asked) -> None:
    """Refuse an approval without the right answer, where one is asked.

    Breaking the glass is not asked: it has a form of its own, is told to everybody and reviewed. Opens its own
    transactions, for the record of a wrong answer outlives the refused decision; so it comes before the caller's.
    Raises AttentionNeeded, NotYours, NoSuchCase, RegisterError, StoreError.
    """
    if asked is Asked.NEVER or decision.action is not Action.APPROVE or decision.break_glass:
        return
    if asked is Asked.IF_GIVEN and decision.attention is None:
        return
    question = _question(store, case_id, "")
    if question is not None and not _is_answered(store, case_id, decision.attention or "", question, person):
        raise AttentionNeeded("the answer to the question is wrong: look at the customer on record")


def _is_answered(store: Store, case_id: str, answer: str, question: Question, person: Person) -> bool:
    now = store.clock()
    with store.writing() as session:
        # The lock puts guesses in line, whichever node they come to: each waits for the one before.
        case = lock_case(session, case_id)
        if case.state != CaseState.HELD:
            return True  # what follows says so
        require_rights(session, case_id, person, now)
        answers = _answers(session, case_id, person)
        if not answer.strip() and _passed(answers, now):
            return True
        wait = _wait_until(answers)
        if wait is not None and wait > now:
            raise AttentionNeeded(
                "the last answer was wrong: look at the customer on record, and wait before the next one"
            )
        if not answer.strip():
            raise AttentionNeeded("answer the question about the customer on record")
        right = question.is_right(answer)
        session.add(AttentionRow(case_id=case_id, user_id=person.user_id, kind=question.kind, passed=right, at=now))
        if not right:
            details = {"kind": question.kind.value}
            store.audit.append(session, WRONG, actor=person.name, at=now, case_id=case_id, details=details)
    return right


def _question(store: Store, case_id: str, turn: str) -> Question | None:
    with store.reading() as session:
        case = case_row(session, case_id)
        relations = [row.relation for row in recipient_rows(session, case_id) if row.verdict != "pass"]
    codes = [str(reason["code"]) for reason in case.judgement["reasons"]]
    bare = choose_question(codes, relations)
    return choose_question(codes, relations, _namesakes(store, bare.right), turn=turn) if bare else None


def _namesakes(store: Store, customer_id: str) -> list[Option]:
    """Others on record today who bear the customer's very name."""
    register = Register(store.engine)
    customer = register.by_id(customer_id)
    key = name_key(customer.first_name, customer.last_name) if customer else ""
    if not key:
        return []
    with translated(store.engine), store.engine.connect() as connection:
        found = [
            number for number, _ in bearers_of(connection, [key], MOST_OPTIONS + 1, of_all=MOST_OPTIONS + 1, first=key)
        ]
    return [
        Option(one.customer_id, one.city, one.birth_date.year if one.birth_date else None)
        for one in register.by_ids(found)
        if one.customer_id != customer_id
    ]


def _answers(session: Session, case_id: str, person: Person) -> Sequence[AttentionRow]:
    mine = (AttentionRow.case_id == case_id, AttentionRow.user_id == person.user_id)
    return session.exec(select(AttentionRow).where(*mine).order_by(col(AttentionRow.id))).all()


def _passed(answers: Sequence[AttentionRow], now: datetime) -> bool:
    return bool(answers) and answers[-1].passed and now - answers[-1].at <= FRESH


def _wait_until(answers: Sequence[AttentionRow]) -> datetime | None:
    wrong = 0
    for answer in reversed(answers):
        if answer.passed:
            break
        wrong += 1
    return answers[-1].at + min(FIRST_WAIT * 2 ** min(wrong - 1, 10), LONGEST_WAIT) if wrong else None
