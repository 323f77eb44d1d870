"""One row of a customer file or other source, checked and turned into the values of the register's tables."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from hashlib import blake2b
from operator import itemgetter
from typing import NamedTuple

from email_validator import EmailNotValidError, validate_email

from mailguard.core.address import canonical, is_plain
from mailguard.core.customer import COLUMNS
from mailguard.customers import keys

_KEYS_VERSION = "3"
"""Part of the row's digest: raise it when a key is made differently, and the next import writes every row anew."""
_BAR, _ODD_BAR = "|", "\x1f"
_BARS = len(COLUMNS) - 1
_YES = frozenset("yes y true t 1 x kyllä ja tak".split())
_NO = frozenset(["", *"no n false f 0 ei nej nie nee nein".split()])
_EVERYDAY = re.compile(
    r"[A-Za-z0-9_%+-]+(?:\.[A-Za-z0-9_%+-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24}"
)
_DAY_FIRST = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})")
_SHORT = 300
"""Characters of an everyday row: in so short a one no cell is too long, whatever stands in it."""
_LONGEST = {"customer_id": 64, "first_name": 200, "last_name": 200, "username": 200, "national_id": 64}


class BadRow(NamedTuple):
    """A line that was not imported, and why; the words hold no value of the row but what names the mistake."""

    line: int
    problem: str


class RowProblem(ValueError):
    """What is wrong with a row, in words."""


@dataclass(slots=True)
class Staged:
    """Good rows, in the order of the staging tables' columns (`staging`)."""

    customers: list[tuple[object, ...]] = field(default_factory=list)
    """Each with its line before the columns."""
    emails: list[tuple[str, str, int, str, bool]] = field(default_factory=list)
    names: list[tuple[str, str]] = field(default_factory=list)


def picker(places: Mapping[str, int]) -> Callable[[Sequence[str]], Sequence[str]]:
    """What picks the cells of `COLUMNS` out of a row, as they are; a missing column or cell is empty."""
    width = max(places.values()) + 1
    pick = itemgetter(*(places.get(column, width) for column in COLUMNS))

    def take(cells: Sequence[str]) -> Sequence[str]:
        padded = [*cells, ""] if len(cells) == width else [*cells[:width], *[""] * (width - len(cells)), ""]
        picked: Sequence[str] = pick(padded)
        return picked

    return take


def join(cells: Sequence[str]) -> str:
    """The cells of `COLUMNS` as one text, which is what a row's digest is made of and what is parsed.

    Raises RowProblem for the control character that parts cells in which the bar occurs.
    """
    joined = _BAR.join(cells)
    if joined.count(_BAR) == _BARS and _ODD_BAR not in joined:
        return joined
    joined = _ODD_BAR.join(cells)
    if joined.count(_ODD_BAR) != _BARS:
        raise RowProblem("a cell holds control characters")
    return joined


def customer_id_of(joined: str) -> str:
    """The customer_id of a joined row, as it will stand in the register."""
    return tidy(joined.partition(_ODD_BAR if _ODD_BAR in joined else _BAR)[0])


def digester(source: str) -> Callable[[str], bytes]:
    """What makes the digest of a joined row: 16 octets. A row that comes from another source is another row."""
    version = blake2b(f"{_KEYS_VERSION} {source}".encode(), digest_size=16).digest()

    def digest(joined: str) -> bytes:
        # Lone surrogates are possible in what another system sends; such a row is refused, but only after this.
        return blake2b(joined.encode("utf-8", "surrogatepass"), digest_size=16, person=version).digest()

    return digest


def tidy(cell: str) -> str:
    """A cell without the spaces around it. A line break in a cell is a spreadsheet's way to write an address."""
    cell = cell.strip()
    return " ".join(cell.split()) if "\n" in cell or "\t" in cell or "\r" in cell else cell


def parse_row(line: int, joined: str, row_hash: bytes, source: str, into: Staged) -> None:
    """Check one row that `join` made, and add its values to the others.

    Raises RowProblem for a missing id or name, a date, address or yes/no that cannot be read, and control characters.
    """
    if _ODD_BAR in joined:
        row = _checked(joined.split(_ODD_BAR))
    elif _is_everyday(joined):
        row = joined.split(_BAR)
    else:
        row = _checked(joined.split(_BAR))
    (
        customer_id, first, last, former_names, addresses, phone, birth_date, street, postcode, city, country,
        username, tags, email_confirmed, national_id,
    ) = row  # fmt: skip
    number = keys.id_key(customer_id)
    if not number:
        raise RowProblem("customer_id is missing")
    if not last:
        raise RowProblem("last_name is missing" if first else "the name is missing")
    former = tuple(values(former_names)) if former_names else ()
    emails = _emails(customer_id, values(addresses), _confirmations(email_confirmed))
    born = _birth_date(birth_date) if birth_date else None
    words, street_key = keys.street_keys(street)
    postcode_key = keys.postcode_key(postcode)
    customer = (
        line,
        customer_id,
        first,
        last,
        ";".join(former),
        phone,
        born,
        street,
        postcode,
        city,
        country,
        username,
        ";".join(values(tags.lower())) if tags else "",
        bool(emails) and all(email[-1] for email in emails),
        national_id,
        number,
        keys.name_key(first, last),
        street_key,
        postcode_key,
        f"{words}|{postcode_key}" if words and postcode_key else None,
        keys.id_key(username) or None if username else None,
        keys.national_key(national_id) or None if national_id else None,
        keys.city_key(city),
        keys.phone_key(phone.partition(";")[0]) or None if phone else None,
        source,
        row_hash,
    )
    into.customers.append(customer)
    into.emails += emails
    for key in keys.other_name_keys(first, last, former):
        into.names.append((key, customer_id))


def values(cell: str) -> list[str]:
    """The values of a cell that holds several, parted by `;`."""
    if ";" not in cell:
        return [cell] if cell else []
    return [value for part in cell.split(";") if (value := part.strip())]


def _is_everyday(joined: str) -> bool:
    # Odd spaces are not printable either: only where this is false is it worth a look at each cell.
    return (
        len(joined) <= _SHORT
        and joined.isprintable()
        and " |" not in joined
        and "| " not in joined
        and joined[0] != " "
        and joined[-1] != " "
    )


def _checked(row: Sequence[str]) -> list[str]:
    tidied = [tidy(text) for text in row]
    for column, text in zip(COLUMNS, tidied, strict=True):
        if len(text) > _LONGEST.get(column, 4000):
            raise RowProblem(f"{column} is longer than {_LONGEST.get(column, 4000)} characters")
        if not text.isprintable() and any(unicodedata.category(ch) in ("Cc", "Cs") for ch in text):
            raise RowProblem(f"{column} holds control characters")
    return tidied


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


def _emails(customer_id: str, addresses: list[str], confirmed: list[bool]) -> list[tuple[str, str, int, str, bool]]:
    found: list[tuple[str, str, int, str, bool]] = []
    for position, address in enumerate(addresses):
        check_address(address)
        key = canonical(address)
        if not position or all(key != earlier[0] for earlier in found):
            # One answer is for all addresses; several are for one each, and what has none is not confirmed.
            answer = confirmed[0] if len(confirmed) == 1 else position < len(confirmed) and confirmed[position]
            found.append((key, customer_id, position, address, answer))
    return found


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
