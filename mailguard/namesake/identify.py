"""Whom a message is about: exactly, or not at all. A number without a label needs a name that agrees with it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from mailguard.core.customer import Customer
from mailguard.core.part import Letter, PartRole
from mailguard.core.relation import Identified
from mailguard.customers.keys import household_key, id_key, name_key, other_name_keys, postcode_key, street_key, units
from mailguard.namesake.anchoring import by_address, by_bare_username, by_phone
from mailguard.namesake.clues import Clues, find_national_ids, find_numbers, gather
from mailguard.namesake.greeting import Greeted, find_greeting
from mailguard.namesake.patterns import IdentifierPatterns
from mailguard.namesake.register import Register

MOST_CUSTOMERS = 100
"""More customers are not told apart: the letter is bulk, and held as such."""
_HOUSEHOLDS_ASKED = 3
_SPACES = "\u00a0\u2007\u2009\u202f"
"""Spaces that printers put into long numbers."""


@dataclass(frozen=True, slots=True)
class Identification:
    """The customers that a message is about, and the greeting that contradicts them, where one does."""

    customers: tuple[Identified, ...]
    conflict: str | None = None
    """The name that the letter greets, when it is not the name of any customer whose number stands in the letter."""


def identify(letter: Letter, register: Register, patterns: IdentifierPatterns) -> Identification:
    """Find the customers that the letter is about. Raises RegisterError.

    In order: the sending application's header, labelled numbers, labelled user names, national ids; where these give
    nobody, a full name with birth date or address; then half a name with a full address, a telephone number or a user
    name; then a bare number whose customer's name stands in the letter.
    Numbers of different customers give all of them.

    The header is the client's word alone: whoever can send could name the recipient's own number in it, so the text is
    read as if there were none, and what it gives is added. Of two customers with one name, the text's birth date or
    address counts beside the other's number too: that is the namesake case.
    """
    text = _text_of(letter)
    greeted = find_greeting(letter, patterns)
    found = _Found()
    _by_number(letter, text, register, patterns, found)
    _by_username(text, register, patterns, greeted, found)
    national_ids = find_national_ids(text)
    if national_ids:
        found.add("national_id", register.by_national_id(*national_ids))
    conflict = _conflict(found.customers(), greeted, register)
    _by_text(text, register, patterns, greeted, found)
    if greeted:
        found.add("greeting", [customer for customer in found.customers() if greeted.fits(customer)])
    return Identification(found.identified(), conflict)


def _text_of(letter: Letter) -> str:
    """Every text but the header's, each once: a letter says much of its own twice (as HTML, table, encoded again)."""
    text = "\n".join(dict.fromkeys(part.text for part in letter.parts if part.role is not PartRole.HEADER))
    for space in _SPACES:
        # `str.translate` takes 40 times as long for a text that has none of them.
        text = text.replace(space, " ")
    return text


class _Found:
    """Customers with their evidence, in the order of finding."""

    def __init__(self) -> None:
        self._evidence: dict[str, tuple[Customer, list[str]]] = {}
        self._either: dict[str, str] = {}

    def add(self, code: str, customers: Iterable[Customer]) -> None:
        for customer in customers:
            codes = self._evidence.setdefault(customer.customer_id, (customer, []))[1]
            if code not in codes:
                codes.append(code)

    def add_either(self, code: str, group: Sequence[Customer]) -> None:
        """Add customers of whom the letter is about one."""
        for customer in group if len(group) > 1 else ():
            if customer.customer_id not in self._evidence:
                self._either[customer.customer_id] = group[0].customer_id
        self.add(code, group)

    def take(self, customer: Customer, codes: Sequence[str], either: str) -> None:
        if either and customer.customer_id not in self._evidence:
            self._either[customer.customer_id] = either
        for code in codes:
            self.add(code, [customer])

    def either(self, customer: Customer) -> str:
        return self._either.get(customer.customer_id, "")

    def entries(self) -> list[tuple[Customer, list[str]]]:
        return list(self._evidence.values())

    @property
    def rests_on_header(self) -> bool:
        # Also where nobody is found at all.
        return all(codes == ["header"] for _, codes in self._evidence.values())

    def customers(self) -> list[Customer]:
        return [customer for customer, _ in self._evidence.values()]

    def identified(self) -> tuple[Identified, ...]:
        found = [Identified(customer, tuple(codes), self.either(customer)) for customer, codes in self.entries()]
        return tuple(found[:MOST_CUSTOMERS])


def _by_number(letter: Letter, text: str, register: Register, patterns: IdentifierPatterns, found: _Found) -> None:
    written = {"header": _header_ids(letter, patterns), "customer_id_label": patterns.customer_ids(text)}
    spellings = {code: [_spellings(value) for value in values] for code, values in written.items()}
    wanted = {spelling for values in spellings.values() for value in values for spelling in value}
    if not wanted:
        return
    known: dict[str, list[Customer]] = {}
    for customer in register.by_ids(wanted):
        known.setdefault(id_key(customer.customer_id), []).append(customer)
    for code, values in spellings.items():
        for value in values:
            longest = next((known[key] for spelling in value if (key := id_key(spelling)) in known), [])
            exact = [customer for customer in longest if customer.customer_id == value[0]]
            found.add(code, exact or longest)


def _header_ids(letter: Letter, patterns: IdentifierPatterns) -> list[str]:
    values = [value for field in patterns.headers for value in letter.header_all(field)]
    return [part.strip()[:64] for value in values for part in value.replace(";", ",").split(",") if part.strip()][:500]


def _spellings(value: str) -> list[str]:
    """What the number may be, longest first: `1001 12.3.2026` is a number and a date, `10 012 345` is one number."""
    pieces = value.split(" ")
    whole = [" ".join(pieces[:end]) for end in range(len(pieces), 0, -1)]
    first = pieces[0]
    return [*whole, first.split("/")[0]] if "/" in first else whole


def _by_username(
    text: str, register: Register, patterns: IdentifierPatterns, greeted: Greeted | None, found: _Found
) -> None:
    for username in patterns.usernames(text)[:20]:
        bearers = register.by_username(username)
        if len(bearers) > 1:
            # A user name of several systems is no evidence by itself: the letter must name its owner too.
            named = {customer.customer_id for customer in found.customers()}
            bearers = tuple(
                customer
                for customer in bearers
                if customer.customer_id in named or (greeted is not None and greeted.is_full and greeted.fits(customer))
            )
        found.add("username_label", bearers)


def _by_text(
    text: str, register: Register, patterns: IdentifierPatterns, greeted: Greeted | None, found: _Found
) -> None:
    named, only_header = found.customers(), found.rests_on_header
    written = _Found()
    names = {key for customer in named for key in _name_keys(customer)}
    # Beside a number only people of the same names count, and a whole newsletter holds a thousand others.
    clues = gather(text) if only_header else gather(text, about=names)
    _by_name(clues, register, written)
    if only_header and not written.customers():
        _by_anchor(text, register, patterns, greeted, written)
    if only_header and not written.customers():
        _by_bare_number(text, clues, greeted, register, written)
    homes = {_home(customer) for customer in named} - {""}
    for customer, codes in written.entries():
        beside = only_header or not names.isdisjoint(_name_keys(customer))
        # Father and son of one name at one address: the address fits both, and tells nothing against the number.
        at_home = codes == ["name_and_address"] and _home(customer) in homes
        if customer in named or (beside and not at_home):
            found.take(customer, codes, written.either(customer))


_ANCHORS = (
    ("name_and_address", by_address),
    ("phone_and_name", by_phone),
    ("username_and_name", by_bare_username),
)


def _by_anchor(
    text: str, register: Register, patterns: IdentifierPatterns, greeted: Greeted | None, found: _Found
) -> None:
    for code, find in _ANCHORS:
        for group in find(text, greeted, register, patterns):
            found.add_either(code, group)


def _by_name(clues: Clues, register: Register, found: _Found) -> None:
    candidates = register.by_names(list(clues.names), clues.birth_dates, list(clues.postcodes), clues.streets)
    born = [customer for customer in candidates if customer.birth_date in clues.birth_dates]
    found.add("name_and_birth_date", _unambiguous(born, clues, by="birth_date"))
    housed = [customer for customer in candidates if _lives_there(customer, clues)]
    found.add("name_and_address", _unambiguous(housed, clues, by="street"))


def _lives_there(customer: Customer, clues: Clues) -> bool:
    if street_key(customer.street) in clues.streets and any(ch.isdigit() for ch in customer.street):
        return True
    return clues.name_is_near(_name_keys(customer), postcode_key(customer.postcode))


def _unambiguous(candidates: Sequence[Customer], clues: Clues, by: str) -> list[Customer]:
    """Of customers with the same name and the same date or street, those who agree with the rest of the letter too."""
    groups: dict[tuple[str, object], list[Customer]] = {}
    for customer in candidates:
        value: date | str | None = customer.birth_date if by == "birth_date" else postcode_key(customer.postcode)
        groups.setdefault((name_key(customer.first_name, customer.last_name), value), []).append(customer)
    clear: list[Customer] = []
    for group in groups.values():
        if len(group) > 1:
            streets = [customer for customer in group if street_key(customer.street) in clues.streets]
            group = streets or group
        if len(group) > 1:
            born = [customer for customer in group if customer.birth_date in clues.birth_dates]
            group = born or group
        dwellings = {(street_key(customer.street), postcode_key(customer.postcode)) for customer in group}
        if len(group) == 1 or len(dwellings) == 1:
            clear += group
    return clear


def _by_bare_number(text: str, clues: Clues, greeted: Greeted | None, register: Register, found: _Found) -> None:
    numbers = find_numbers(text)
    if not numbers:
        return
    lowered = text.lower()
    agreeing = [
        customer
        for customer in register.by_ids(numbers)
        if _agrees(customer, clues, greeted) or any(email.lower() in lowered for email in customer.emails)
    ]
    found.add("bare_number_and_name", agreeing)


def _agrees(customer: Customer, clues: Clues, greeted: Greeted | None) -> bool:
    if any(key in clues.names for key in _name_keys(customer)) or street_key(customer.street) in clues.streets:
        return True
    if greeted is None or not greeted.fits(customer):
        return False
    # A lone first name is borne by too many: the greeting must hold the last name.
    greeted_units = {unit for word in greeted.name.split() for unit in units(word)}
    return not greeted_units.isdisjoint(units(customer.last_name))


def _home(customer: Customer) -> str:
    return household_key(customer.street, customer.postcode)


def _name_keys(customer: Customer) -> list[str]:
    others = other_name_keys(customer.first_name, customer.last_name, customer.former_names)
    return [name_key(customer.first_name, customer.last_name), *others]


def _conflict(customers: Sequence[Customer], greeted: Greeted | None, register: Register) -> str | None:
    if greeted is None or not greeted.is_full or not customers:
        return None
    if any(greeted.fits(customer) for customer in customers):
        return None
    for customer in customers[:_HOUSEHOLDS_ASKED]:
        if any(greeted.fits(other) for other in register.by_household(customer)):
            return None
    return greeted.name
