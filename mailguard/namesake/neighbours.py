"""Recipients who may be written to whoever a letter is about: the company itself and its partners."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from mailguard.core.address import canonical, domain_ascii, domain_of


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The configured domains and addresses in the form in which they are compared."""

    inside: frozenset[str]
    partner_domains: frozenset[str]
    partner_addresses: frozenset[str]

    def is_inside(self, domain: str) -> bool:
        """Whether a domain is the company's own, or below one."""
        return _is_in(domain, self.inside)

    def is_partner(self, address: str) -> bool:
        """Whether an address is a partner's, by itself or by its domain."""
        if not (self.partner_domains or self.partner_addresses):
            return False
        return canonical(address) in self.partner_addresses or _is_in(domain_of(address), self.partner_domains)


@lru_cache(maxsize=8)
def neighbours(internal_domains: tuple[str, ...], partners: tuple[str, ...]) -> Neighbours:
    """Read the configured lists: `operator.example`, `@operator.example`, `orders@partner.example`."""
    addresses = {partner for partner in partners if "@" in partner.strip().strip("@")}
    return Neighbours(
        inside=_domains(internal_domains),
        partner_domains=_domains(partner for partner in partners if partner not in addresses),
        partner_addresses=frozenset(map(canonical, addresses)),
    )


def _domains(names: Iterable[str]) -> frozenset[str]:
    return frozenset(domain for name in names if (domain := domain_ascii(name.strip().lstrip("@."))))


def _is_in(domain: str, domains: frozenset[str]) -> bool:
    """Whether the domain or one above it is among them."""
    if not domains:
        return False
    while domain not in domains:
        _, dot, domain = domain.partition(".")
        if not dot:
            return False
    return True
