"""The addresses on record that a message can be sent to instead, and what that changes in it, for the decision form."""

from dataclasses import dataclass

from mailguard.cases.deciding.correcting import Correction, addresses_on_record, correction_of, original
from mailguard.cases.reading import CaseDetail
from mailguard.core.errors import BadDecision, CannotCorrect
from mailguard.core.relation import RelationKind
from mailguard.desk.desk import Desk
from mailguard.desk.language.catalogue import told
from mailguard.desk.typed import position_of

_MOST = 5
"""Recipients of one letter for whom it is looked up."""
_RIGHT = frozenset({RelationKind.ON_RECORD, RelationKind.INTERNAL, RelationKind.PARTNER, RelationKind.NO_CUSTOMER})
"""Who is one of these has nobody's place."""


@dataclass(frozen=True, slots=True)
class Instead:
    """One address on record for one recipient."""

    position: int
    target: str
    correction: Correction | None
    problem: str
    """Why it cannot be done with this letter; empty: it can."""

    @property
    def value(self) -> str:
        """As the form sends it: what was shown is what is decided on, also when the record changes meanwhile."""
        return f"{self.position}:{self.target}"


def ways_instead(desk: Desk, case: CaseDetail) -> dict[int, tuple[Instead, ...]]:
    """By the recipient's position; those without any are left out. Raises RegisterError, StoreError."""
    customers = list(dict.fromkeys(str(customer["id"]) for customer in case.customers))
    wrong = [
        (position, recipient.address)
        for position, recipient in enumerate(case.recipients)
        if recipient.relation.get("about") and recipient.relation["kind"] not in _RIGHT
    ][:_MOST]
    known = {position: addresses_on_record(desk.store, customers, address) for position, address in wrong}
    if not any(known.values()):
        return {}
    try:
        raw = original(desk.store, case.summary.id)
    except BadDecision:
        return {}
    addresses = dict(wrong)
    return {
        position: tuple(_instead(raw, position, addresses[position], target) for target in targets)
        for position, targets in known.items()
        if targets
    }


def read_instead(case: CaseDetail, chosen: list[str]) -> tuple[tuple[str, str], ...]:
    """Recipient and address on record, out of what the form sent. Raises BadDecision."""
    ways = []
    for one in chosen[: len(case.recipients)]:
        position, parted, target = one.partition(":")
        number = position_of(position)
        if not parted or not 0 <= number < len(case.recipients):
            raise BadDecision("choose an address on record beside one of the recipients")
        ways.append((case.recipients[number].address, target[:320]))
    return tuple(ways)


def _instead(raw: bytes, position: int, wrong: str, target: str) -> Instead:
    try:
        return Instead(position, target, correction_of(raw, {wrong: target}), "")
    except CannotCorrect as error:
        return Instead(position, target, None, told(error))
