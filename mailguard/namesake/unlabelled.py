"""Customers found by what has no label: names with dates and addresses, telephone numbers, user names, bare numbers."""

from collections.abc import Callable, Collection, Sequence
from datetime import date

from mailguard.core.customer import Customer
from mailguard.customers.keys import household_key, id_key, name_key, phone_key, postcode_key, street_key
from mailguard.namesake.anchoring import Anchoring
from mailguard.namesake.bare_numbers import add_numbered
from mailguard.namesake.clues import Clues
from mailguard.namesake.found import Found
from mailguard.namesake.greeting import Greeted
from mailguard.namesake.mentions import name_keys
from mailguard.namesake.numbers import find_numbers
from mailguard.namesake.patterns import IdentifierPatterns
from mailguard.namesake.reachable import find_phones, find_usernames
from mailguard.namesake.register import Register


def find_unlabelled(
    clues: Clues, greeted: Greeted | None, register: Register, patterns: IdentifierPatterns, found: Found
) -> Sequence[Customer]:
    """Add whom the text is about; `found` has nobody yet, or only whom the header names. Raises RegisterError.

    In order: a full name with birth date or address; half a name with a full address, a telephone number, a user name;
    a bare number whose customer's name, street or address stands in the text. The first that gives anybody ends it.
    Gives back everybody whom the register has for the text.
    """
    phones, usernames = find_phones(clues.text), find_usernames(clues.text, greeted.name if greeted else "")
    numbers: dict[str, list[bytes]] = {}
    for number in find_numbers(clues.text):
        # As `id_key`: without its joints it is ASCII letters and digits.
        plain = number.translate(None, _JOINTS).decode().upper()
        key = plain.lstrip("0") or plain
        if patterns.can_be_number(key):
            numbers.setdefault(key, []).append(number)
    living = clues.wanted(clues.names_beside() if clues.are_any else (), living=True)
    wanted = living._replace(
        phones={key for number, _, _ in phones if (key := phone_key(number))},
        usernames={key for name, _, _ in usernames if (key := id_key(name))},
        ids=numbers,
    )
    customers = register.seek(wanted)
    if not customers:
        return ()
    written = Found()
    anchoring = Anchoring(clues.text, greeted, patterns)
    _add_named(customers, clues, written)
    if not written.customers():
        for group in anchoring.by_address(clues.places, customers):
            written.add_either("name_and_address", group.customers, by_given_name=group.by_given_name)
        # A telephone number and a user name are one person's, whoever else is called Matti.
        for group in anchoring.by_phone(phones, customers):
            written.add_either("phone_and_name", group.customers)
        for group in anchoring.by_username(usernames, customers):
            written.add_either("username_and_name", group.customers)
    if not written.customers():
        bearers = ((one, numbers.get(id_key(one.customer_id))) for one in customers)
        add_numbered(((one, spelt) for one, spelt in bearers if spelt), clues, anchoring, written)
    homes = {_home(customer) for customer in found.customers()} - {""}
    _take(written, found, lambda customer: _home(customer) not in homes or written.codes_of(customer) != _ADDRESS)
    return customers


_ADDRESS = ["name_and_address"]
_JOINTS = b"-./_"


def find_beside_numbers(
    clues: Clues, register: Register, found: Found, asked: Collection[str], answer: Sequence[Customer]
) -> None:
    """Add who else of the same name is meant, by birth date or address, in a letter with numbers. Raises RegisterError.

    Beside a number only people of the same names count: a whole newsletter holds a thousand others. `answer` is what
    the register said of the `asked` names already.
    """
    named = found.customers()
    names = {key for customer in named for key in name_keys(customer) if key}
    customers = list(answer)
    if more := names.difference(asked):
        customers += register.seek(clues.wanted(more, living=False))
    written = Found()
    _add_named(customers, clues, written)
    homes = {_home(customer) for customer in named} - {""}
    numbered = {customer.customer_id for customer in named}

    def counts(customer: Customer) -> bool:
        if customer.customer_id in numbered:
            return True
        # Father and son of one name at one address: the address fits both, and tells nothing against the number.
        at_home = written.codes_of(customer) == _ADDRESS and _home(customer) in homes
        return not at_home and not names.isdisjoint(name_keys(customer))

    _take(written, found, counts)


def _take(written: Found, found: Found, counts: Callable[[Customer], bool]) -> None:
    for customer in written.customers():
        if counts(customer):
            found.take(written, customer)


def _add_named(customers: Sequence[Customer], clues: Clues, found: Found) -> None:
    """Those whose full name stands in the text, and their birth date or address."""
    born = [one for one in customers if clues.are_of_birth(one)]
    found.add("name_and_birth_date", _unambiguous(born, clues, lambda one: one.birth_date))
    housed = [one for one in customers if clues.are_of_home(one)]
    found.add("name_and_address", _unambiguous(housed, clues, lambda one: postcode_key(one.postcode)))


def _unambiguous(
    candidates: Sequence[Customer], clues: Clues, by: Callable[[Customer], date | str | None]
) -> list[Customer]:
    """Of customers with the same name and the same date or street, those who agree with the rest of the letter too."""
    groups: dict[tuple[str, object], list[Customer]] = {}
    for customer in candidates:
        groups.setdefault((name_key(customer.first_name, customer.last_name), by(customer)), []).append(customer)
    clear: list[Customer] = []
    for group in groups.values():
        if len(group) > 1:
            group = [customer for customer in group if street_key(customer.street) in clues.streets] or group
        if len(group) > 1:
            group = [customer for customer in group if customer.birth_date in clues.birth_dates] or group
        dwellings = {(street_key(customer.street), postcode_key(customer.postcode)) for customer in group}
        if len(group) == 1 or len(dwellings) == 1:
            clear += group
    return clear


def _home(customer: Customer) -> str:
    return household_key(customer.street, customer.postcode)
