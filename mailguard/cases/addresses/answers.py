"""What an address answered, and what follows from it. A letter that is held stays held: four eyes decide on it."""

import json

from sqlalchemy import String, cast
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from mailguard.cases.outbox import write_notice
from mailguard.core.address import canonical
from mailguard.core.case import CaseState
from mailguard.core.letter_code import is_code
from mailguard.core.person import Role
from mailguard.customers.bounces import revoke
from mailguard.customers.confirmations import Asked, Outcome, answer, open_question
from mailguard.store.people import people_in
from mailguard.store.store import Store
from mailguard.store.tables.cases import CaseRow, RecipientRow

LETTER = "address_disputed"
"""The supervisors' letter. Its details hold the question's number and the customer's."""
_READER = "reader"
"""Who answers is whoever reads the mailbox; nothing else is known of them."""
_ACTS = {
    Outcome.CONFIRMED: "address confirmed",
    Outcome.DISPUTED: "address disputed",
    Outcome.WRONG_CODE: "wrong code",
}


def take_answer(store: Store, link: str, code: str, *, yes: bool) -> Outcome:
    """Take the answer to the question of a link: `yes`, it is my address, or no, this is not me. Raises StoreError.

    Without the code of the letter nothing changes, whatever is sent.
    """
    now = store.clock()
    with store.reading() as session:
        # Strangers who make links up never get as far as the writers' lock.
        if not is_code(code) or open_question(session, link, now) is None:
            return Outcome.CLOSED
    with store.writing() as session:
        reply = answer(session, link, code, yes, now)
        if reply.asked is not None and reply.outcome in _ACTS:
            _follow(session, store, reply.outcome, reply.asked)
    return reply.outcome


def _follow(session: Session, store: Store, outcome: Outcome, asked: Asked) -> None:
    now = store.clock()
    held = _held_for(session, asked) if outcome is not Outcome.WRONG_CODE else []
    details = {"question": asked.id, "customer": asked.customer_id}
    # In the history of each letter that waits for that address, so that the reviewer reads it there.
    places: list[str | None] = [*held] or [None]
    for case_id in places:
        store.audit.append(session, _ACTS[outcome], actor=_READER, at=now, case_id=case_id, details=details)
    if outcome is Outcome.CONFIRMED:
        revoke(session, asked.address, f"answer to question {asked.id}", now)
    if outcome is Outcome.DISPUTED:
        latest = (held or _ever_held_for(session, asked))[-1:]
        case = session.get(CaseRow, latest[0]) if latest else None
        for person in people_in(session, Role.SUPERVISOR):
            if not person.sees(case.team if case else ""):
                continue
            write_notice(session, LETTER, person.email, case=case, at=now, details=details)


def _held_for(session: Session, asked: Asked) -> list[str]:
    """Cases that wait for a decision on a letter to that address about that customer, oldest first."""
    # The database leaves out what cannot be about that customer; what is left is looked at.
    written = cast(col(RecipientRow.relation), String).contains(json.dumps(asked.customer_id), autoescape=True)
    query = _recipients().where(CaseRow.state == CaseState.HELD, written)
    same = (r for r in session.exec(query) if canonical(r.address) == canonical(asked.address))
    return list(dict.fromkeys(r.case_id for r in same if _is_about(r, asked.customer_id)))


def _ever_held_for(session: Session, asked: Asked) -> list[str]:
    """Cases of every state of that address, as it is spelt on the record, and that customer: read there, perhaps."""
    query = _recipients().where(RecipientRow.address == asked.address)
    return [r.case_id for r in session.exec(query) if _is_about(r, asked.customer_id)]


def _recipients() -> SelectOfScalar[RecipientRow]:
    joined = select(RecipientRow).join(CaseRow, col(CaseRow.id) == RecipientRow.case_id)
    return joined.order_by(col(CaseRow.received_at), col(CaseRow.id))


def _is_about(recipient: RecipientRow, customer_id: str) -> bool:
    about = recipient.relation.get("about")
    return bool(about and about["id"] == customer_id)
