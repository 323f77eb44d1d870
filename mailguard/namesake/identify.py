"""Whom a message is about: exactly, or not at all. A number without a label needs a name that agrees with it."""

from collections.abc import Sequence
from dataclasses import dataclass

from mailguard.core.customer import Customer
from mailguard.core.part import Letter
from mailguard.core.relation import Identified
from mailguard.namesake.clues import Clues
from mailguard.namesake.content import Content
from mailguard.namesake.found import MOST_CUSTOMERS, Found
from mailguard.namesake.greeting import Greeted, find_greeting
from mailguard.namesake.mentions import find_names
from mailguard.namesake.octets import Text
from mailguard.namesake.patterns import IdentifierPatterns
from mailguard.namesake.protected import at_protected_home
from mailguard.namesake.register import Register
from mailguard.namesake.tags import Tags
from mailguard.namesake.unlabelled import find_beside_numbers, find_unlabelled

__all__ = ["MOST_CUSTOMERS", "Identification", "identify", "identify_content"]

_HOUSEHOLDS_ASKED = 3


@dataclass(frozen=True, slots=True)
class Identification:
    """The customers that a message is about, and the greeting that contradicts them, where one does."""

    customers: tuple[Identified, ...]
    conflict: str | None = None
    """The name that the letter greets, when it is not the name of any customer whose number stands in the letter."""

    @property
    def subjects(self) -> tuple[Identified, ...]:
        """The data subjects: of customers whom the same words fit one, for the letter is about one of them."""
        return tuple({about.either or about.customer.customer_id: about for about in self.customers}.values())


def identify(letter: Letter, register: Register, patterns: IdentifierPatterns) -> Identification:
    """Find the customers that the letter is about. Raises RegisterError."""
    return identify_content(Content.of(letter, patterns.headers), register, patterns)


def identify_content(content: Content, register: Register, patterns: IdentifierPatterns) -> Identification:
    """Find the customers that a letter of such content is about. Raises RegisterError.

    In order: the sending application's header, labelled numbers, order numbers that hold one, labelled user names,
    national ids; where these give nobody, a full name with birth date or address; then half a name with a full address,
    a telephone number or a user name; then a bare number whose customer's name stands in the letter.
    Numbers of different customers give all of them.

    The header is the client's word alone: whoever can send could name the recipient's own number in it, so the text is
    read as if there were none, and what it gives is added. Of two customers with one name, the text's birth date or
    address counts beside the other's number too: that is the namesake case.

    A protected customer whose address stands in the letter is always among them, named or not.

    The register is asked once, or twice where what it says gives a new question.
    """
    text = Text.of(content).sifted(*patterns.forms)
    greeted = find_greeting(content, patterns)
    tags = Tags.of(content, text, patterns)
    clues = Clues.of(text, greeted, tags.national_ids, patterns.own_places)
    found = Found()
    answer: Sequence[Customer] = ()
    # Who bears the number mostly bears the greeted name: then one question is enough.
    names = find_names(greeted.name) if greeted is not None and clues.are_any else set()
    if tags.are_any:
        answer = register.seek(tags.wanted(clues.wanted(names, living=False)))
        tags.add_bearers(answer, greeted, found)
    conflict = _conflict(found.customers(), greeted, register)
    if found.rests_on_header:
        answer = find_unlabelled(clues, greeted, register, patterns, found)
    elif clues.are_any:
        find_beside_numbers(clues, register, found, names, answer)
    found.add("protected_address", at_protected_home(clues, found.customers(), answer))
    if greeted:
        found.add("greeting", [customer for customer in found.customers() if greeted.fits(customer)])
    return Identification(found.identified(), conflict)


def _conflict(customers: Sequence[Customer], greeted: Greeted | None, register: Register) -> str | None:
    if greeted is None or not greeted.is_full or not customers:
        return None
    if any(greeted.fits(customer) for customer in customers):
        return None
    for customer in customers[:_HOUSEHOLDS_ASKED]:
        if any(greeted.fits(other) for other in register.by_household(customer)):
            return None
    return greeted.name
