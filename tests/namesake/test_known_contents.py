"""Contents that come again: the register is asked once more at most, until anything is written to it."""

from pathlib import Path

from mailguard.core.customer import Customer
from mailguard.core.part import Letter, Part, PartRole, Unread
from mailguard.core.remembered import Keepsakes
from mailguard.customers.register import Register
from mailguard.customers.wanted import Wanted
from mailguard.namesake.content import Content
from mailguard.namesake.identify import Identification
from mailguard.namesake.known_contents import KnownContents
from mailguard.namesake.patterns import IdentifierPatterns
from mailguard.store.database.engine import make_engine
from tests.namesake.letters import letter

PATTERNS = IdentifierPatterns.load([Path(__file__).parents[2] / "rules"])
NUMBERED = letter("Your customer number is 40007.", subject="Hello")


class Counting(Register):
    """A register of everybody that counts its questions and says in which state it is."""

    def __init__(self, state: object | None) -> None:
        super().__init__(make_engine("sqlite://"))
        self.now, self.asked = state, 0

    def state(self) -> object | None:
        """As it was set."""
        return self.now

    def seek(self, wanted: Wanted) -> tuple[Customer, ...]:
        """Somebody for each number, of another name in each state."""
        self.asked += 1
        return tuple(Customer(number, "Anna", f"of {self.now}") for number in sorted(wanted.ids))


def _identify(known: KnownContents, read: Letter, register: Counting) -> Identification:
    """As a judge does with a letter that may leave what it likes."""
    keepsakes = Keepsakes()
    identification = known.identify(read, register, PATTERNS, keepsakes)
    keepsakes.keep()
    return identification


def test_from_the_third_letter_on_nobody_is_asked() -> None:
    """Two letters ask; the others are answered by what the second one learned."""
    known, register = KnownContents(), Counting("a")
    found = [_identify(known, NUMBERED, register) for _ in range(5)]
    assert register.asked == 2
    assert found == [found[0]] * 5
    assert found[0].customers


def test_another_state_is_asked_again() -> None:
    """Whoever bears the number now is found, and the former answer is gone."""
    known, register = KnownContents(), Counting("a")
    for _ in range(3):
        _identify(known, NUMBERED, register)
    for state in ("b", "a"):
        register.now = state
        found = _identify(known, NUMBERED, register)
        assert found.customers[0].customer.last_name == f"of {state}"


def test_a_register_that_cannot_tell_is_asked_every_time() -> None:
    """Without a state nothing is kept, and nothing that was kept is used."""
    known, register = KnownContents(), Counting("a")
    for _ in range(3):
        _identify(known, NUMBERED, register)
    register.now, before = None, register.asked
    for _ in range(3):
        _identify(known, NUMBERED, register)
    assert register.asked == before + 3


def test_whatever_identification_looks_at_makes_another_content() -> None:
    """Text, role, name of a file, the application's header; not the path, nor what other header fields say."""
    body, name = Part("body.1", PartRole.BODY, "Hello"), Part("body.1", PartRole.BODY, "Hello", file_name="1001.txt")
    letters = {
        "plain": Letter("", "", (), (body,)),
        "text": Letter("", "", (), (Part("body.1", PartRole.BODY, "Hallo"),)),
        "role": Letter("", "", (), (Part("body.1", PartRole.ATTACHMENT, "Hello"),)),
        "file": Letter("", "", (), (name,)),
        "unread": Letter("", "", (), (body,), unread=(Unread("attachment.2", "pdf", "application/pdf", "a.pdf", 9),)),
        "header": Letter("", "", (("X-Customer-Id", "1001"),), (body,)),
    }
    contents = {Content.of(each, PATTERNS.headers) for each in letters.values()}
    assert len(contents) == len(letters)
    other = Letter("", "<2@example.org>", (("To", "b@example.org"),), (Part("body.2", PartRole.BODY, "Hello"),))
    assert Content.of(other, PATTERNS.headers) == Content.of(letters["plain"], PATTERNS.headers)
