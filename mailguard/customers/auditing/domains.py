"""Domains that are a slip of the finger, and addresses at which no mail can arrive."""

from collections.abc import Collection, Iterator, Mapping

from sqlalchemy import Connection, select

from mailguard.core.address import domain_ascii, is_plain
from mailguard.core.marking import N_
from mailguard.customers.auditing.risk import Advance, Risk, RiskKind
from mailguard.customers.auditing.wording import NO_ENDING, SLIP
from mailguard.customers.tables.register import DOMAINS, EMAILS

_CROWD = 100
"""A domain with so many addresses on record is a provider's, or a very large company's."""
_RARE = 3
_FAR_RARER = 1000
"""Another ending (gmail.fi) is a slip only where it is so many times rarer: yahoo.se and yahoo.com are both real."""
_KEY_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NO_ENDINGS = frozenset(
    "con cim cpm xom vom comm ccom coom ocm cmo nett nte orgg ogr invalid localhost local lan".split()
)
"""Endings that are misspelt (no such one is delegated), or that RFC 2606, RFC 6761 and RFC 6762 keep out of the net."""
_FILLERS = frozenset("none noemail nomail noreply no-reply unknown ei.ole eiole brak geen saknas keine".split())


def count_domains(connection: Connection) -> dict[str, int]:
    """How many addresses are on record at each domain."""
    return {row[0]: row[1] for row in connection.execute(select(DOMAINS))}


def public_domains(counted: Mapping[str, int], providers: Collection[str]) -> frozenset[str]:
    """The domains at which anybody may have a mailbox: known providers, and whatever a crowd of customers uses."""
    crowded = {domain for domain, addresses in counted.items() if addresses >= _CROWD}
    return frozenset(crowded | {domain for domain in providers if domain in counted})


def misspelt_domains(counted: Mapping[str, int], public: Collection[str]) -> dict[str, str]:
    """Rare domains that are a slip away from a public one, each with the one that was meant."""
    near: dict[str, str] = {}
    # The most used last: where a slip fits two, it was meant for that one.
    for domain in sorted(public, key=lambda domain: counted[domain]):
        near |= dict.fromkeys(slips(domain), domain)
    by_name = {domain.rpartition(".")[0]: domain for domain in sorted(public, key=lambda domain: counted[domain])}
    meant: dict[str, str] = {}
    for domain, addresses in counted.items():
        if addresses > _RARE or domain in public:
            continue
        other_ending = by_name.get(domain.rpartition(".")[0], "")
        if domain in near:
            meant[domain] = near[domain]
        elif other_ending and counted[other_ending] >= addresses * _FAR_RARER:
            meant[domain] = other_ending
    return meant


def odd_addresses(
    connection: Connection, counted: Mapping[str, int], meant: Mapping[str, str], advance: Advance
) -> Iterator[Risk]:
    """Every address at a misspelt domain, and every address at which no mail can arrive."""
    query = select(EMAILS.c.address, EMAILS.c.canonical, EMAILS.c.customer_id).where(~EMAILS.c.former)
    for address, canonical, customer_id in connection.execution_options(yield_per=5000).execute(query):
        advance(1)
        domain = canonical.rpartition("@")[2]
        if domain in meant:
            right = meant[domain]
            both = {"here": counted[domain], "domain": domain, "there": counted[right], "right": right}
            yield Risk(RiskKind.TYPO, customer_id, address, SLIP % both, right)
        elif problem := undeliverable(address):
            yield Risk(RiskKind.UNDELIVERABLE, customer_id, address, problem)


def undeliverable(address: str) -> str:
    """Why no mail can arrive at the address, in words; empty when nothing is seen. The DNS is not asked."""
    if not is_plain(address):
        return N_("mail servers refuse this form (RFC 5321, section 4.1.2)")
    local, _, domain = address.lower().rpartition("@")
    domain = domain_ascii(domain)
    ending = domain.rpartition(".")[2]
    if "." not in domain:
        return N_("the domain has no ending")
    if not domain.isascii() or not all(label.replace("-", "").isalnum() for label in domain.split(".")):
        return N_("the domain holds signs that no domain may have")
    if ending.isdigit() or len(ending) < 2 or ending in _NO_ENDINGS:
        return NO_ENDING % {"ending": ending}
    if domain.startswith("www."):
        return N_("the domain is a web site's")
    return N_("reads like a filler for no address") if local in _FILLERS else ""


def slips(domain: str) -> set[str]:
    """Every domain that one slip of the finger makes: a letter lost, doubled or swapped in the name or the ending.

    Of replaced and inserted letters only those next to the right key: real short domains are too often one letter
    apart.
    """
    name, _, ending = domain.rpartition(".")
    made = {f"{slip}.{ending}" for slip in (*_slipped(name), *_hit_beside(name))}
    made |= {f"{name}.{slip}" for slip in _slipped(ending)}
    made |= {f"{name}.con", f"{name}.cim", f"{name}.vom", f"{name}.xom"} if ending == "com" else set()
    return made - {domain, f"{name}.", f".{ending}"}


def _slipped(word: str) -> Iterator[str]:
    for place in range(len(word)):
        yield word[:place] + word[place + 1 :]
        yield word[:place] + word[place] + word[place:]
        if place + 1 < len(word):
            yield word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def _hit_beside(word: str) -> Iterator[str]:
    if len(word) < 5:
        return
    for place, letter in enumerate(word):
        for beside in _BESIDE.get(letter, ""):
            yield word[:place] + beside + word[place + 1 :]
            yield word[:place] + beside + word[place:]
            yield word[: place + 1] + beside + word[place + 1 :]


_BESIDE = {
    letter: row[max(0, place - 1) : place] + row[place + 1 : place + 2]
    for row in _KEY_ROWS
    for place, letter in enumerate(row)
}
