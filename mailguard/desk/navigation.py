"""The pages that the head of every page leads to, for those to whom they are open."""

from dataclasses import dataclass

from mailguard.core.person import Person
from mailguard.desk.language.catalogue import N_
from mailguard.desk.rights import RIGHTS, may


@dataclass(frozen=True, slots=True)
class Entry:
    """One link of the navigation."""

    section: str
    """Pages set it to say that they belong here."""
    path: str
    title: str
    keys: str
    """Typed one after the other, they lead there."""


MAIN: tuple[Entry, ...] = (
    Entry("cases", "/cases", N_("Cases"), "g q"),
    Entry("mine", "/mine", N_("My mail"), "g m"),
    Entry("register", "/register", N_("Register"), "g r"),
    Entry("trace", "/trace", N_("Trace"), "g t"),
    Entry("breaches", "/breaches", N_("Breaches"), "g b"),
    Entry("leaks", "/leak-reports", N_("Leak reports"), "g l"),
    Entry("reports", "/reports", N_("Reports"), "g w"),
    Entry("coaching", "/coaching", N_("Coaching"), "g c"),
    Entry("delegations", "/delegations", N_("Deputies"), "g d"),
)
ACCOUNT = Entry("account", "/account", N_("Your account"), "g a")


def entries(person: Person) -> tuple[Entry, ...]:
    """What the person may open, in the order of the day's work."""
    return tuple(entry for entry in MAIN if _is_open(entry, person))


def account(person: Person) -> Entry | None:
    """The page of one's own login, where there is one."""
    return ACCOUNT if _is_open(ACCOUNT, person) else None


def _is_open(entry: Entry, person: Person) -> bool:
    route = f"GET {entry.path}"
    return route in RIGHTS and may(person, route)
