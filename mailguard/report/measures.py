"""The figures by name: what they are called, their unit, and how they stand against the weeks before."""

from collections.abc import Sequence
from dataclasses import dataclass

from mailguard.report.figures import WeeklyFigures
from mailguard.report.shown import Unit, show
from mailguard.report.totals import Totals

_MEASURES: tuple[tuple[str, tuple[tuple[str, str, Unit], ...]], ...] = (
    (
        "Mail",
        (
            ("seen", "Messages seen", "messages"),
            ("identified_share", "Customer found", "share"),
            ("passed", "Passed at once", "messages"),
            ("held", "Held", "messages"),
            ("split", "Of the held, passed on at once to other recipients", "messages"),
            ("held_share", "Share held", "share"),
            ("wrong_recipient", "Leaks avoided (wrong recipient stopped)", "messages"),
            ("refused", "Refused", "messages"),
            ("deferred", "Deferred (try again later)", "messages"),
            ("may_come_twice", "Of these, possibly delivered twice", "messages"),
        ),
    ),
    (
        "Decisions",
        (
            ("approved", "Approved", "messages"),
            ("corrected", "Of these, for some recipients only", "messages"),
            ("rejected", "Rejected", "messages"),
            ("withdrawn", "Withdrawn by the sender", "messages"),
            ("expired", "Expired undecided", "messages"),
            ("undeliverable", "Undeliverable after approval", "messages"),
            ("waiting", "Waiting at the end of the week", "messages"),
            ("decision_p50", "Time to decision, half within", "seconds"),
            ("decision_p90", "Time to decision, 90 % within", "seconds"),
            ("unreminded_share", "Decided before the reminder", "share"),
            ("in_time_share", "Decided before expiry", "share"),
        ),
    ),
    (
        "Reviewers",
        (
            ("unread", "Approved without reading (under 3 s)", "messages"),
            ("second_opinions", "Second words where two must approve", "messages"),
            ("agreement", "Of these, agreeing with the first", "share"),
            ("broken_glass", "Approved alone, by breaking the glass", "messages"),
            ("unreviewed", "Such approvals not reviewed yet", "messages"),
            ("attention_wrong", "Questions before an approval answered wrongly", "number"),
            ("test_cases", "Made-up test letters decided", "number"),
            ("test_missed", "Of these, approved: attention missed", "number"),
        ),
    ),
    (
        "Guard",
        (
            ("availability", "Available", "share"),
            ("added_p50", "Time added to a message, half within", "seconds"),
            ("added_p99", "Time added to a message, 99 % within", "seconds"),
            ("deferred_share", "Share deferred", "share"),
            ("unreadable", "Unreadable", "messages"),
            ("unreadable_share", "Share unreadable", "share"),
        ),
    ),
    (
        "Customer register",
        (
            ("register_customers", "Customers on record", "number"),
            ("register_age", "Age of the register", "seconds"),
            ("register_unconfirmed", "Unconfirmed addresses", "number"),
            ("register_disputed", "Disputed addresses", "number"),
            ("register_shared", "Addresses shared by customers", "number"),
        ),
    ),
    (
        "Breach register",
        (
            ("breaches_opened", "Breaches opened", "number"),
            ("breaches_open", "Open at the end of the week", "number"),
            ("breaches_overdue", "Of these, past a deadline", "number"),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of the week, of the week before, and the mean of the eight weeks."""

    section: str
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
        Measure(
            section,
            name,
            label,
            unit,
            _value(figures.this, name),
            _value(figures.before, name),
            _mean(figures.weeks, name),
        )
        for section, rows in _MEASURES
        for name, label, unit in rows
    )


def _value(totals: Totals, name: str) -> float | None:
    value = getattr(totals, name)
    return None if value is None else float(value)


def _mean(weeks: Sequence[Totals], name: str) -> float | None:
    values = [value for week in weeks if (value := _value(week, name)) is not None]
    return sum(values) / len(values) if values else None
