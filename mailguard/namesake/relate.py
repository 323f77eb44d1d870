"""What each envelope recipient is to each customer that the message is about.

Record-anchored: first the customer's own addresses, then whose address it is, and only for an address that is nobody's
the likeness of spellings. A person's name is never guessed from an address that the register knows.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from mailguard.core.address import canonical, domain_of
from mailguard.core.clock import utc_now
from mailguard.core.customer import Customer
from mailguard.core.memory import AddressState, RecordedAddress, state_of
from mailguard.core.relation import Identified, Relation, RelationKind
from mailguard.customers.keys import household_key
from mailguard.namesake.given_names import share_only_given_name, spells_given_name
from mailguard.namesake.likeness import likeness
from mailguard.namesake.names import SAME_NAME, compare_customers, share_last_name
from mailguard.namesake.neighbours import Neighbours, neighbours
from mailguard.namesake.register import Register
from mailguard.namesake.resemblance import is_disguised

_ORDER = [
    RelationKind.DISPUTED,
    RelationKind.ON_RECORD,
    RelationKind.UNCONFIRMED,
    RelationKind.PARTNER,
    RelationKind.HOUSEHOLD,
    RelationKind.FORMER_ADDRESS,
    RelationKind.NAMESAKE,
    RelationKind.LOOKALIKE,
    RelationKind.TYPO_DOMAIN,
    RelationKind.OTHER_CUSTOMER,
    RelationKind.UNRELATED,
    RelationKind.INTERNAL,
    RelationKind.NO_CUSTOMER,
]
"""Nearest first, but a dispute is never outweighed; of relations that hold a letter, the more telling."""
_DOUBTFUL = frozenset({AddressState.BOUNCED, AddressState.CHANGED, AddressState.UNCONFIRMED})


def relate(
    recipients: Sequence[str],
    customers: Sequence[Identified],
    register: Register,
    internal_domains: Collection[str],
    *,
    partners: Collection[str] = (),
    changed_days: int = 30,
    at: datetime | None = None,
) -> tuple[Relation, ...]:
    """One relation a (recipient, customer) pair, or a single one for a recipient inside, or where there is no customer.

    Headers never decide: only envelope recipients are looked at. `partners` are addresses and domains that may be
    written to about anybody. `at` is the moment for which remembered decisions count (None: now), `changed_days` how
    long an address that came to a record is in doubt. A `no_customer` has the owner of the address, where it is on
    record: the reviewer is told whose it is. Raises RegisterError.
    """
    known = neighbours(tuple(internal_domains), tuple(partners))
    moment = at or utc_now()
    relations: list[Relation] = []
    for recipient in recipients:
        if known.is_inside(domain_of(recipient)):
            relations.append(Relation(recipient, RelationKind.INTERNAL))
        elif customers:
            judge = _Recipient(recipient, register, known, moment, changed_days)
            relations += _nearest([judge.relate_to(about) for about in customers])
        elif known.is_partner(recipient):
            relations.append(Relation(recipient, RelationKind.PARTNER))
        else:
            owner = next(iter(register.by_address(recipient)), None)
            relations.append(Relation(recipient, RelationKind.NO_CUSTOMER, owner=owner))
    return tuple(relations)


def _nearest(relations: Sequence[Relation]) -> Iterable[Relation]:
    """Of customers whom the same words fit, the one to whom the recipient is nearest."""
    kept: dict[str, Relation] = {}
    for relation in relations:
        about = relation.about
        key = (about and (about.either or about.customer.customer_id)) or ""
        if key not in kept or _distance(relation) < _distance(kept[key]):
            kept[key] = relation
    return kept.values()


def _distance(relation: Relation) -> tuple[bool, int]:
    # A rejection is a dispute of ours: never outweighed either.
    return relation.rejection is None, _ORDER.index(relation.kind)


class _Recipient:
    """One recipient: what the register says about the address is asked once, and only when it is needed."""

    def __init__(self, address: str, register: Register, known: Neighbours, at: datetime, changed_days: int) -> None:
        self._address = address
        self._canonical = canonical(address)
        self._register = register
        self._disguised = is_disguised(address)
        self._is_partner = known.is_partner(address) and not self._disguised
        self._at = at
        self._changed_days = changed_days
        self._memory = register.memory(address)
        self._owners: tuple[Customer, ...] | None = None
        self._former: frozenset[str] | None = None

    def relate_to(self, about: Identified) -> Relation:
        customer_id = about.customer.customer_id
        relation = self._relation_to(about)
        if self._memory.pairs:
            standing = self._memory.standing(customer_id, self._at.date())
            if self._disguised:
                standing = tuple(pair for pair in standing if not pair.approved)
            return replace(relation, remembered=standing) if standing else relation
        return relation

    def _relation_to(self, about: Identified) -> Relation:
        customer = about.customer
        if self._memory.is_disputed(customer.customer_id):
            return Relation(self._address, RelationKind.DISPUTED, about, state=AddressState.DISPUTED)
        for mine in customer.emails:
            if mine == self._address or (canonical(mine) == self._canonical and not self._disguised):
                return self._on_record(about, mine)
        if self._is_partner:
            return Relation(self._address, RelationKind.PARTNER, about)
        if self._owners is None:
            # What a disguised address is compared as may be somebody's; itself it is nobody's.
            self._owners = () if self._disguised else self._register.by_address(self._address)
        return self._owned(about, self._owners) if self._owners else self._nobodys(about)

    def _on_record(self, about: Identified, mine: str) -> Relation:
        customer = about.customer
        recorded = RecordedAddress(mine in customer.confirmed, dict(customer.added).get(mine))
        state = state_of(
            customer.customer_id,
            recorded,
            self._memory,
            at=self._at,
            changed_days=self._changed_days,
            source_confirms=recorded.confirmed or self._register.source_confirms(),
        )
        if state not in _DOUBTFUL:
            return Relation(self._address, RelationKind.ON_RECORD, about, state=state)
        bearers = self._register.count_name(customer.first_name, customer.last_name)
        return Relation(self._address, RelationKind.UNCONFIRMED, about, bearers=bearers, state=state)

    def _owned(self, about: Identified, owners: Sequence[Customer]) -> Relation:
        customer = about.customer
        for owner in owners:
            if _one_household(customer, owner):
                return Relation(self._address, RelationKind.HOUSEHOLD, about, owner)
        for owner in owners:
            if compare_customers(customer, owner).score >= SAME_NAME:
                bearers = self._register.count_name(customer.first_name, customer.last_name)
                return Relation(self._address, RelationKind.NAMESAKE, about, owner, bearers=bearers)
        for owner in owners if about.by_given_name else ():
            if share_only_given_name(customer, owner):
                return Relation(self._address, RelationKind.NO_CUSTOMER, owner=owner)
        return Relation(self._address, RelationKind.OTHER_CUSTOMER, about, owners[0])

    def _nobodys(self, about: Identified) -> Relation:
        customer = about.customer
        if self._former is None:
            self._former = self._register.former_holders(self._address)
        if customer.customer_id in self._former:
            return Relation(self._address, RelationKind.FORMER_ADDRESS, about)
        kind, resembles = likeness(self._address, customer, self._register)
        if about.by_given_name and kind is RelationKind.UNRELATED and spells_given_name(self._address, customer):
            return Relation(self._address, RelationKind.NO_CUSTOMER)
        bearers = 0
        if kind is RelationKind.LOOKALIKE:
            bearers = self._register.count_name(customer.first_name, customer.last_name)
        return Relation(self._address, kind, about, resembles=resembles, bearers=bearers)


def _one_household(one: Customer, other: Customer) -> bool:
    if not set(map(canonical, one.emails)).isdisjoint(map(canonical, other.emails)):
        return True
    dwelling = household_key(one.street, one.postcode)
    same_dwelling = bool(dwelling) and dwelling == household_key(other.street, other.postcode)
    return same_dwelling and share_last_name(one, other)
