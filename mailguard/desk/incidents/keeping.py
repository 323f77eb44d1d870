"""Who keeps the breach register."""

from mailguard.core.person import Person
from mailguard.desk.rights import may


def may_write(person: Person) -> bool:
    """Whether the person may open breaches and write in them; auditors read, and see addresses masked."""
    return may(person, "POST /breaches")
