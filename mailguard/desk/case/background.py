"""What the register says today of a recipient and the customer whom the letter is about: what tells them apart."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mailguard.cases.seeding.outcome import is_made_up
from mailguard.core.customer import Customer
from mailguard.core.memory import AddressState, RememberedPair
from mailguard.core.person import Person
from mailguard.core.relation import Identified, Relation, RelationKind
from mailguard.customers.confirmations import Asked, states
from mailguard.customers.register import Register
from mailguard.desk.case.comparing import Comparison
from mailguard.desk.case.earlier import EarlierLetters, letters_to
from mailguard.desk.desk import Desk
from mailguard.namesake.relate import relate

_MOST = 5
"""Recipients of one letter that are looked up; the others have what was written down when it was held."""
_ASKABLE = frozenset({AddressState.UNKNOWN, AddressState.UNCONFIRMED, AddressState.CHANGED})


@dataclass(frozen=True, slots=True)
class Background:
    """About one recipient and one customer."""

    customer_id: str
    gone: bool
    """The customer is no longer on record."""
    state: AddressState | None
    """Of the address on the customer's record; None where it does not stand there."""
    added_at: datetime | None
    """When the address came to a record that was there already."""
    remembered: tuple[RememberedPair, ...]
    question: Asked | None
    """The last one to this address about this customer."""
    bearers: int
    near: tuple[Customer, ...]
    """Others with nearly the same name."""
    earlier: EarlierLetters
    repeats: bool = False
    """Another recipient further up is set beside the same customer: who bears the name has been told there."""

    @property
    def askable(self) -> bool:
        """Whether a letter to the address could settle it."""
        return self.state in _ASKABLE and (self.question is None or self.question.state != "open")


def look_up(desk: Desk, case_id: str, compared: Sequence[Comparison], person: Person | None) -> dict[int, Background]:
    """By the recipient's position; those about nobody on record are left out. Raises RegisterError, StoreError.

    Of earlier letters `person` is told what they may see.
    """
    asked = [comparison for comparison in compared if comparison.about is not None][:_MOST]
    if not asked:
        return {}
    known: dict[str, tuple[Customer | None, tuple[Customer, ...], int]] = {}
    found: dict[int, Background] = {}
    made_up = is_made_up(desk.store, case_id)
    with Register(desk.store.engine).at_once() as register:
        for comparison in asked:
            number = str((comparison.about or {})["id"])
            if number not in known:
                known[number] = _customer(desk, register, number)
            told = any(one.customer_id == number for one in found.values())
            background = _background(desk, register, case_id, comparison, number, known[number], person)
            if made_up:
                # Whoever exists nowhere is on record as the letter's judgement has it: the page must not give it away.
                background = replace(background, gone=False, bearers=comparison.bearers)
            found[comparison.position] = replace(background, repeats=told)
    return found


def _customer(desk: Desk, register: Register, number: str) -> tuple[Customer | None, tuple[Customer, ...], int]:
    customer = register.by_id(number)
    if customer is None:
        return None, (), 0
    bearers = register.count_name(customer.first_name, customer.last_name)
    return customer, desk.namesakes.of(customer), bearers


def _background(
    desk: Desk,
    register: Register,
    case_id: str,
    comparison: Comparison,
    number: str,
    known: tuple[Customer | None, tuple[Customer, ...], int],
    person: Person | None,
) -> Background:
    customer, near, bearers = known
    address = comparison.recipient.address
    relation = _today(desk, register, address, customer) if customer else None
    with desk.store.reading() as session:
        asked = states(session, desk.now(), address=address, customer_id=number, limit=1)
    return Background(
        customer_id=number,
        gone=customer is None,
        state=_state(relation),
        added_at=_added(customer, address) if customer else None,
        remembered=relation.remembered if relation else (),
        question=asked[0] if asked else None,
        bearers=bearers,
        near=near,
        earlier=letters_to(desk.store, case_id, address, number, person),
    )


def _today(desk: Desk, register: Register, address: str, customer: Customer) -> Relation | None:
    # The relation is the judge's own word for it, so the page says the same as the next letter's verdict would.
    settings = desk.settings.register_
    relations = relate(
        [address],
        [Identified(customer, ())],
        register,
        settings.internal_domains,
        partners=settings.partners,
        changed_days=settings.changed_days,
        at=desk.now(),
    )
    return relations[0] if relations else None


def _state(relation: Relation | None) -> AddressState | None:
    if relation is not None and relation.kind is RelationKind.DISPUTED:
        return AddressState.DISPUTED
    return relation.state if relation else None


def _added(customer: Customer, address: str) -> datetime | None:
    return next((at for known, at in customer.added if known.casefold() == address.casefold()), None)
