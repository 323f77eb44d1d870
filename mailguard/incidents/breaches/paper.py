"""The register on paper, as an authority may ask for it: facts, effects, remedial action (GDPR Art. 33(5))."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from mailguard.core.one_line import one_line
from mailguard.core.paper import print_pdf
from mailguard.core.settings import Settings
from mailguard.incidents.breaches.register import Breach, BreachEntry
from mailguard.incidents.breaches.running import Watched

_LABELS: dict[str, dict[str, str]] = {
    "Facts": {
        "detected_at": "Detected",
        "aware_at": "Became aware",
        "happened_from": "Happened from",
        "happened_until": "Happened until",
        "channel": "Channel",
        "unit": "Unit",
        "processor": "Processor or partner",
        "reader_known": "Recipient known",
        "reader_trusted": "Recipient can be relied on",
        "data_classes": "Kinds of data",
        "people": "People concerned, approximately",
        "records": "Records concerned, approximately",
        "secrets_included": "Passwords, PINs or codes included",
        "secrets_reset_at": "Made invalid",
        "customers": "Customers",
        "addresses": "Addresses it went to",
    },
    "Effects": {
        "consequences": "Likely consequences",
        "risk": "Risk for the people concerned",
        "risk_reason": "Why it is assessed so",
    },
    "Decisions": {
        "notify_authority": "The authority is notified",
        "notify_authority_reason": "Reason",
        "notified_authority_at": "Notified",
        "notified_fully_at": "Notified in full",
        "delay_reason": "Reasons for the delay",
        "notify_people": "The people concerned are told",
        "notify_people_reason": "Reason",
        "notified_people_at": "Told",
        "people_told": "How many were told",
        "people_told_how": "How they were told",
        "other_countries": "People in other member states",
        "other_authorities": "Other authorities",
        "notify_controller": "The controller is told",
        "notify_controller_reason": "Reason",
        "notified_controller_at": "Told",
    },
    "Remedial action": {"containment": "Done at once", "remedy": "So that it does not happen again"},
}
_RISKS = {"none": "none", "unlikely": "unlikely", "risk": "a risk", "high": "a high risk"}
_ALL_OF_A_LIST = 1_000
_LONGEST = 4000


@dataclass(frozen=True, slots=True)
class Kept:
    """A breach with everything that was done to it."""

    watched: Watched
    entries: Sequence[BreachEntry]


def write_register(register: Sequence[Kept], settings: Settings, made_at: datetime) -> bytes:
    """The register as PDF, in the order given; times are those of `report.time_zone`."""
    return print_pdf(register_page(register, settings, made_at))


def register_page(register: Sequence[Kept], settings: Settings, made_at: datetime) -> str:
    """The same as HTML, of which the PDF is made."""
    zone = ZoneInfo(settings.report.time_zone)
    return str(
        _layout().render(
            organisation=one_line(settings.incidents.organisation),
            contact=one_line(settings.incidents.contact, 500),
            made_at=_moment(made_at, zone),
            zone=settings.report.time_zone,
            breaches=[_paper(one, zone) for one in register],
        )
    )


def _paper(kept: Kept, zone: ZoneInfo) -> dict[str, Any]:
    breach = kept.watched.breach
    return {
        "id": breach.id,
        "title": one_line(breach.facts.title),
        "about": _about(breach, zone),
        "groups": [(title, list(_rows(breach, labels, zone))) for title, labels in _LABELS.items()],
        "clocks": [
            (
                f"{clock.name} ({clock.law})" if clock.law else clock.name,
                clock.state.value.replace("_", " "),
                _moment(clock.due_at, zone),
                _moment(clock.met_at, zone),
            )
            for clock in kept.watched.clocks
        ],
        # Which fields, not what is in them: what they came to be stands above.
        "entries": [
            (
                _moment(entry.at, zone),
                entry.by,
                entry.act,
                ", ".join(entry.changes).replace("_", " "),
                one_line(entry.note, _LONGEST),
            )
            for entry in kept.entries
        ],
    }


def _about(breach: Breach, zone: ZoneInfo) -> list[tuple[str, str]]:
    told = [
        ("State", breach.state.value),
        ("Came to be known by", breach.origin.value),
        ("Opened", f"{_moment(breach.opened_at, zone)}, {breach.opened_by}"),
    ]
    if breach.case_id:
        told.append(("Held message", breach.case_id))
    if breach.closing_at:
        told.append(("Closing asked for", f"{_moment(breach.closing_at, zone)}, {breach.closing_by}"))
    if breach.closed_at:
        told.append(("Closed", f"{_moment(breach.closed_at, zone)}, {breach.closed_by}"))
    return told


def _rows(breach: Breach, labels: dict[str, str], zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    for name, label in labels.items():
        value = getattr(breach.facts, name)
        if name.endswith("_reason") and not value:
            continue
        yield label, _RISKS.get(value, "") if name == "risk" else _cell(value, zone)


def _cell(value: Any, zone: ZoneInfo) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return _moment(value, zone)
    if isinstance(value, tuple):
        return ", ".join(one_line(each, 254) for each in value[:_ALL_OF_A_LIST])
    return one_line(str(value), _LONGEST) if value is not None else ""


def _moment(at: datetime | None, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M %Z}" if at else ""


@cache
def _layout() -> Any:
    folder = Path(__file__).parent / "templates"
    environment = Environment(
        loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("register.html")
