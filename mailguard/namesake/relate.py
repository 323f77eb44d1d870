"""What each envelope recipient is to each customer that the message is about.

Record-anchored: first the customer's own addresses, then whose address it is, and only for an address that is nobody's
the likeness of spellings. A person's name is never guessed from an address that the register knows.
"""

from collections.abc import Collection, Iterable, Sequence

from mailguard.core.address import canonical, domain_ascii, domain_of
from mailguard.core.customer import Customer
from mailguard.core.relation import Identified, Relation, RelationKind
from mailguard.customers.keys import household_key
from mailguard.namesake.names import SAME_NAME, compare_customers, share_last_name
from mailguard.namesake.register import Register
from mailguard.namesake.resemblance import is_near_domain, is_near_local, near_provider, skeleton, spells_name, split

_ORDER = [
    RelationKind.DISPUTED,
    RelationKind.ON_RECORD,
    RelationKind.UNCONFIRMED,
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


def relate(
    recipients: Sequence[str],
    customers: Sequence[Identified],
    register: Register,
    internal_domains: Collection[str],
    *,
    tell_unconfirmed: bool = False,
) -> tuple[Relation, ...]:
    """One relation a (recipient, customer) pair, or a single `internal` or `no_customer` for a recipient.

    Headers never decide: only envelope recipients are looked at. With `tell_unconfirmed` an address on record that the
    source never saw answered is `unconfirmed` and not `on_record`. A `no_customer` has the owner of the address, where
    it is on record: the reviewer is told whose it is. Raises RegisterError.
    """
    inside = {domain_ascii(domain.strip().lstrip("@.")) for domain in internal_domains}
    relations: list[Relation] = []
    for recipient in recipients:
        if _is_inside(domain_of(recipient), inside):
            relations.append(Relation(recipient, RelationKind.INTERNAL))
        elif not customers:
            owner = next(iter(register.by_address(recipient)), None)
            relations.append(Relation(recipient, RelationKind.NO_CUSTOMER, owner=owner))
        else:
            judge = _Recipient(recipient, register, tell_unconfirmed)
            relations += _nearest([judge.relate_to(about) for about in customers])
    return tuple(relations)


def _nearest(relations: Sequence[Relation]) -> Iterable[Relation]:
    """Of customers whom the same words fit, the one to whom the recipient is nearest."""
    kept: dict[str, Relation] = {}
    for relation in relations:
        about = relation.about
        key = (about and (about.either or about.customer.customer_id)) or ""
        if key not in kept or _ORDER.index(relation.kind) < _ORDER.index(kept[key].kind):
            kept[key] = relation
    return kept.values()


def _is_inside(domain: str, inside: Collection[str]) -> bool:
    return any(domain == ours or domain.endswith(f".{ours}") for ours in inside if ours)


class _Recipient:
    """One recipient: what the register says about the address is asked once, and only when it is needed."""

    def __init__(self, address: str, register: Register, tell_unconfirmed: bool) -> None:
        self._address = address
        self._canonical = canonical(address)
        self._register = register
        self._tell_unconfirmed = tell_unconfirmed
        self._disputes = register.disputes(address)
        self._owners: tuple[Customer, ...] | None = None
        self._former: frozenset[str] | None = None

    def relate_to(self, about: Identified) -> Relation:
        customer = about.customer
        if None in self._disputes or customer.customer_id in self._disputes:
            return Relation(self._address, RelationKind.DISPUTED, about)
        if self._canonical in map(canonical, customer.emails):
            unconfirmed = self._tell_unconfirmed and not customer.email_confirmed
            return Relation(self._address, RelationKind.UNCONFIRMED if unconfirmed else RelationKind.ON_RECORD, about)
        if self._owners is None:
            self._owners = self._register.by_address(self._address)
        return self._owned(about, self._owners) if self._owners else self._nobodys(about)

    def _owned(self, about: Identified, owners: Sequence[Customer]) -> Relation:
        customer = about.customer
        for owner in owners:
            if _one_household(customer, owner):
                return Relation(self._address, RelationKind.HOUSEHOLD, about, owner)
        for owner in owners:
            if compare_customers(customer, owner).score >= SAME_NAME:
                bearers = self._register.count_name(customer.first_name, customer.last_name)
                return Relation(self._address, RelationKind.NAMESAKE, about, owner, bearers=bearers)
        return Relation(self._address, RelationKind.OTHER_CUSTOMER, about, owners[0])

    def _nobodys(self, about: Identified) -> Relation:
        customer = about.customer
        if self._former is None:
            self._former = self._register.former_holders(self._address)
        if customer.customer_id in self._former:
            return Relation(self._address, RelationKind.FORMER_ADDRESS, about)
        kind, resembles = self._likeness(customer)
        bearers = 0
        if kind is RelationKind.LOOKALIKE:
            bearers = self._register.count_name(customer.first_name, customer.last_name)
        return Relation(self._address, kind, about, resembles=resembles, bearers=bearers)

    def _likeness(self, customer: Customer) -> tuple[RelationKind, str | None]:
        local, domain = split(self._address)
        for known in customer.emails:
            known_local, known_domain = split(known)
            if skeleton(known) == skeleton(self._address):
                return RelationKind.LOOKALIKE, known
            if (local == known_local or is_near_local(local, known_local)) and is_near_domain(domain, known_domain):
                return RelationKind.TYPO_DOMAIN, known_domain
            if domain == known_domain and is_near_local(local, known_local):
                return RelationKind.LOOKALIKE, known
        named = spells_name(self._address, customer)
        if named or any(local == split(known)[0] for known in customer.emails):
            for provider in near_provider(domain):
                if not self._register.count_domain(domain) and self._register.count_domain(provider):
                    return RelationKind.TYPO_DOMAIN, provider
        return (RelationKind.LOOKALIKE if named else RelationKind.UNRELATED), None


def _one_household(one: Customer, other: Customer) -> bool:
    if not set(map(canonical, one.emails)).isdisjoint(map(canonical, other.emails)):
        return True
    dwelling = household_key(one.street, one.postcode)
    same_dwelling = bool(dwelling) and dwelling == household_key(other.street, other.postcode)
    return same_dwelling and share_last_name(one, other)
