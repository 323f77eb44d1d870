"""The register audit: namesake cases waiting to happen, found before any mail is sent. Rows for a table."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Engine, and_, func, or_, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from mailguard.core.errors import RegisterError
from mailguard.customers.keys import fold
from mailguard.customers.tables import CUSTOMERS, DOMAINS, EMAILS


class RiskKind(StrEnum):
    """Why an address on record is worth a question to its customer."""

    SHARED = "shared_address"
    """One mailbox on the records of customers who live apart."""
    TYPO = "typo_domain"
    """A domain with one or two addresses, one slip away from one with very many."""
    GUESSED = "guessed_address"
    """Never confirmed, spells first and last name at a public provider, and others bear the name: often guessed."""


@dataclass(frozen=True, slots=True)
class Risk:
    """One line of the audit."""

    kind: RiskKind
    customer_id: str
    """Several are parted by a comma."""
    address: str
    text: str


_PUBLIC = 100
"""A domain with so many addresses on record is a public provider."""
_RARE = 3


def audit_register(engine: Engine) -> list[Risk]:
    """Read the whole register and tell its risks, kind by kind. Raises RegisterError."""
    try:
        return [*_shared(engine), *_typos(engine), *_guessed(engine)]
    except DBAPIError as error:
        raise RegisterError(f"customer register: {type(error.orig).__name__}") from None
    except SQLAlchemyError as error:
        raise RegisterError(f"customer register: {type(error).__name__}") from None


def _shared(engine: Engine) -> Iterator[Risk]:
    several = (
        select(EMAILS.c.canonical)
        .where(~EMAILS.c.former)
        .group_by(EMAILS.c.canonical)
        .having(func.count() > 1)
        .subquery()
    )
    query = (
        select(EMAILS.c.canonical, EMAILS.c.address, CUSTOMERS.c.customer_id, CUSTOMERS.c.household_key)
        .join(several, several.c.canonical == EMAILS.c.canonical)
        .join(CUSTOMERS, CUSTOMERS.c.customer_id == EMAILS.c.customer_id)
        .where(~EMAILS.c.former)
        .order_by(EMAILS.c.canonical, CUSTOMERS.c.customer_id)
    )
    with engine.connect() as connection:
        holders: list[tuple[str, str, str, str | None]] = []
        for row in connection.execution_options(yield_per=5000).execute(query):
            if holders and holders[0][0] != row[0]:
                yield from _apart(holders)
                holders = []
            holders.append((row[0], row[1], row[2], row[3]))
        yield from _apart(holders)


def _apart(holders: list[tuple[str, str, str, str | None]]) -> Iterable[Risk]:
    dwellings = {holder[3] for holder in holders}
    if len(holders) < 2 or (len(dwellings) == 1 and None not in dwellings):
        return
    yield Risk(
        RiskKind.SHARED,
        ", ".join(holder[2] for holder in holders),
        holders[0][1],
        f"on the records of {len(holders)} customers in {len(dwellings)} dwellings",
    )


def _typos(engine: Engine) -> Iterator[Risk]:
    with engine.connect() as connection:
        domains: dict[str, int] = {row[0]: row[1] for row in connection.execute(select(DOMAINS))}
        near: dict[str, list[str]] = {}
        for domain, addresses in domains.items():
            if addresses >= _PUBLIC:
                for slip in slips(domain):
                    near.setdefault(slip, []).append(domain)
        for domain, addresses in sorted(domains.items()):
            meant = [other for other in near.get(domain, ()) if other != domain]
            if addresses > _RARE or not meant:
                continue
            query = select(EMAILS.c.address, EMAILS.c.customer_id).where(
                EMAILS.c.canonical.like(f"%@{domain}"), ~EMAILS.c.former
            )
            for address, customer_id in connection.execute(query):
                note = f"{addresses} at {domain}, {domains[meant[0]]} at {meant[0]}"
                yield Risk(RiskKind.TYPO, customer_id, address, note)


def slips(domain: str) -> set[str]:
    """Every domain that one slip of the finger makes: a letter lost, doubled or swapped in the name or the ending.

    Replaced and inserted letters are left out: real short domains are too often one such letter apart.
    """
    name, _, ending = domain.rpartition(".")
    made = {f"{slip}.{ending}" for slip in _slipped(name)} | {f"{name}.{slip}" for slip in _slipped(ending)}
    made |= {f"{name}.con", f"{name}.cm", f"{name}.comm"} if ending == "com" else set()
    return made - {domain, f"{name}.", f".{ending}"}


def _slipped(word: str) -> Iterator[str]:
    for place in range(len(word)):
        yield word[:place] + word[place + 1 :]
        yield word[:place] + word[place] + word[place:]
        if place + 1 < len(word):
            yield word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def _guessed(engine: Engine) -> Iterator[Risk]:
    bearers = (
        select(CUSTOMERS.c.name_key, func.count().label("bearers"))
        .where(CUSTOMERS.c.name_key != "")
        .group_by(CUSTOMERS.c.name_key)
        .having(func.count() > 1)
        .subquery()
    )
    public = [f"%@{domain}" for domain in _public(engine)]
    if not public:
        return
    query = (
        select(
            EMAILS.c.address, CUSTOMERS.c.customer_id, CUSTOMERS.c.first_name, CUSTOMERS.c.last_name, bearers.c.bearers
        )
        .join(CUSTOMERS, CUSTOMERS.c.customer_id == EMAILS.c.customer_id)
        .join(bearers, bearers.c.name_key == CUSTOMERS.c.name_key)
        .where(and_(~EMAILS.c.former, ~EMAILS.c.confirmed, or_(*[EMAILS.c.canonical.like(end) for end in public])))
        .order_by(CUSTOMERS.c.customer_id)
    )
    with engine.connect() as connection:
        for address, customer_id, first, last, count in connection.execution_options(yield_per=5000).execute(query):
            local = fold(address.rpartition("@")[0])
            if local in (fold(first) + fold(last), fold(last) + fold(first)):
                note = f"never confirmed; {count} customers bear the name"
                yield Risk(RiskKind.GUESSED, customer_id, address, note)


def _public(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        query = select(DOMAINS.c.domain).where(DOMAINS.c.addresses >= _PUBLIC).order_by(DOMAINS.c.addresses.desc())
        return list(connection.scalars(query.limit(100)))
