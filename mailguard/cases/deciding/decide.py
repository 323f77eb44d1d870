"""A person's steps in the life of a case: approve, reject, withdraw, try again."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from mailguard.cases.addresses.remembering import (
    REMEMBER_DAYS,
    check_until,
    last_day,
    remember_decision,
    remembered_until,
)
from mailguard.cases.attention.check import Asked, require_attention
from mailguard.cases.deciding.approvals import Given, count_people, counting_approvals, open_right
from mailguard.cases.deciding.break_glass import BROKEN, break_glass, sound_alarm
from mailguard.cases.deciding.choosing import agreed, chosen
from mailguard.cases.deciding.correcting import check_corrections, correction_of, original
from mailguard.cases.deciding.finishing import finish
from mailguard.cases.deciding.four_eyes import is_sender
from mailguard.cases.deciding.reasons import check_reason
from mailguard.cases.deciding.rights import Right, is_second_person, require_rights
from mailguard.cases.life import take_step
from mailguard.cases.outbox import write_sender_notice
from mailguard.cases.reading import ReadLetter
from mailguard.cases.releasing.settle import RETRY
from mailguard.cases.rows import lock_case, recipient_rows
from mailguard.cases.seeding.outcome import settle_seeded
from mailguard.core.case import CaseState
from mailguard.core.decision import Action, Decision
from mailguard.core.errors import AlreadyDecided, NotYours
from mailguard.core.person import Person
from mailguard.message.read import read_letter
from mailguard.store.store import Store
from mailguard.store.tables.cases import CaseRow
from mailguard.store.tables.decisions import DecisionRow


def may_decide(store: Store, case_id: str, person: Person) -> bool:
    """Whether the person is a second person for this case and has a right to decide, their own or a deputy's."""
    with store.reading() as session:
        return is_second_person(session, case_id, person, store.clock())


def may_withdraw(store: Store, case_id: str, person: Person) -> bool:
    """Whether the case is the person's own message."""
    with store.reading() as session:
        return is_sender(session, case_id, person)


def decide(
    store: Store,
    case_id: str,
    decision: Decision,
    person: Person,
    read: ReadLetter = read_letter,
    *,
    remember_days: int = REMEMBER_DAYS,
    undo_seconds: int = 0,
    asked: Asked = Asked.IF_GIVEN,
) -> CaseState:
    """Approve or reject a held message, once; gives the case's state, which is `held` while another must approve too.

    The approval that completes a case lets through the recipients that all of its approvals name. What is said of an
    address and a customer is remembered: an approval until the decision's day, or for `remember_days` (0: only until
    the decision's day); one that breaks the glass is never remembered. With `undo_seconds` the decision on a held
    message can be taken back (`undo`) for so long: nothing leaves before, no letter tells of it, and what an approval
    has remembered is so from then on, also where another person's approval completes the case at once. 0: at once and
    for good, as when the glass is broken. `asked`: whether an approval must answer the attention check. A made-up case
    is never approved (`cases.seeding`).
    Raises AttentionNeeded, NotYours (no second person, or one who has approved already), AlreadyDecided, BadDecision
    (no such recipient, no reason, a reason that repeats a secret of the letter, a day that cannot be), NoSuchCase.
    """
    check_reason(store, case_id, person, decision.reason, read, glass=decision.break_glass)
    require_attention(store, case_id, decision, person, asked)
    letter = _to_correct(store, case_id, decision, person)
    check_until(decision, store.clock())
    with store.writing() as session:
        # Of two people who approve at the same moment, the second must see the first one's approval.
        case, now = lock_case(session, case_id), store.clock()
        right, before = _right_and_before(session, case, decision, person, now)
        recipients = recipient_rows(session, case_id)
        named = chosen(decision, recipients)
        if case.seeded:
            return settle_seeded(session, store, case, decision, right)
        approved = agreed(named, [one.decision for one in before])
        # What breaks the glass is final at once and remembered never; so is what ends an undeliverable message.
        ordinary = case.state == CaseState.HELD and not decision.break_glass
        undo_until = now + timedelta(seconds=undo_seconds) if undo_seconds and ordinary else None
        corrected = {wrong: right_one for wrong, right_one in approved.items() if wrong != right_one}
        leaves = correction_of(letter, corrected).digest if corrected else None
        until_then = {"remember_until": last_day(decision, now, remember_days), "undo_until": undo_until}
        taken = _write_down(session, case_id, decision, right, named, now, **until_then, leaves_sha256=leaves)
        given = count_people((*before, Given(taken, right)))
        details = _described(taken, right, list(named), corrected)
        if named and case.approvals_needed > 1:
            details["approvals"] = f"{given} of {case.approvals_needed}"
        state = CaseState.APPROVED if approved else CaseState.REJECTED
        if approved and given < case.approvals_needed and not decision.break_glass:
            state = CaseState.HELD
        else:
            final_at = finish(
                session, case_id, state, recipients, approved, taken, right, for_correction=decision.for_correction
            )
            if ordinary:
                words = [*(one.decision for one in before), taken]
                until = remembered_until(words, recipients)
                details |= {"remembered_until": until.isoformat()} if until else {}
                if final_at is None or not approved:
                    remember_decision(session, words, recipients, by=right.name, at=now)
        act = BROKEN if decision.break_glass else f"decision: {decision.action.value}"
        store.audit.append(session, act, actor=right.name, at=now, case_id=case_id, details=details)
        if decision.break_glass:
            sound_alarm(session, case, taken, right.person)
    return state


def withdraw(store: Store, case_id: str, person: Person) -> None:
    """Take back one's own message while it is held. Raises NotYours for anybody but the sender, AlreadyDecided."""
    with store.writing() as session:
        lock_case(session, case_id)
        now = store.clock()
        if not is_sender(session, case_id, person):
            raise NotYours("only the sender can withdraw a message")
        case = take_step(session, case_id, CaseState.WITHDRAWN, now, decided_at=now, decided_by=person.name)
        write_sender_notice(session, "withdrawn", case, at=now)
        store.audit.append(session, "withdrawal", actor=person.name, at=now, case_id=case_id)


def retry(store: Store, case_id: str, person: Person) -> None:
    """Send an undeliverable message again, on the approval that it has. Raises NotYours, AlreadyDecided."""
    with store.writing() as session:
        lock_case(session, case_id)
        now = store.clock()
        right = require_rights(session, case_id, person, now, lock=True)[0]
        again = {"release_at": now, "tries": 0, "claimed_until": None}
        take_step(session, case_id, CaseState.APPROVED, now, only_from=CaseState.UNDELIVERABLE, **again)
        for recipient in recipient_rows(session, case_id):
            recipient.refused = False
            session.add(recipient)
        store.audit.append(session, RETRY, actor=right.name, at=now, case_id=case_id)


def _to_correct(store: Store, case_id: str, decision: Decision, person: Person) -> bytes:
    """The message whose addresses the decision corrects; nothing where it corrects none."""
    if not decision.send_to_record or decision.break_glass:
        return b""
    with store.reading() as session:
        # Nobody else is told whether an address is on record.
        require_rights(session, case_id, person, store.clock())
    check_corrections(store, case_id, dict(decision.send_to_record), as_written=True)
    return original(store, case_id)


def _right_and_before(
    session: Session, case: CaseRow, decision: Decision, person: Person, now: datetime
) -> tuple[Right, list[Given]]:
    """By what right the person decides, and the approvals that theirs is added to."""
    if decision.break_glass:
        return break_glass(session, case, decision, person, now), []
    rights = require_rights(session, case.id, person, now, lock=True)
    if decision.on_behalf_of is not None:
        wanted = decision.on_behalf_of
        rights = [right for right in rights if (right.giver or right.person).name == wanted]
        if not rights:
            raise NotYours("you are not that person's deputy today, or they may not decide on this message")
    if decision.action is Action.REJECT:
        return rights[0], []
    if case.state != CaseState.HELD:
        raise AlreadyDecided(f"case {case.id} is {case.state}; it cannot become approved")
    right = open_right(session, case.id, rights, now)
    if right is None:
        raise NotYours("you have approved this message already: another second person must approve it too")
    return right, counting_approvals(session, case.id, now)


def _write_down(
    session: Session,
    case_id: str,
    decision: Decision,
    right: Right,
    named: dict[str, str],
    now: datetime,
    **values: Any,
) -> DecisionRow:
    row = DecisionRow(
        case_id=case_id,
        user_id=right.person.user_id,
        on_behalf_of=right.giver.user_id if right.giver else None,
        break_glass=decision.break_glass,
        action=decision.action,
        reason=decision.reason,
        recipients=[address for address, target in named.items() if address == target],
        send_to={address: target for address, target in named.items() if address != target},
        remember=decision.remember,
        at=now,
        **values,
    )
    session.add(row)
    session.flush()
    return row


def _described(taken: DecisionRow, right: Right, named: list[str], corrected: Mapping[str, str]) -> dict[str, Any]:
    """What the audit trail says of a decision."""
    details: dict[str, Any] = {"recipients": named, "reason": taken.reason}
    if corrected:
        ways = [{"from": wrong, "to": right_one} for wrong, right_one in corrected.items()]
        details |= {"send_to_record": ways, "leaves_sha256": taken.leaves_sha256}
    if right.giver:
        details["on_behalf_of"] = right.giver.name
    if taken.undo_until:
        details["undo_until"] = taken.undo_until.isoformat()
    return details
