"""The facts of a breach as a form, and back: only what a person has really changed is a change.

Times are of the house's zone and of minutes; a field that comes back as it was shown keeps its seconds, and its hour
where the clocks are put back and an hour comes twice.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData

from mailguard.core.errors import BadFact
from mailguard.desk.incidents.fields import FIELDS, Field, Kind
from mailguard.desk.typed import typed
from mailguard.incidents.breaches.breach import BreachFacts

_NUMBER = re.compile(r"[0-9]{1,16}", re.ASCII)
_MINUTES = "%Y-%m-%dT%H:%M"


def fill(facts: BreachFacts, zone: ZoneInfo) -> dict[str, str]:
    """What stands in each field; lists have one word a line."""
    return {name: typed(_shown(getattr(facts, name), zone)) for name in FIELDS}


def read_sent(form: FormData) -> dict[str, str]:
    """The fields that the form had, as they were typed."""
    sent = {}
    for name, field in FIELDS.items():
        texts = [typed(text) for text in form.getlist(name) if isinstance(text, str)]
        if field.kind is Kind.TICKS and f"{name}_others" in form:
            texts += re.split(r"[,\n]", typed(str(form[f"{name}_others"])))
        elif not texts:
            continue
        # A trace sends an address once for every message that went there.
        sent[name] = "\n".join(dict.fromkeys(texts)) if field.kind in (Kind.TICKS, Kind.WORDS) else texts[-1]
    return sent


def touched(sent: Mapping[str, str], facts: BreachFacts, zone: ZoneInfo) -> dict[str, str]:
    """Of what was sent, the fields that differ from the facts that the form had shown."""
    shown = fill(facts, zone)
    return {name: text for name, text in sent.items() if _comparable(name, text) != _comparable(name, shown[name])}


def read_changes(sent: Mapping[str, str], zone: ZoneInfo) -> dict[str, Any]:
    """What was typed, as values of `incidents.breaches.breach.change_facts`. Raises BadDecision."""
    return {name: _value(FIELDS[name], text, zone) for name, text in sent.items()}


def _shown(value: Any, zone: ZoneInfo) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(zone).strftime(_MINUTES)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "\n".join(value) if isinstance(value, tuple) else str(value)


def _comparable(name: str, text: str) -> object:
    if FIELDS[name].kind is Kind.TICKS:
        return frozenset(text.split("\n")) - {""}
    return [word.strip() for word in text.split("\n")] if FIELDS[name].kind is Kind.WORDS else text


def _value(field: Field, text: str, zone: ZoneInfo) -> Any:
    if field.kind in (Kind.WORDS, Kind.TICKS):
        return [word for word in text.split("\n") if word.strip()]
    if field.kind in (Kind.LINE, Kind.TEXT):
        return text
    if not text:
        return None
    if field.kind is Kind.MOMENT:
        return _moment(field, text, zone)
    if field.kind is Kind.NUMBER:
        if not _NUMBER.fullmatch(text):
            raise BadFact(field.name, "write a whole number")
        return int(text)
    if text not in dict(field.choices):
        raise BadFact(field.name, "choose one of the answers")
    return {"yes": True, "no": False}.get(text, text)


def _moment(field: Field, text: str, zone: ZoneInfo) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment
        # Of an hour that comes twice the first is meant: the clock that begins there runs out sooner.
        local = moment.replace(tzinfo=zone)
        back = local.astimezone(UTC).astimezone(zone)
    except (ValueError, OverflowError):
        raise BadFact(field.name, 'write a day and time such as "2026-11-16T09:00"') from None
    if back.replace(tzinfo=None, fold=0) != moment.replace(fold=0):
        raise BadFact(field.name, "there was no such hour, the clocks were put forward")
    return local
