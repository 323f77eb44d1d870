"""Which recipients a decision lets through."""

from collections.abc import Sequence

from mailguard.core.address import canonical
from mailguard.core.decision import Action, Decision
from mailguard.core.errors import BadDecision
from mailguard.store.tables.cases import RecipientRow
from mailguard.store.tables.decisions import DecisionRow


def chosen(decision: Decision, recipients: Sequence[RecipientRow]) -> dict[str, str]:
    """The recipients that the person lets through, each with where it goes: to itself, or to an address on record.

    Nobody for a rejection. Who is on record and a recipient already gets it once, as a recipient. Raises BadDecision
    for strangers, for nobody, for corrections that make no sense, and for a rejection without a reason.
    """
    if decision.action is Action.REJECT:
        if not decision.reason.strip():
            raise BadDecision("say why: the sender is told the reason")
        return {}
    if decision.for_correction:
        raise BadDecision("a message is returned for correction by a rejection")
    known = [r.address for r in recipients]
    instead = _instead(decision, known)
    wanted = {*(known if decision.recipients is None else decision.recipients), *instead}
    wanted |= {right for right in instead.values() if right in known}
    if not wanted:
        raise BadDecision("choose at least one recipient, or reject the message")
    if unknown := wanted - set(known):
        raise BadDecision("not a recipient of this message: %(names)s", names=_told(", ".join(sorted(unknown))))
    return {address: instead.get(address, address) for address in known if address in wanted}


def named_by(decision: DecisionRow) -> dict[str, str]:
    """The same of a decision on record."""
    return {address: address for address in decision.recipients} | (decision.send_to or {})


def agreed(named: dict[str, str], before: Sequence[DecisionRow]) -> dict[str, str]:
    """The recipients that every approval names, and sends to the same address.

    Raises BadDecision where there are some, and none that all name.
    """
    words = [named_by(decision) for decision in before]
    common = {a: target for a, target in named.items() if all(word.get(a) == target for word in words)}
    if named and not common:
        names = ", ".join(dict.fromkeys(_way(*way) for word in words for way in word.items()))
        raise BadDecision(
            "the approval before yours is for others (%(names)s): choose the same, or reject", names=_told(names)
        )
    return common


def _instead(decision: Decision, known: Sequence[str]) -> dict[str, str]:
    same = {canonical(address): address for address in reversed(known)}
    instead = {wrong: same.get(canonical(right), right) for wrong, right in decision.send_to_record}
    if len(instead) < len(decision.send_to_record):
        raise BadDecision("send_to_record: name each recipient once")
    if any(canonical(wrong) == canonical(right) or right in instead for wrong, right in instead.items()):
        raise BadDecision("send_to_record: the address on record is the one that is to be corrected")
    return instead


def _way(address: str, target: str) -> str:
    return address if address == target else f"{address} -> {target}"


def _told(addresses: str) -> str:
    # Repeated for the person who typed it; half characters cannot be written into any answer.
    return addresses[:500].encode("utf-8", "replace").decode()
