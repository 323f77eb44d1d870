"""The customers found so far, each with the evidence."""

from collections.abc import Iterable, Sequence

from mailguard.core.customer import Customer
from mailguard.core.relation import Identified

MOST_CUSTOMERS = 100
"""More customers are not told apart: the letter is bulk, and held as such."""


class Found:
    """Customers with their evidence, in the order of finding."""

    def __init__(self) -> None:
        self._evidence: dict[str, tuple[Customer, list[str]]] = {}
        self._either: dict[str, str] = {}
        self._by_given_name: dict[str, str] = {}

    def add(self, code: str, customers: Iterable[Customer]) -> None:
        """Add customers, each for itself."""
        for customer in customers:
            codes = self._evidence.setdefault(customer.customer_id, (customer, []))[1]
            if code not in codes:
                codes.append(code)

    def add_either(self, code: str, group: Sequence[Customer], *, by_given_name: bool = False) -> None:
        """Add customers of whom the letter is about one; whether nothing but a given name tells them from others."""
        for customer in group if len(group) > 1 else ():
            if customer.customer_id not in self._evidence:
                self._either[customer.customer_id] = group[0].customer_id
        for customer in group if by_given_name else ():
            self._by_given_name.setdefault(customer.customer_id, code)
        self.add(code, group)

    def take(self, other: "Found", customer: Customer) -> None:
        """Add one customer as another collection has it."""
        number = customer.customer_id
        if number in other._either and number not in self._evidence:
            self._either[number] = other._either[number]
        if number in other._by_given_name:
            self._by_given_name[number] = other._by_given_name[number]
        for code in other.codes_of(customer):
            self.add(code, [customer])

    def codes_of(self, customer: Customer) -> list[str]:
        """The evidence for one customer."""
        return self._evidence[customer.customer_id][1]

    def customers(self) -> list[Customer]:
        """Everybody, in the order of finding."""
        return [customer for customer, _ in self._evidence.values()]

    @property
    def rests_on_header(self) -> bool:
        """Whether nothing in the text speaks for anybody; also where nobody is found at all."""
        return all(codes == ["header"] for _, codes in self._evidence.values())

    def identified(self) -> tuple[Identified, ...]:
        """The result; at most `MOST_CUSTOMERS`."""
        entries = list(self._evidence.items())[:MOST_CUSTOMERS]
        return tuple(
            Identified(customer, tuple(codes), self._either.get(number, ""), self._rests_on_given_name(number, codes))
            for number, (customer, codes) in entries
        )

    def _rests_on_given_name(self, number: str, codes: Sequence[str]) -> bool:
        return number in self._by_given_name and {self._by_given_name[number], "greeting"}.issuperset(codes)
