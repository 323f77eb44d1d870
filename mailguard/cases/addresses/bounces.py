"""What the next hop's answers tell of addresses on record: no such mailbox, or that there is one after all."""

from collections.abc import Mapping

from sqlmodel import Session

from mailguard.core.answer import Answer
from mailguard.customers.bounces import NEXT_HOP, bounce, is_on_record, revoke, says_no_mailbox
from mailguard.store.store import Store


def note_refusal(store: Store, address: str, answer: Answer) -> None:
    """Note one answer to RCPT, in a transaction of its own; none is begun for an address that is nobody's.

    Raises StoreError.
    """
    with store.reading() as session:
        worth_noting = says_no_mailbox(answer) and is_on_record(session, address)
    if worth_noting:
        with store.writing() as session:
            note_answers(session, store, {address: answer})


def note_answers(session: Session, store: Store, answers: Mapping[str, Answer], *, case_id: str | None = None) -> None:
    """Note each address on record that the next hop calls no mailbox, inside the caller's transaction.

    One that takes mail again is freed of what the next hop had said before, never of what a person has noted. An answer
    that all of several recipients share was given to the message, and says nothing of a mailbox.
    """
    now = store.clock()
    shared = len(answers) > 1 and len({str(answer) for answer in answers.values()}) == 1
    for address, answer in answers.items():
        act = None
        if says_no_mailbox(answer) and not shared:
            if is_on_record(session, address) and bounce(session, address, None, NEXT_HOP, now):
                act = "address bounces"
        elif answer.ok and revoke(session, address, NEXT_HOP, now, noted_by=NEXT_HOP):
            act = "address works again"
        if act is not None:
            store.audit.append(session, act, actor=NEXT_HOP, at=now, case_id=case_id, details={"address": address})
