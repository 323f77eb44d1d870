"""What an address that nobody has looks like beside a customer's: a forged, a mistyped, a guessed one, or nothing."""

from collections.abc import Iterator

from mailguard.core.customer import Customer
from mailguard.core.relation import RelationKind
from mailguard.namesake.register import Register
from mailguard.namesake.resemblance import (
    is_near_domain,
    is_near_local,
    near_provider,
    skeleton,
    spells_name,
    split,
)

_PROVIDER = 20
"""From so many addresses on record a domain is a provider, whose misspelling is worth the name."""
_RARER = 100
"""A domain is taken for a misspelt one where the provider has so many times as many addresses on record."""


def likeness(address: str, customer: Customer, register: Register) -> tuple[RelationKind, str | None]:
    """`lookalike`, `typo_domain` or `unrelated`, and the address or domain that is meant. Raises RegisterError."""
    local, domain = split(address)
    drawn = skeleton(address)
    for known in customer.emails:
        known_local, known_domain = split(known)
        if skeleton(known) == drawn:
            return RelationKind.LOOKALIKE, known
        if (local == known_local or is_near_local(local, known_local)) and is_near_domain(domain, known_domain):
            return RelationKind.TYPO_DOMAIN, known_domain
        if domain == known_domain and is_near_local(local, known_local):
            return RelationKind.LOOKALIKE, known
    named = spells_name(address, customer)
    if named or any(local == split(known)[0] for known in customer.emails):
        meant = max(_meant(domain, register), default=None)
        if meant is not None:
            return RelationKind.TYPO_DOMAIN, meant[1]
    return (RelationKind.LOOKALIKE if named else RelationKind.UNRELATED), None


def _meant(domain: str, register: Register) -> Iterator[tuple[int, str]]:
    """The providers on record whose domain is one slip away from one that next to nobody on record has."""
    here = register.count_domain(domain)
    for provider, addresses in register.big_domains(max(_PROVIDER, here * _RARER)):
        if is_near_domain(domain, provider):
            yield addresses, provider
    if not here:
        # A young register holds few addresses: what the world knows as a provider needs one.
        for provider in near_provider(domain):
            if addresses := register.count_domain(provider):
                yield addresses, provider
