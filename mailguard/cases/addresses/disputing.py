"""A reviewer says that an address is not the customer's: from now on every letter about them to it is held."""

from typing import Any

from mailguard.cases.deciding.reasons import check_reason, require_reason
from mailguard.cases.deciding.rights import require_rights
from mailguard.cases.reading import ReadLetter
from mailguard.cases.rows import case_row
from mailguard.core.errors import BadDecision
from mailguard.core.person import Person
from mailguard.customers.disputes import dispute, is_disputed
from mailguard.message.read import read_letter
from mailguard.store.store import Store
from mailguard.store.tables.cases import RecipientRow

DISPUTED = "address disputed by a reviewer"
"""The act in the audit trail."""


def dispute_recipient(
    store: Store, case_id: str, position: int, person: Person, reason: str, read: ReadLetter = read_letter
) -> None:
    """Put it on record that a case's recipient is not the customer whom the letter is about; the case stays as it is.

    By a second person, with a reason. Raises NotYours, NoSuchCase, BadDecision (no such recipient, nobody to dispute it
    for, disputed already, no reason).
    """
    require_reason(reason)
    check_reason(store, case_id, person, reason, read)
    now = store.clock()
    with store.writing() as session:
        case = case_row(session, case_id)
        right = require_rights(session, case_id, person, now)[0]
        recipient = session.get(RecipientRow, (case_id, position))
        about: dict[str, Any] | None = recipient.relation.get("about") if recipient else None
        if recipient is None or about is None:
            raise BadDecision("choose a recipient that the letter's customer is set beside")
        customer_id = str(about["id"])
        if is_disputed(session, recipient.address, customer_id):
            raise BadDecision("the address is disputed for this customer already")
        if not case.seeded:
            # A made-up address may be somebody's tomorrow, and nobody has said anything of theirs.
            dispute(session, recipient.address, customer_id, right.name, now)
        details = {"address": recipient.address, "customer": customer_id, "reason": reason}
        store.audit.append(session, DISPUTED, actor=right.name, at=now, case_id=case_id, details=details)
