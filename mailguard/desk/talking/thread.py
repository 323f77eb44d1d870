"""What was said about a case, as a page shows it."""

from dataclasses import dataclass

from mailguard.cases.remarks import MaySay, Remark, list_remarks, may_say
from mailguard.core.person import Person
from mailguard.desk.desk import Desk
from mailguard.desk.language.catalogue import N_

KINDS: dict[str, str] = {
    "comment": N_("Comment"),
    "question": N_("Question to the sender"),
    "answer": N_("Answer of the sender"),
    "return": N_("Returned for correction"),
    "business_reason": N_("Business reason of the sender"),
}


@dataclass(frozen=True, slots=True)
class Thread:
    """What was said, and what the visitor may add."""

    remarks: tuple[Remark, ...]
    say: MaySay

    @property
    def kinds(self) -> dict[str, str]:
        """Names of the kinds."""
        return KINDS


def read_thread(desk: Desk, case_id: str, person: Person) -> Thread:
    """As this person may see it. Raises NoSuchCase."""
    return Thread(list_remarks(desk.store, case_id, person), may_say(desk.store, case_id, person))
