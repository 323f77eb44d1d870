"""A personal data breach, as a value: what is known of it, what was decided, and what is still lacking."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from mailguard.core.errors import BadDecision, BadFact
from mailguard.core.marking import N_
from mailguard.incidents.breaches.fields import TOO_LONG, kinds_of, read_field, write_field

_LONGEST_TITLE = 200


class BreachState(StrEnum):
    """One person asks to close a breach, another closes it; either of them may open it again."""

    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"


class Origin(StrEnum):
    """How it came to be known."""

    HOLD = "hold"
    REPORT = "report"
    TRACE = "trace"
    HAND = "hand"


class Risk(StrEnum):
    """To the rights and freedoms of natural persons (GDPR Art. 33(1), 34(1))."""

    UNKNOWN = ""
    NONE = "none"
    UNLIKELY = "unlikely"
    LIKELY = "risk"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class BreachFacts:
    """Everything that the register keeps of a breach: facts, effects, remedial action (GDPR Art. 33(3), 33(5))."""

    title: str
    """In a line, without personal data: it stands in lists."""
    detected_at: datetime | None = None
    """Somebody saw it: where the telecom clock begins (Regulation (EU) 611/2013, Art. 2(2))."""
    aware_at: datetime | None = None
    """The controller knew with reasonable certainty: where the 72 hours begin (EDPB Guidelines 9/2022, para. 31)."""
    happened_from: datetime | None = None
    happened_until: datetime | None = None
    channel: str = ""
    """How the data left, `email` mostly."""
    unit: str = ""
    """Team or system it left from."""
    processor: str = ""
    """The partner that acted for the controller, or whom we acted for."""
    reader_known: bool | None = None
    reader_trusted: bool | None = None
    """A recipient who can be relied on to give it back or destroy it (EDPB Guidelines 9/2022, para. 111)."""
    data_classes: tuple[str, ...] = ()
    people: int | None = None
    """Data subjects, approximately (Art. 33(3)(a))."""
    records: int | None = None
    secrets_included: bool | None = None
    secrets_reset_at: datetime | None = None
    """When passwords, PINs and the like that had leaked were made worthless."""
    customers: tuple[str, ...] = ()
    """Customer numbers of the people concerned."""
    addresses: tuple[str, ...] = ()
    """Mail addresses to which it went."""
    containment: str = ""
    consequences: str = ""
    """Likely consequences (Art. 33(3)(c))."""
    risk: Risk = Risk.UNKNOWN
    risk_reason: str = ""
    notify_authority: bool | None = None
    notify_authority_reason: str = ""
    notified_authority_at: datetime | None = None
    """The first notification; further information may follow in phases (Art. 33(4))."""
    notified_fully_at: datetime | None = None
    notify_people: bool | None = None
    notify_people_reason: str = ""
    notified_people_at: datetime | None = None
    notify_controller: bool | None = None
    """Where we are the processor (Art. 33(2)); no where we are the controller ourselves."""
    notify_controller_reason: str = ""
    notified_controller_at: datetime | None = None
    remedy: str = ""
    delay_reason: str = ""
    """Why the authority is notified later than the law wants (Art. 33(1), last sentence)."""
    people_told: int | None = None
    """How many were told, and how (Regulation (EU) 611/2013, Annex I, 14 and 15)."""
    people_told_how: str = ""
    other_countries: str = ""
    """People concerned in other member states, and authorities told there (Annex I, 16 and 17)."""
    other_authorities: str = ""

    def lacking(self) -> tuple[str, ...]:
        """What must be written before it may be closed, each a sentence; empty when nothing is."""
        wanted = (
            (self.aware_at, _lack(N_("when the controller became aware"), "aware_at")),
            (self.risk, _lack(N_("the risk for the people concerned"), "risk")),
            (self.risk_reason.strip(), _lack(N_("why the risk is as it is"), "risk_reason")),
            (self.notify_authority is not None, _lack(N_("whether the authority is notified"), "notify_authority")),
            (self.notify_people is not None, _lack(N_("whether the people concerned are told"), "notify_people")),
            (self.remedy.strip(), _lack(N_("what was done so that it does not happen again"), "remedy")),
            (
                not self.secrets_included or self.secrets_reset_at,
                _lack(N_("when the leaked secrets were reset"), "secrets_reset_at"),
            ),
            (not self.notify_authority or self.notified_authority_at, N_("when the authority was notified")),
            (not self.notify_people or self.notified_people_at, N_("when the people concerned were told")),
            (not self.notify_controller or self.notified_controller_at, N_("when the controller was told")),
        )
        return (*(sentence for there, sentence in wanted if not there), *self.unreasoned())

    def unreasoned(self) -> tuple[str, ...]:
        """Decisions not to notify that give no reason: these may not even be written down (Art. 33(1), 33(5))."""
        return tuple(_lack(_WHY_NOT[name], f"{name}_reason") for name in self.silent())

    def silent(self) -> tuple[str, ...]:
        """The names of those decisions."""
        return tuple(
            name
            for name in _WHY_NOT
            if getattr(self, name) is False and not str(getattr(self, f"{name}_reason")).strip()
        )


def change_facts(facts: BreachFacts, changes: Mapping[str, Any]) -> BreachFacts:
    """The facts with these fields changed, each checked for its kind; times are ISO 8601 with a zone, or datetimes.

    Raises BadDecision for a field that is none, a value of the wrong kind, an empty title, or a decision not to notify
    without a reason.
    """
    unknown = sorted(set(changes) - _KINDS.keys())
    if unknown:
        raise BadDecision(
            "%(name)s is no field of a breach; there are: %(fields)s", name=unknown[0], fields=", ".join(_KINDS)
        )
    changed = replace(facts, **{name: read_field(name, _KINDS[name], value) for name, value in changes.items()})
    changed = replace(changed, title=" ".join(changed.title.split()))
    if not changed.title:
        raise BadFact("title", "say in a line what happened")
    if len(changed.title) > _LONGEST_TITLE:
        raise BadFact("title", TOO_LONG, count=len(changed.title), most=_LONGEST_TITLE)
    if silent := changed.silent():
        raise BadFact(f"{silent[0]}_reason", _WRITE_WHY_NOT[silent[0]])
    return changed


def write_facts(facts: BreachFacts) -> dict[str, Any]:
    """The facts as JSON; what is not known is left out."""
    written = {field.name: write_field(getattr(facts, field.name)) for field in fields(facts)}
    return {name: value for name, value in written.items() if value not in (None, "", [])}


def read_facts(written: Mapping[str, Any]) -> BreachFacts:
    """The facts out of JSON. A field that a newer version has written and this one does not know is passed over."""
    known = {name: value for name, value in written.items() if name in _KINDS}
    return BreachFacts(**{name: read_field(name, _KINDS[name], value) for name, value in known.items()})


def _lack(sentence: str, fact: str) -> str:
    return f"{sentence} ({fact})"


_KINDS = kinds_of(BreachFacts)
_WHY_NOT = {
    "notify_authority": N_("why the authority is not notified"),
    "notify_people": N_("why the people concerned are not notified"),
    "notify_controller": N_("why the controller is not notified"),
}
_WRITE_WHY_NOT = {
    "notify_authority": N_("write down why the authority is not notified"),
    "notify_people": N_("write down why the people concerned are not notified"),
    "notify_controller": N_("write down why the controller is not notified"),
}
