"""Ask an address by a letter of the guard's own whether it is its customer's."""

from contextlib import suppress
from datetime import timedelta

from sqlalchemy import String, cast
from sqlmodel import Session, col, select

from mailguard.cases.outbox import write_notice
from mailguard.core.address import canonical
from mailguard.core.case import CaseState
from mailguard.core.errors import CannotAsk
from mailguard.core.settings import Settings
from mailguard.core.verdict import ReasonCode
from mailguard.customers.askable import find_askable
from mailguard.customers.bounces import bouncing
from mailguard.customers.confirmations import ask, confirmed, count_asked, open_pairs
from mailguard.store.keys.retired import retired_keys
from mailguard.store.keys.sealing import Purpose
from mailguard.store.store import Store
from mailguard.store.tables.cases import CaseRow, RecipientRow

LETTER = "confirm_address"
"""The letter's kind in the outbox. Its details hold the question's number and nothing else."""
GUARD = "guard"
"""Who asks by itself (`register.confirmation`)."""
_A_DAY = timedelta(days=1)
_MOST_A_DAY = 3
"""Letters to one address that people may have sent in a day; by itself the guard sends one."""
_LANGUAGES = {"FI": "fi", "AX": "sv", "SE": "sv", "PL": "pl", "NL": "nl", "DE": "de", "AT": "de"}


def confirmation_key(store: Store) -> bytes:
    """What links and codes are made with."""
    return store.sealer.derive(Purpose.CONFIRMATION)


def earlier_confirmation_keys(store: Store, session: Session) -> tuple[bytes, ...]:
    """What links and codes of letters that wait to be sent may have been made with, when keys were rotated since."""
    ring = store.sealer
    of_file = (ring.key(key_id).derive(Purpose.CONFIRMATION) for key_id in ring.key_ids)
    return (*of_file, *retired_keys(session.connection(), ring, Purpose.CONFIRMATION).values())


def ask_confirmation(
    store: Store, settings: Settings, address: str, customer_id: str, by: str, *, case_id: str | None = None
) -> int:
    """Write a question and its letter; gives the question's number. An open question of the pair is replaced.

    `by` is the person's name. Raises CannotAsk with a sentence for that person.
    """
    now = store.clock()
    with store.writing() as session:
        on_record = find_askable(session, address, customer_id)
        most = 1 if by == GUARD else _MOST_A_DAY
        if (count := count_asked(session, address, now - _A_DAY)) >= most:
            raise CannotAsk(f"the address has been asked {count} times within a day: give its reader time")
        language = _LANGUAGES.get(on_record.country.strip().upper(), settings.notices.language)
        days = settings.register_.confirmation_days
        key = confirmation_key(store)
        question = ask(session, on_record.address, customer_id, by, now, days, key=key, language=language)
        write_notice(session, LETTER, on_record.address, case=None, at=now, details={"question": question.id})
        details = {"question": question.id, "customer": customer_id}
        store.audit.append(session, "address asked", actor=by, at=now, case_id=case_id, details=details)
    return question.id


def ask_for_held(store: Store, settings: Settings) -> list[int]:
    """With `register.confirmation = "on_hold"`: ask each address that a letter waits for and that was never confirmed.

    To be called by the clock: a crash leaves nothing unasked, and nothing is asked twice. At most one open question a
    pair, and one letter a day to an address. Gives the questions' numbers. Raises StoreError.
    """
    if settings.register_.confirmation != "on_hold":
        return []
    asked = []
    for case_id, address, customer_id in _waiting(store):
        if _is_worth_asking(store, address, customer_id):
            with suppress(CannotAsk):
                asked.append(ask_confirmation(store, settings, address, customer_id, GUARD, case_id=case_id))
    return asked


def _waiting(store: Store) -> list[tuple[str, str, str]]:
    """Case, address and customer of every held recipient whose address was never confirmed nor asked: a case a pair."""
    named = cast(col(RecipientRow.reasons), String).contains(f'"{ReasonCode.UNCONFIRMED.value}"')
    query = (
        select(RecipientRow)
        .join(CaseRow, col(CaseRow.id) == RecipientRow.case_id)
        .where(CaseRow.state == CaseState.HELD, named)
        .order_by(col(CaseRow.received_at), col(RecipientRow.position))
    )
    pairs: dict[tuple[str, str], tuple[str, str, str]] = {}
    with store.reading() as session:
        being_asked = open_pairs(session, store.clock())
        for row in session.exec(query):
            if about := row.relation.get("about"):
                pairs.setdefault((canonical(row.address), about["id"]), (row.case_id, row.address, about["id"]))
    return [waiting for pair, waiting in pairs.items() if pair not in being_asked]


def _is_worth_asking(store: Store, address: str, customer_id: str) -> bool:
    """Whether nothing speaks against a letter now. Only reads: the clock strikes often, and most have been asked."""
    now = store.clock()
    with store.reading() as session:
        if count_asked(session, address, now - _A_DAY):
            return False
        if customer_id in confirmed(session, address) or {None, customer_id} & bouncing(session, address):
            return False
        try:
            find_askable(session, address, customer_id)
        except CannotAsk:
            return False
    return True
