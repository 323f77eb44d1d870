"""What stands in each place of a draft: the facts in words of the language, or a gap where a fact is not known.

A value that is None has no place: its row or paragraph is left out. None of them names an address or a customer, and
nothing is in them that a finding has found: only kinds of data, numbers and times.
"""

from datetime import datetime

from mailguard.core.one_line import one_line
from mailguard.core.settings import IncidentSettings, Settings
from mailguard.incidents.breaches.breach import BreachFacts
from mailguard.incidents.breaches.clocks import ClockState, clocks_of
from mailguard.incidents.drafts.advice import advice
from mailguard.incidents.drafts.kinds import SECOND, TELECOM, DraftKind
from mailguard.incidents.drafts.marks import gap, written
from mailguard.incidents.drafts.moments import Form
from mailguard.incidents.drafts.wording import Wording

Value = str | tuple[str, ...] | None
_LONGEST = 4000
_LATE = frozenset({ClockState.OVERDUE, ClockState.MET_LATE})


def values_of(
    breach_id: str, facts: BreachFacts, kind: DraftKind, wording: Wording, settings: Settings, now: datetime
) -> dict[str, Value]:
    """Every value that a draft of this kind may ask for."""
    words, form = wording.words, Form(wording.language, settings.report.time_zone)
    phase = "second" if kind in SECOND else "first"
    may_mean, can_do = advice(facts, wording)
    values: dict[str, Value] = {
        "breach": one_line(breach_id, 40),
        "organisation": _own(settings.incidents.organisation, "organisation"),
        "contact": _own(settings.incidents.contact, "contact"),
        "controller": _typed(facts.processor, "processor") or gap("controller"),
        "phase": words["phase"][phase],
        "annex_phase": words["phase"][f"annex_{phase}"],
        "first_at": _at(facts.notified_authority_at, "first_at", form) if kind in SECOND else None,
        "detected": _at(facts.detected_at, "detected", form),
        "aware": _at(facts.aware_at, "aware", form),
        "delay": _delay(facts, kind, now),
        "processor": _typed(facts.processor, "processor"),
        "subjects": words["subjects"] if facts.customers else gap("subjects"),
        "recipients": form.number(len(facts.addresses)) if facts.addresses else gap("recipients"),
        "people": _number(facts.people, "people", wording, form),
        "records": _number(facts.records, "records", wording, form),
        "risk": words["risk"][facts.risk.value] if facts.risk else gap("risk"),
        "may_mean": may_mean,
        "can_do": can_do,
    }
    values |= _texts(facts)
    values |= _circumstances(facts, wording, form)
    values |= _tellings(facts, wording, form)
    if kind is DraftKind.PEOPLE and not facts.consequences.strip() and may_mean:
        # The sentences of the kinds of data say what it may mean; what nobody has written need not be asked for.
        values["consequences"] = None
    values["annex_circumstances"] = _joined(values["what"], values["channel"], values["reader"])
    values["annex_data"] = _joined(values["data"], values["secrets"])
    values["annex_others"] = values["processor"] or words["unnamed"]
    values["annex_summary"] = _joined(values["what"], values["unit"], values["channel"])
    return values


def _texts(facts: BreachFacts) -> dict[str, Value]:
    names = ("unit", "consequences", "risk_reason", "containment", "remedy", "other_countries", "other_authorities")
    return {name: _typed(getattr(facts, name), name) or gap(name) for name in names}


def _circumstances(facts: BreachFacts, wording: Wording, form: Form) -> dict[str, Value]:
    words = wording.words
    known = [words["circumstances"][code] for code in facts.data_classes if code in words["circumstances"]]
    channel = words["channel"].get(facts.channel.strip().casefold()) or _typed(facts.channel, "channel")
    reader = "trusted" if facts.reader_trusted else "known" if facts.reader_known else "unknown"
    is_told = bool(facts.reader_trusted) or facts.reader_known is not None
    return {
        "happened": _span(facts, wording, form, days=False),
        "days": _span(facts, wording, form, days=True),
        "what": (written("title", one_line(facts.title)), *known),
        "channel": channel or gap("channel"),
        "reader": words["reader"][reader] if is_told else gap("reader"),
        "data": _data(facts, wording),
        "secrets": _secrets(facts, wording, form, days=False),
        "secrets_day": _secrets(facts, wording, form, days=True),
    }


def _tellings(facts: BreachFacts, wording: Wording, form: Form) -> dict[str, Value]:
    told = wording.words["told"]
    if facts.notify_people is False:
        reason = written("notify_people_reason", one_line(facts.notify_people_reason, _LONGEST))
        return {"told": told["not"].format(reason=reason), "told_how": None, "told_people": None}
    told_people = form.number(facts.people_told) if facts.people_told is not None else gap("told_people")
    how = {"told_how": _typed(facts.people_told_how, "people_told_how") or gap("told_how"), "told_people": told_people}
    if facts.notified_people_at:
        return {"told": told["done"].format(moment=form.moment(facts.notified_people_at)), **how}
    return {"told": told["planned"] if facts.notify_people else gap("told"), **how}


def _delay(facts: BreachFacts, kind: DraftKind, now: datetime) -> Value:
    law = IncidentSettings(regimes=["telecom" if kind in TELECOM else "gdpr"])
    late = any(clock.state in _LATE for clock in clocks_of(facts, law, now))
    return _typed(facts.delay_reason, "delay_reason") or gap("delay") if late else None


def _span(facts: BreachFacts, wording: Wording, form: Form, *, days: bool) -> str:
    write = form.day if days else form.moment
    first, last = (write(at) if at else "" for at in (facts.happened_from, facts.happened_until))
    if first and last and first != last:
        return str(wording.words["range"]).format(first=first, last=last)
    if last and not first:
        return str(wording.words["not_later"]).format(moment=last)
    return first or gap("happened")


def _data(facts: BreachFacts, wording: Wording) -> str:
    words = wording.words["data"]
    classes = [code for code in facts.data_classes if code not in wording.words["circumstances"]]
    # What is no code of ours was typed by a person, and stands as they wrote it.
    named = (words.get(code) or written("data_classes", one_line(code, 100)) for code in classes)
    return ", ".join(dict.fromkeys(named)) or gap("data")


def _secrets(facts: BreachFacts, wording: Wording, form: Form, *, days: bool) -> str:
    words = wording.words["secrets"]
    if facts.secrets_included is None:
        return gap("secrets")
    if not facts.secrets_included:
        return str(words["none"])
    if facts.secrets_reset_at is None:
        return str(words["open"])
    write = form.day if days else form.moment
    return str(words["reset"]).format(moment=write(facts.secrets_reset_at))


def _at(at: datetime | None, name: str, form: Form) -> str:
    return form.moment(at) if at else gap(name)


def _number(value: int | None, name: str, wording: Wording, form: Form) -> str:
    return str(wording.words["counted"]).format(count=form.number(value)) if value is not None else gap(name)


def _own(text: str, name: str) -> str:
    return one_line(text, _LONGEST) or gap(name)


def _typed(text: str, name: str) -> str | None:
    line = one_line(text, _LONGEST)
    return written(name, line) if line else None


def _joined(*values: Value) -> tuple[str, ...]:
    lines: list[str] = []
    for value in values:
        lines.extend((value,) if isinstance(value, str) else value or ())
    return tuple(lines)
