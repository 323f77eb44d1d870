"""Facts, entries and problems as the templates show them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from mailguard.core.errors import BadFact
from mailguard.desk.desk import Desk
from mailguard.desk.incidents.fields import DATA_CLASSES, FIELDS, Field, Group, Kind
from mailguard.desk.language.catalogue import gettext, told
from mailguard.incidents.breaches.breach import BreachFacts
from mailguard.incidents.breaches.closing import CLOCK_RUNS
from mailguard.incidents.breaches.register import BreachEntry

_NAMED = re.compile(r"\(([a-z_]+)\)")
_CLOCK = re.compile(re.escape(CLOCK_RUNS % {"clock": "!"}).replace("!", "'(.+)'"))


@dataclass(frozen=True, slots=True)
class Asked:
    """A field with what stands in it."""

    field: Field
    text: str
    wrong: bool = False
    meanwhile: bool = False
    """Somebody else has changed it since the person read it."""
    ticked: frozenset[str] = frozenset()
    others: str = ""


@dataclass(frozen=True, slots=True)
class AskedGroup:
    """A group with its fields."""

    group: Group
    fields: tuple[Asked, ...]
    empty: bool
    """Nothing stands in any of them."""


@dataclass(frozen=True, slots=True)
class Lack:
    """What lacks before closing, and the field where it is written."""

    text: str
    field: str


def house_zone(desk: Desk) -> ZoneInfo:
    """The zone in which the house reads clocks."""
    return ZoneInfo(desk.settings.report.time_zone)


def ask(
    groups: Iterable[Group], filled: Mapping[str, str], *, wrong: str = "", meanwhile: frozenset[str] = frozenset()
) -> tuple[AskedGroup, ...]:
    """The form."""
    asked = []
    for group in groups:
        fields = tuple(_asked(field, filled[field.name], wrong, meanwhile) for field in group.fields)
        asked.append(AskedGroup(group, fields, not any(one.text for one in fields)))
    return tuple(asked)


def in_words(problem: Exception | None) -> tuple[str, str]:
    """The field that a problem is about (empty: none), and the problem with the name that people know."""
    if problem is None:
        return "", ""
    if isinstance(problem, BadFact) and problem.fact in FIELDS:
        return problem.fact, f"{gettext(FIELDS[problem.fact].label)}: {told(problem)}"
    return "", told(problem)


def lacks(sentences: Sequence[str]) -> list[Lack]:
    """What lacks, with the places where it belongs."""
    found = []
    for sentence in sentences:
        named = _NAMED.search(sentence)
        text = _NAMED.sub("", sentence).strip()
        clock = _CLOCK.fullmatch(text)
        said = gettext(CLOCK_RUNS) % {"clock": gettext(clock[1])} if clock else gettext(text)
        found.append(Lack(said, named[1] if named and named[1] in FIELDS else ""))
    return found


def tell_changes(entry: BreachEntry, desk: Desk) -> list[tuple[str, str, str]]:
    """What an act has changed: name of the field, what it was and became."""
    told = []
    order = list(FIELDS)
    for name in sorted(entry.changes, key=lambda name: order.index(name) if name in FIELDS else len(order)):
        field, (was, became) = FIELDS.get(name), entry.changes[name]
        told.append((field.label if field else name, _told(field, was, desk), _told(field, became, desk)))
    return told


def tell_facts(facts: BreachFacts, groups: Iterable[Group], desk: Desk) -> list[tuple[Group, list[tuple[str, str]]]]:
    """What is known, for those who read only."""
    told = []
    for group in groups:
        known = [(field.label, _told(field, getattr(facts, field.name), desk)) for field in group.fields]
        told.append((group, [(label, text) for label, text in known if text]))
    return told


def _asked(field: Field, text: str, wrong: str, meanwhile: frozenset[str]) -> Asked:
    words = text.split("\n") if field.kind is Kind.TICKS and text else []
    return Asked(
        field,
        text,
        field.name == wrong,
        field.name in meanwhile,
        frozenset(word for word in words if word in DATA_CLASSES),
        ", ".join(word for word in words if word not in DATA_CLASSES),
    )


def _told(field: Field | None, value: Any, desk: Desk) -> str:
    if value is None or value in ("", [], ()):
        return ""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if field is not None and field.kind is Kind.MOMENT:
        return desk.pages.moment(value if isinstance(value, datetime) else datetime.fromisoformat(str(value)))
    if isinstance(value, list | tuple):
        names = DATA_CLASSES if field is not None and field.kind is Kind.TICKS else {}
        return ", ".join(gettext(names[str(one)]) if str(one) in names else str(one) for one in value)
    names = dict(field.choices) if field is not None else {}
    return gettext(names[str(value)]) if str(value) in names else str(value)
