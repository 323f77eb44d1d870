"""Sending a message to the customer's address on record instead: which addresses those are, and what leaves then."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from mailguard.cases.reading import open_body
from mailguard.cases.rows import case_row
from mailguard.core.address import canonical, is_plain
from mailguard.core.customer import Customer
from mailguard.core.errors import BadDecision, CannotCorrect
from mailguard.core.memory import AddressState
from mailguard.core.relation import Identified, Relation, RelationKind
from mailguard.customers.register import Register
from mailguard.message.readdressing import ChangedLine, readdress
from mailguard.namesake.relate import relate
from mailguard.store.store import Store
from mailguard.store.tables.cases import CaseRow

_MOST_CUSTOMERS = 3
"""A letter about more people is a list, and no address on record is theirs."""
_MOST_ADDRESSES = 5
_SIGNATURES = (b"dkim-signature:", b"arc-message-signature:")


@dataclass(frozen=True, slots=True)
class Correction:
    """What a message would be with addresses in its header corrected."""

    lines: tuple[ChangedLine, ...]
    """To and Cc before and after; empty where they do not name the recipients: then only the envelope changes."""
    signed: bool
    """It carries a signature over its header (DKIM, RFC 6376), which breaks where the changed lines are signed."""
    digest: str
    """SHA-256 of what leaves, without the lines that the guard puts on top."""


def addresses_on_record(store: Store, customer_ids: Sequence[str], recipient: str) -> tuple[str, ...]:
    """Where a letter about these customers can go instead of to the recipient: what is on record for each of them,
    confirmed and undisputed, and no mailbox that a reviewer has found wrong. Raises RegisterError.
    """
    if not 0 < len(set(customer_ids)) <= _MOST_CUSTOMERS:
        return ()
    with Register(store.engine).at_once() as register:
        customers = register.by_ids(customer_ids)
        if {customer.customer_id for customer in customers} != set(customer_ids):
            return ()
        known = dict.fromkeys(email for customer in customers for email in customer.emails)
        others = [email for email in known if canonical(email) != canonical(recipient)][: 4 * _MOST_ADDRESSES]
        return tuple(_good(others, customers, register, store))[:_MOST_ADDRESSES]


def check_corrections(store: Store, case_id: str, corrections: Mapping[str, str], *, as_written: bool = False) -> None:
    """Whether each recipient may be corrected so at this moment.

    Asked when it is decided, and again at the last moment before the message leaves. `as_written`: no other spelling of
    an address on record will do; `mikko+x@` is another mailbox where the mail server knows no plus. Raises
    CannotCorrect, NoSuchCase, RegisterError, StoreError.
    """
    if not corrections:
        return
    with store.reading() as session:
        case = case_row(session, case_id)
        customers, international = customers_of(case), case.smtputf8
    for recipient, target in corrections.items():
        if not is_plain(target) or not (target.isascii() or international):
            raise CannotCorrect("the address on record is not one that this message can be sent to")
        form = str.casefold if as_written else canonical
        if form(target) not in map(form, addresses_on_record(store, customers, recipient)):
            raise CannotCorrect(
                "the other address is not on record for this customer, or not confirmed, or its reader has said that "
                "it is not theirs"
            )


def original(store: Store, case_id: str) -> bytes:
    """The bytes that were judged, to be corrected. Raises StoreError, BadDecision, NoSuchCase."""
    raw = open_body(store, case_id)
    if raw is None:
        raise BadDecision("the letter is not kept any more")
    return raw


def correction_of(raw: bytes, corrections: Mapping[str, str]) -> Correction:
    """What would leave of the message. Raises CannotCorrect."""
    done = readdress(raw, corrections)
    header = raw[: raw.find(b"\r\n\r\n") + 2].lower()
    signed = any(header.startswith(name) or b"\n" + name in header for name in _SIGNATURES)
    return Correction(done.lines, signed, sha256(done.raw).hexdigest())


def customers_of(case: CaseRow) -> list[str]:
    """The numbers of the customers that a message is about."""
    return list(dict.fromkeys(str(customer["id"]) for customer in case.judgement["customers"]))


def _good(addresses: Collection[str], customers: Sequence[Customer], register: Register, store: Store) -> Iterable[str]:
    about = [Identified(customer, ()) for customer in customers]
    for address in addresses:
        if all(map(_is_sure, relate([address], about, register, (), at=store.clock()))):
            yield address


def _is_sure(relation: Relation) -> bool:
    on_record = relation.kind is RelationKind.ON_RECORD and relation.state is AddressState.CONFIRMED
    return on_record and relation.rejection is None
