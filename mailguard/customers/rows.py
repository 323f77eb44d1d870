"""One line of the customer file, checked and turned into the values of the register's tables."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b

from email_validator import EmailNotValidError, validate_email

from mailguard.core.address import canonical, is_plain
from mailguard.customers import keys

COLUMNS = (
    "customer_id first_name last_name former_names emails phone birth_date street postcode city country "
    "username tags email_confirmed national_id"
).split()
"""Columns of the contract, and `national_id`, which a register may have."""
REQUIRED = ("customer_id", "first_name", "last_name", "emails")

_KEYS_VERSION = b"1"
"""Part of the row's digest: raise it when a key is made differently, and the next import writes every row anew."""
_YES = frozenset("yes y true t 1 x kyllä ja tak".split())
_NO = frozenset(["", *"no n false f 0 ei nej nie nee nein".split()])
_EVERYDAY = re.compile(
    r"[A-Za-z0-9_%+-]+(?:\.[A-Za-z0-9_%+-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24}"
)
_DAY_FIRST = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})")
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


def parse_row(line: int, cells: Sequence[str], places: Mapping[str, int]) -> Staged:
    """Check one row. `places` tells in which cell each column stands.

    Raises RowProblem for a missing id or name, a date, address or yes/no that cannot be read, and control characters.
    """
    row = {column: cells[place].strip() if place < len(cells) else "" for column, place in places.items()}
    get = row.get
    customer_id, first, last = row["customer_id"], row["first_name"], row["last_name"]
    _check_texts(row)
    street, postcode = get("street", ""), get("postcode", "")
    username, national_id = get("username", ""), get("national_id", "")
    former = tuple(values(get("former_names", "")))
    confirmed = _confirmations(get("email_confirmed", ""))
    emails = _emails(line, customer_id, values(row["emails"]), confirmed)
    names: list[tuple[object, ...]] = [
        (line, key, customer_id) for key in sorted(keys.other_name_keys(first, last, former))
    ]
    customer = (
        line,
        customer_id,
        first,
        last,
        ";".join(former),
        get("phone", ""),
        _birth_date(get("birth_date", "")),
        street,
        postcode,
        get("city", ""),
        get("country", ""),
        username,
        ";".join(tag.lower() for tag in values(get("tags", ""))),
        bool(emails) and all(email[-1] for email in emails),
        national_id,
        keys.id_key(customer_id),
        keys.name_key(first, last),
        keys.street_key(street),
        keys.postcode_key(postcode),
        keys.household_key(street, postcode) or None,
        keys.id_key(username) or None,
        keys.national_key(national_id) or None,
        blake2b(
            "\0".join([get(column, "") for column in COLUMNS]).encode(), digest_size=16, key=_KEYS_VERSION
        ).digest(),
    )
    return Staged(customer, emails, names)


def values(cell: str) -> list[str]:
    """The values of a cell that holds several, parted by `;`."""
    if ";" not in cell:
        return [cell] if cell else []
    return [value for part in cell.split(";") if (value := part.strip())]


def _check_texts(row: Mapping[str, str]) -> None:
    if not keys.id_key(row["customer_id"]):
        raise RowProblem("customer_id is missing")
    if not row["last_name"]:
        raise RowProblem("the name is missing" if not row["first_name"] else "last_name is missing")
    for column, text in row.items():
        if len(text) > _LONGEST.get(column, 4000):
            raise RowProblem(f"{column} is longer than {_LONGEST.get(column, 4000)} characters")
        if not text.isprintable() and any(unicodedata.category(ch) in ("Cc", "Cs") for ch in text):
            raise RowProblem(f"{column} holds control characters")


def _birth_date(text: str) -> str | None:
    if not text:
        return None
    try:
        found = _DAY_FIRST.fullmatch(text)
        birth = date(int(found[3]), int(found[2]), int(found[1])) if found else date.fromisoformat(text)
    except ValueError:
        raise RowProblem("birth_date is no date such as 1988-03-12") from None
    if not 1850 <= birth.year <= date.today().year:
        raise RowProblem("birth_date is not in a living person's time")
    return birth.isoformat()


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
