"""Keep a message whose pictures are still to be read."""

from dataclasses import replace
from hashlib import sha256
from typing import Any

from sqlmodel import insert, select, update

from mailguard.cases.awaiting.envelope import pack_envelope
from mailguard.cases.masking import mask_text
from mailguard.core.envelope import Envelope
from mailguard.core.errors import StoreError
from mailguard.core.ids import case_id_of, new_message_id
from mailguard.core.verdict import Judgement
from mailguard.store.audit.chain import Entry
from mailguard.store.store import Store
from mailguard.store.tables.awaiting import AwaitingRow
from mailguard.store.tables.cases import CaseRow

_TABLE = AwaitingRow.__table__  # type: ignore[attr-defined]
_CASES = CaseRow.__table__  # type: ignore[attr-defined]
_LONGEST = 500


def keep_unread(store: Store, envelope: Envelope, raw: bytes, judgement: Judgement | None = None) -> str:
    """Seal a message and write it; the id of the case that it may become, once everything is on the disk.

    `judgement` is what the door could conclude: by its customers and its Message-ID a trace finds the message. Raises
    DiskFull when the disk is nearly so, StoreError.
    """
    store.disk.require_room(len(raw))
    if not envelope.message_id:
        # The case that it becomes is named by it.
        envelope = replace(envelope, message_id=new_message_id())
    case_id = case_id_of(envelope.message_id)
    digest, now = sha256(raw).hexdigest(), store.clock()
    sealed = store.sealer.seal(raw, case_id=case_id, digest=digest)
    row = {
        "case_id": case_id,
        "received_at": now,
        "envelope": pack_envelope(envelope),
        "known": _known(judgement),
        "size": len(raw),
        "sha256": digest,
        "remaining": list(dict.fromkeys(envelope.recipients)),
        "refused": [],
        "due_at": now,
        "claims": 0,
        "begun": 0,
        "tries": 0,
        "key_id": sealed.key_id,
        "wrapped_key": sealed.wrapped_key,
        "sealed": sealed.sealed,
    }
    with store.recording() as connection:
        if connection.execute(select(_CASES.c.id).where(_CASES.c.id == case_id)).first() is not None:
            # Eight letters of chance: kept, it could never become a case. The client's next try has other ones.
            raise StoreError(f"there is a case {case_id} already")
        connection.execute(insert(_TABLE), row)
        details = {"sha256": digest, "size": len(raw)}
        in_use = store.audit.append_all(connection, [Entry("awaits reading", "guard", now, case_id, details)])
        # Keys may have been exchanged since it was sealed (`KeyRing.fit`).
        fitted = store.sealer.fit(sealed, in_use, case_id=case_id, digest=digest)
        if fitted is not sealed:
            anew = {"key_id": fitted.key_id, "wrapped_key": fitted.wrapped_key}
            connection.execute(update(_TABLE).where(_TABLE.c.case_id == case_id).values(anew))
    return case_id


def _known(judgement: Judgement | None) -> dict[str, Any]:
    letter = judgement.letter if judgement else None
    if judgement is None or letter is None:
        return {"message_id": "", "customers": []}
    # Masked, as the journal's: the field is its writer's.
    message_id = mask_text(letter.message_id, "header.message-id", judgement.findings)
    customers = [identified.customer.customer_id for identified in judgement.customers]
    return {"message_id": message_id[:_LONGEST], "customers": customers}
