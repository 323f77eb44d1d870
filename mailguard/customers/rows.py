"""One line of the customer file, checked and turned into the values of the register's tables."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from hashlib import blake2b
from operator import itemgetter

from email_validator import EmailNotValidError, validate_email

from mailguard.core.address import canonical, is_plain
from mailguard.customers import keys

COLUMNS = (
    "customer_id first_name last_name former_names emails phone birth_date street postcode city country "
    "username tags email_confirmed national_id"
).split()
"""Columns of the contract, and `national_id`, which a register may have."""
REQUIRED = ("customer_id", "first_name", "last_name", "emails")

_KEYS_VERSION = b"2"
"""Part of the row's digest: raise it when a key is made differently, and the next import writes every row anew."""
_YES = frozenset("yes y true t 1 x kyllä ja tak".split())
_NO = frozenset(["", *"no n false f 0 ei nej nie nee nein".split()])
_EVERYDAY = re.compile(
    r"[A-Za-z0-9_%+-]+(?:\.[A-Za-z0-9_%+-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24}"
)
_DAY_FIRST = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})")
_SHORT = 300
"""Characters of an everyday row: in so short a one no cell is too long, whatever stands in it."""
_LONGEST = {"customer_id": 64, "first_name": 200, "last_name": 200, "username": 200, "national_id": 64}


@dataclass(frozen=True, slots=True)
class BadRow:
    """A line that was not imported, and why; the words hold no value of the row but what names the mistake."""

    line: int
    problem: str


class RowProblem(ValueError):
    """What is wrong with a row, in words."""


@dataclass(frozen=True, slots=True)
class Staged:
    """The values of one good row, in the order of the staging tables' columns."""

    customer: tuple[object, ...]
    emails: list[tuple[object, ...]]
    names: list[tuple[object, ...]]


def parse_row(line: int, cells: Sequence[str], take: Callable[[Sequence[str]], tuple[str, ...]]) -> Staged:
    """Check one row. `take` picks the cells of `COLUMNS`, in that order.

    Raises RowProblem for a missing id or name, a date, address or yes/no that cannot be read, and control characters.
    """
    row = take(cells)
    joined = "|".join(row)
    # Odd spaces are not printable either; only then is it worth a look at each cell.
    if len(joined) > _SHORT or not joined.isprintable():
        row = _checked(row)
    (
        customer_id, first, last, former_names, addresses, phone, birth_date, street, postcode, city, country,
        username, tags, email_confirmed, national_id,
    ) = row  # fmt: skip
    number = keys.id_key(customer_id)
    if not number:
        raise RowProblem("customer_id is missing")
    if not last:
        raise RowProblem("last_name is missing" if first else "the name is missing")
    former = tuple(values(former_names))
    emails = _emails(line, customer_id, values(addresses), _confirmations(email_confirmed))
    others = keys.other_name_keys(first, last, former)
    customer = (
        line,
        customer_id,
        first,
        last,
        ";".join(former),
        phone,
        _birth_date(birth_date) if birth_date else None,
        street,
        postcode,
        city,
        country,
        username,
        ";".join(values(tags.lower())),
        bool(emails) and all(email[-1] for email in emails),
        national_id,
        number,
        keys.name_key(first, last),
        keys.street_key(street),
        keys.postcode_key(postcode),
        keys.household_key(street, postcode) or None,
        keys.id_key(username) or None,
        keys.national_key(national_id) or None,
        keys.city_key(city),
        keys.phone_key(phone.partition(";")[0]) or None,
        blake2b(joined.encode(), digest_size=16, key=_KEYS_VERSION).digest(),
    )
    return Staged(customer, emails, [(line, key, customer_id) for key in sorted(others)])


def taker(places: Mapping[str, int]) -> Callable[[Sequence[str]], tuple[str, ...]]:
    """What picks the cells of `COLUMNS` out of a row, stripped; a missing column or cell is empty."""
    order = [places.get(column) for column in COLUMNS]
    width = max(places.values()) + 1
    pick = itemgetter(*(width if place is None else place for place in order))

    def take(cells: Sequence[str]) -> tuple[str, ...]:
        padded = [*map(str.strip, cells), *[""] * (width - len(cells))][:width]
        padded.append("")
        picked: tuple[str, ...] = pick(padded)
        return picked

    return take


def values(cell: str) -> list[str]:
    """The values of a cell that holds several, parted by `;`."""
    if ";" not in cell:
        return [cell] if cell else []
    return [value for part in cell.split(";") if (value := part.strip())]


def _checked(row: tuple[str, ...]) -> tuple[str, ...]:
    # A line break in a cell is a spreadsheet's way to write an address.
    row = tuple(" ".join(text.split()) if "\n" in text or "\t" in text or "\r" in text else text for text in row)
    for column, text in zip(COLUMNS, row, strict=True):
        if len(text) > _LONGEST.get(column, 4000):
            raise RowProblem(f"{column} is longer than {_LONGEST.get(column, 4000)} characters")
        if not text.isprintable() and any(unicodedata.category(ch) in ("Cc", "Cs") for ch in text):
            raise RowProblem(f"{column} holds control characters")
    return row


@lru_cache(maxsize=1 << 16)
def _birth_date(text: str) -> str:
    try:
        found = _DAY_FIRST.fullmatch(text)
        birth = date(int(found[3]), int(found[2]), int(found[1])) if found else date.fromisoformat(text)
    except ValueError:
        raise RowProblem("birth_date is no date such as 1988-03-12") from None
    if not 1850 <= birth.year <= date.today().year:
        raise RowProblem("birth_date is not in a living person's time")
    return birth.isoformat()


@lru_cache(maxsize=256)
def _confirmations(text: str) -> list[bool]:
    words = [word.strip().lower() for word in text.split(";")]
    for word in words:
        if word not in _YES and word not in _NO:
            raise RowProblem("email_confirmed is neither yes nor no")
    return [word in _YES for word in words]


def _emails(line: int, customer_id: str, addresses: list[str], confirmed: list[bool]) -> list[tuple[object, ...]]:
    found: dict[str, tuple[object, ...]] = {}
    for position, address in enumerate(addresses):
        check_address(address)
        key = canonical(address)
        if key not in found:
            answer = confirmed[position] if position < len(confirmed) else confirmed[-1] and len(confirmed) == 1
            found[key] = (line, key, customer_id, position, address, answer)
    return list(found.values())


def check_address(address: str) -> None:
    """Raise RowProblem for what is no mail address. Nothing is asked of the DNS."""
    if _EVERYDAY.fullmatch(address) and len(address) <= 254 and address.index("@") <= 64:
        return
    try:
        if not is_plain(address):
            raise EmailNotValidError("not plain")
        validate_email(address, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        raise RowProblem("emails holds something that is no mail address") from None
