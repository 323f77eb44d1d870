"""A message that goes to the address on record instead: its envelope and its octets, as they were approved."""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256

from sqlmodel import Session, col, select

from mailguard.cases.reading import envelope_of
from mailguard.core.address import canonical
from mailguard.core.envelope import Envelope
from mailguard.core.errors import CannotCorrect
from mailguard.core.relation import RelationKind
from mailguard.message.readdressing import readdress
from mailguard.store.tables.cases import CaseRow
from mailguard.store.tables.journal import JournalRecipientRow, JournalRow


def envelope_for(case: CaseRow, addresses: list[str], instead: Mapping[str, str]) -> Envelope:
    """The envelope to these addresses; `instead` has those on record, by the recipients in whose place they stand.

    What the client wished for a recipient (RFC 3461) holds for the address on record too, but ORCPT: it would tell the
    customer's mail server of the wrong one.
    """
    envelope = envelope_of(case, addresses)
    wishes: dict[str, str] = case.dsn.get("recipients", {})
    known = dict(envelope.recipient_dsn)
    for wrong, right in instead.items():
        wish = " ".join(word for word in wishes.get(wrong, "").split() if not word.upper().startswith("ORCPT="))
        if wish and right in addresses and right not in known:
            known[right] = wish
    return replace(envelope, recipient_dsn=tuple(known.items()))


def note_delivery(session: Session, case_id: str, address: str) -> None:
    """Have the journal know that the address on record got the message, so that it is found by that address."""
    number = session.exec(select(JournalRow.number).where(JournalRow.case_id == case_id)).first()
    if number is None:
        return
    of_message = col(JournalRecipientRow.number) == number
    known = session.exec(select(JournalRecipientRow.canonical, JournalRecipientRow.position).where(of_message)).all()
    form = canonical(address)
    if form not in {one for one, _ in known}:
        position = max((position for _, position in known), default=-1) + 1
        relation = RelationKind.ON_RECORD.value
        session.add(
            JournalRecipientRow(number=number, position=position, canonical=form, address=address, relation=relation)
        )


def correct(raw: bytes, instead: Mapping[str, str], digest: str | None) -> bytes:
    """The octets that leave. Raises CannotCorrect where they are not those that were approved (`leaves_sha256`)."""
    corrected = readdress(raw, instead).raw
    if sha256(corrected).hexdigest() != digest:
        raise CannotCorrect("what would leave is not what was approved")
    return corrected
