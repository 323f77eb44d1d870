"""The figures by name: what they are called, their unit, and how they stand against the weeks before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mailguard.report.figures import Totals, WeeklyFigures

Unit = Literal["messages", "share", "seconds"]

_MEASURES: tuple[tuple[str, str, Unit], ...] = (
    ("seen", "Messages seen", "messages"),
    ("identified_share", "Customer found", "share"),
    ("passed", "Passed at once", "messages"),
    ("held", "Held", "messages"),
    ("held_share", "Share held", "share"),
    ("refused", "Refused", "messages"),
    ("deferred", "Deferred (try again later)", "messages"),
    ("approved", "Approved", "messages"),
    ("rejected", "Rejected", "messages"),
    ("wrong_recipient", "Wrong recipient stopped", "messages"),
    ("withdrawn", "Withdrawn by the sender", "messages"),
    ("expired", "Expired undecided", "messages"),
    ("undeliverable", "Undeliverable after approval", "messages"),
    ("waiting", "Waiting at the end of the week", "messages"),
    ("decision_p50", "Time to decision, half within", "seconds"),
    ("decision_p90", "Time to decision, 90 % within", "seconds"),
)

REASONS = {
    "credential": "Credential",
    "one_time_code": "One-time code",
    "personal_data": "Personal data",
    "bulk_personal_data": "Personal data of many",
    "namesake": "Namesake",
    "lookalike": "Look-alike address",
    "typo_domain": "Misspelt domain",
    "other_customer": "Other customer's address",
    "unrelated": "Address not on record",
    "disputed": "Disputed address",
    "unreadable": "Unreadable",
    "encrypted": "Encrypted",
    "recording": "Recording",
    "protected_customer": "Protected customer",
    "identity_conflict": "Different customers named",
}
"""Reason codes as a reader knows them; an unknown one is shown as it is."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of the week, of the week before, and the mean of the eight weeks."""

    name: str
    label: str
    unit: Unit
    now: float | None
    before: float | None
    mean: float | None

    @property
    def change(self) -> str:
        """Against the week before, in words and signs: `+12 (+8 %)`, `no change`."""
        if self.now is None or self.before is None:
            return "–"
        step = self.now - self.before
        if self.unit == "share":
            return f"{step * 100:+.1f} points".replace("-", "−") if abs(step) >= 0.0005 else "no change"
        if not step:
            return "no change"
        sign = "+" if step > 0 else "−"
        if not self.before:
            return f"{sign}{show(abs(step), self.unit)} (from 0)"
        return f"{sign}{show(abs(step), self.unit)} ({sign}{abs(step) / self.before * 100:.0f} %)"


def measures(figures: WeeklyFigures) -> tuple[Measure, ...]:
    """Every figure of the report, in its order."""
    return tuple(
        Measure(name, label, unit, _value(figures.this, name), _value(figures.before, name), _mean(figures.weeks, name))
        for name, label, unit in _MEASURES
    )


def show(value: float | None, unit: Unit) -> str:
    """A figure for people: `1,234`, `2.4 %`, `1 h 20 min`; a dash for none."""
    if value is None:
        return "–"
    if unit == "share":
        return f"{value * 100:.1f} %"
    if unit == "seconds":
        return _duration(value)
    return f"{value:,.0f}"


def _duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    for size, name, smaller, small_name in ((86400, "d", 3600, "h"), (3600, "h", 60, "min")):
        if whole >= size:
            rest = whole % size // smaller
            return f"{whole // size} {name} {rest} {small_name}" if rest else f"{whole // size} {name}"
    return f"{whole // 60} min"


def _value(totals: Totals, name: str) -> float | None:
    value = getattr(totals, name)
    return None if value is None else float(value)


def _mean(weeks: Sequence[Totals], name: str) -> float | None:
    values = [value for week in weeks if (value := _value(week, name)) is not None]
    return sum(values) / len(values) if values else None
