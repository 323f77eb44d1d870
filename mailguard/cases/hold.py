"""Hold a message: sealed body, rows, audit entry and letters to write, in one commit."""

from collections.abc import Iterator
from hashlib import sha256

from sqlmodel import Session

from mailguard.cases.describe import describe_judgement, describe_relation
from mailguard.cases.four_eyes import sender_addresses, sender_identities
from mailguard.cases.masking import mask_text
from mailguard.cases.outbox import write_notice, write_sender_notice
from mailguard.cases.remembering import describe_pairs
from mailguard.core.case import CaseState
from mailguard.core.envelope import Envelope
from mailguard.core.ids import new_case_id
from mailguard.core.part import Letter
from mailguard.core.person import Role
from mailguard.core.verdict import Judgement
from mailguard.store.people import people_in
from mailguard.store.store import Store
from mailguard.store.tables import BodyRow, CaseRow, IdentityRow, RecipientRow

_LONGEST_SUBJECT = 500


def hold(store: Store, envelope: Envelope, raw: bytes, judgement: Judgement) -> str:
    """Take a message into our keeping and give its case id. When this returns, everything is on the disk.

    Raises StoreError when it is not: then nothing is kept and the client must try again (promise 2).
    """
    case_id, digest = new_case_id(), sha256(raw).hexdigest()
    sealed = store.sealer.seal(raw, case_id=case_id, digest=digest)
    written = sender_addresses(envelope, judgement.letter)
    with store.writing() as session:
        case = _case_row(store, case_id, digest, envelope, raw, judgement)
        session.add(case)
        # First the case, then what refers to it: the rows carry plain foreign keys, no object relations.
        session.flush()
        session.add_all(_recipient_rows(case_id, judgement))
        identities = sender_identities(session, written, envelope.client.login)
        session.add_all(IdentityRow(case_id=case_id, address=address) for address in sorted(identities))
        session.add(
            BodyRow(case_id=case_id, key_id=sealed.key_id, wrapped_key=sealed.wrapped_key, sealed=sealed.sealed)
        )
        store.audit.append(
            session,
            "hold",
            actor="guard",
            at=case.received_at,
            case_id=case_id,
            details={"sha256": digest, "size": len(raw), "reasons": [r.code.value for r in judgement.reasons]},
        )
        _write_notices(session, case, identities)
    return case_id


def _case_row(store: Store, case_id: str, digest: str, envelope: Envelope, raw: bytes, judgement: Judgement) -> CaseRow:
    letter = judgement.letter
    found = judgement.findings
    described = describe_judgement(judgement)
    # Offsets let the review desk mark the place in the text; the contract's JSON does not carry them.
    for entry, finding in zip(described["findings"], found, strict=True):
        entry |= {"start": finding.start, "end": finding.end}
    header_from = (letter.header("From") if letter else None) or ""
    return CaseRow(
        id=case_id,
        state=CaseState.HELD,
        received_at=store.clock(),
        reverse_path=envelope.reverse_path,
        client_address=envelope.client.address,
        client_helo=envelope.client.helo,
        client_login=envelope.client.login,
        smtputf8=envelope.smtputf8,
        body_8bit=envelope.body_8bit,
        automatic=_is_automatic(letter),
        dsn={"mail": envelope.dsn, "recipients": dict(envelope.recipient_dsn)},
        header_from=_storable(mask_text(header_from, "header.from", found)),
        subject=_storable(mask_text(letter.subject if letter else "", "subject", found)),
        message_id=_storable(mask_text(letter.message_id if letter else "", "header.message-id", found)),
        size=len(raw),
        sha256=digest,
        verdict=judgement.verdict,
        approvals_needed=judgement.approvals,
        judgement={key: described[key] for key in ("customers", "findings", "reasons")},
        customers=_named_customers(judgement),
    )


def _named_customers(judgement: Judgement) -> str:
    about = [identified.customer for identified in judgement.customers]
    # The wrong reader too: whoever looks into a complaint of theirs searches by them.
    owners = [recipient.relation.owner for recipient in judgement.recipients]
    lines = {f"{customer.customer_id} {customer.name}".casefold() for customer in (*about, *owners) if customer}
    return "\n".join(sorted(lines)).replace("\0", "�").encode("utf-8", "replace").decode()


def _recipient_rows(case_id: str, judgement: Judgement) -> Iterator[RecipientRow]:
    for position, recipient in enumerate(judgement.recipients):
        yield RecipientRow(
            case_id=case_id,
            position=position,
            address=recipient.address,
            verdict=recipient.verdict,
            relation=describe_relation(recipient.relation) | {"pairs": describe_pairs(judgement, recipient)},
            reasons=[reason.code.value for reason in recipient.reasons],
        )


def _write_notices(session: Session, case: CaseRow, identities: frozenset[str]) -> None:
    write_sender_notice(session, "held", case, at=case.received_at)
    for person in people_in(session, Role.SUPERVISOR):
        if identities.isdisjoint(person.addresses):
            write_notice(session, "to_review", person.email, case=case, at=case.received_at)


def _is_automatic(letter: Letter | None) -> bool:
    # RFC 3834, section 2: no automatic answer to an automatic message.
    auto = (letter.header("Auto-Submitted") if letter else None) or "no"
    return auto.strip().lower() != "no"


def _storable(text: str) -> str:
    # PostgreSQL refuses NUL in text, and a lone surrogate cannot be encoded.
    return text[:_LONGEST_SUBJECT].replace("\0", "�").encode("utf-8", "replace").decode()
