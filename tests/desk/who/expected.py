"""What the matrix expects: who may do what with a case of Sales, told once more and otherwise than the program does."""

from dataclasses import dataclass
from itertools import product
from typing import Literal, get_args

from mailguard.core.person import Role

Teams = Literal["all", "same", "other"]
Deputy = Literal["nobody", "all", "same", "other"]
Mail = Literal["anothers", "own", "givers"]
Outcome = Literal["done", "refused", "hidden", "late", "improper"]

STATES = ("held", "approved", "broken", "undeliverable", "released", "rejected", "withdrawn", "expired")
"""`broken` is approved by breaking the glass, and not reviewed yet."""
MAILS: tuple[Mail, ...] = get_args(Mail)
TEAMS: tuple[Teams, ...] = get_args(Teams)
DEPUTIES: tuple[Deputy, ...] = get_args(Deputy)
READERS = (Role.AUDITOR, Role.SENDER)
DECIDERS = (Role.SUPERVISOR, Role.ADMIN)


@dataclass(frozen=True, slots=True)
class Who:
    """One of the matrix's people, by what matters."""

    role: Role
    teams: Teams
    """To which they belong, as seen from the case's."""
    deputy: Deputy
    """Of a supervisor of which teams they are the deputy today."""

    @property
    def name(self) -> str:
        """The login name."""
        return f"{self.role}.{self.teams}.{self.deputy}"

    def sees(self) -> bool:
        """Whether the case is there for them as a reviewer."""
        return self.role is not Role.SENDER and ({self.teams, self.deputy} & {"all", "same"} != set())

    def beside(self, mail: Mail) -> bool:
        """Whether they belong to the sender's side: it is theirs, or that of somebody whose deputy they are."""
        return mail == "own" or (mail == "givers" and self.deputy != "nobody")

    def decides(self, mail: Mail) -> bool:
        """Whether they are a second person with a right: their own, or a giver's."""
        own = self.role in DECIDERS and self.teams != "other"
        return not self.beside(mail) and (own or self.deputy in ("all", "same"))


PEOPLE = [
    Who(role, teams, deputy)
    for role, teams, deputy in product(Role, TEAMS, DEPUTIES)
    # Readers are nobody's deputies: no such delegation can be made.
    if role not in READERS or deputy == "nobody"
]

ANSWERS: dict[str, dict[str, Outcome]] = {
    "approve": {"held": "done"},
    "reject": {"held": "done", "undeliverable": "done"},
    "retry": {"undeliverable": "done"},
    "withdraw": {"held": "done"},
    "undo": {},
    "reveal": dict.fromkeys(STATES, "done"),
    "view": dict.fromkeys(STATES, "done"),
    "comment": dict.fromkeys(STATES, "done"),
    "question": {"held": "done"},
    "break": {"held": "done"},
    "review": {state: "done" if state == "broken" else "improper" for state in STATES},
}
"""Verbs, and what they come to in a state for somebody who has the right; in any other state they come too late."""


def expect(who: Who, verb: str, state: str, mail: Mail) -> Outcome:
    """What becomes of it."""
    if who.role in READERS and verb not in ("withdraw", "view"):
        return "refused"
    if verb == "view" and who.role is Role.SENDER:
        return "refused"
    if not who.sees() and not (verb == "withdraw" and mail == "own"):
        return "hidden"
    if not _has_right(who, verb, state, mail):
        return "refused"
    if verb == "break" and state == "held" and who.decides(mail):
        return "improper"  # An ordinary approval does it.
    return ANSWERS[verb].get(state, "late")


def _has_right(who: Who, verb: str, state: str, mail: Mail) -> bool:
    match verb:
        case "view":
            return True
        case "withdraw":
            return mail == "own"
        case "break" | "comment":
            return who.teams != "other" and not who.beside(mail)
        case "review" if state == "broken":
            return who.role in DECIDERS and who.teams != "other" and not who.beside(mail)
    return who.decides(mail)
