"""A week's figures as HTML page, mail body, text, CSV and JSON. The same figures always give the same bytes."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from mailguard.core.one_line import one_line
from mailguard.core.spreadsheet import safe_cell
from mailguard.report.figures import TOP, WeeklyFigures
from mailguard.report.measures import measures
from mailguard.report.parts import ENOUGH, TOO_MUCH
from mailguard.report.plots import bars, columns, trend
from mailguard.report.shown import show
from mailguard.report.totals import Line, Totals
from mailguard.report.words import LANGUAGES, REASONS, STAGES
from mailguard.store.audit.anchor import Anchor

RANKINGS = ("reason", "rule", "sender", "recipient_domain", "language", "team", "partner")
"""What held mail is counted by."""
_TEMPLATES = Path(__file__).parent / "templates"


def render_html(figures: WeeklyFigures) -> str:
    """The page: one file, no script, nothing fetched from elsewhere."""
    return _render("report.html", figures)


def render_mail_html(figures: WeeklyFigures, lacking: str = "") -> str:
    """The page for mail programs: tables and inline styles, since they show neither SVG nor style sheets.

    `lacking` says why something is not attached.
    """
    return _render("mail.html", figures, lacking)


def render_text(figures: WeeklyFigures, lacking: str = "") -> str:
    """The figures as plain text."""
    return _render("mail.txt", figures, lacking)


def render_trend(weeks: Sequence[Totals]) -> str:
    """Messages held and leaks avoided over many weeks, as one SVG picture that stands alone."""
    return _templates().get_template("trend.svg").render(weeks=weeks)


def render_csv(figures: WeeklyFigures) -> str:
    """One row a figure (RFC 4180). No cell begins a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("week", "section", "name", "unit", "value", "week_before", "mean_8_weeks"))
    week = figures.week.name
    for m in measures(figures):
        writer.writerow([week, "total", m.name, m.unit, *map(_number, (m.now, m.before, m.mean))])
    for section, lines in _rankings(figures).items():
        for line in lines:
            numbers = (line.count, line.before, _number(line.mean))
            writer.writerow([week, section, safe_cell(line.key), "messages", *numbers])
    for label, count in figures.decision_times:
        writer.writerow([week, "decision_time", label, "messages", count, "", ""])
    for stage in figures.stages:
        for name, value, before in (("p50", stage.p50, stage.before_p50), ("p99", stage.p99, stage.before_p99)):
            writer.writerow([week, "stage", f"{stage.stage} {name}", "seconds", _number(value), _number(before), ""])
    for one in figures.deciders:
        writer.writerow([week, "decider", safe_cell(f"{one.role} {one.pseudonym}"), "messages", one.decided, "", ""])
    for proposal in figures.proposals:
        row = (safe_cell(proposal.rule), "share", _number(proposal.approved_share))
        writer.writerow([week, "holds_too_much", *row, "", ""])
    for lesson in figures.lessons:
        name = safe_cell(f"{lesson.team or 'small teams'}: {lesson.topic}")
        writer.writerow([week, "coaching", name, "messages", lesson.messages, "", ""])
    for totals in figures.weeks:
        for name in ("seen", "held"):
            writer.writerow([totals.week, "trend", name, "messages", getattr(totals, name), "", ""])
    return out.getvalue()


def render_json(figures: WeeklyFigures) -> str:
    """Everything, for programs; times in UTC (RFC 3339)."""
    oldest = {"case": figures.oldest_case, "since": _moment(figures.oldest_since)} if figures.oldest_case else None
    whole: dict[str, Any] = {
        "schema": 1,
        "week": figures.week.name,
        "time_zone": figures.week.zone.key,
        "from": _moment(figures.week.start),
        "to": _moment(figures.week.end),
        "as_of": _moment(figures.as_of),
        "complete": figures.complete,
        "totals": {
            m.name: {"unit": m.unit, "value": m.now, "week_before": m.before, "mean_8_weeks": m.mean}
            for m in measures(figures)
        },
        "oldest_waiting": oldest,
        "held_by": {section: [asdict(line) for line in lines] for section, lines in _rankings(figures).items()},
        "top_systems": [asdict(line) for line in figures.systems],
        "decision_times": dict(figures.decision_times),
        "stages": [asdict(stage) for stage in figures.stages],
        "deciders": [asdict(one) for one in figures.deciders],
        "holds_too_much": [{**asdict(one), "approved_share": one.approved_share} for one in figures.proposals],
        "breach_clocks": [{**asdict(one), "due_at": _moment(one.due_at)} for one in figures.clocks],
        "coaching": [asdict(one) for one in figures.lessons],
        "weeks": [asdict(totals) for totals in figures.weeks],
        "audit_head": _audit_head(figures.audit) if figures.audit else None,
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _audit_head(anchor: Anchor) -> dict[str, Any]:
    at = anchor.at.astimezone(UTC)
    return {"seq": anchor.seq, "digest": anchor.digest, "at": _moment(at), "key": anchor.key, "line": str(anchor)}


def _rankings(figures: WeeklyFigures) -> dict[str, tuple[Line, ...]]:
    return {measure: figures.ranking(measure) for measure in RANKINGS}


def _named(languages: Sequence[Line]) -> list[Line]:
    return [replace(line, key=LANGUAGES.get(line.key, line.key)) for line in languages]


def _render(template: str, figures: WeeklyFigures, lacking: str = "") -> str:
    return (
        _templates()
        .get_template(template)
        .render(
            f=figures,
            lacking=lacking,
            measures={m.name: m for m in measures(figures)},
            reasons=[replace(n, key=REASONS.get(n.key, n.key)) for n in figures.by_reason],
            rankings=(
                ("By rule", "Rule", figures.by_rule),
                ("By team", "Team", figures.by_team[:TOP]),
                ("By partner", "Partner", figures.by_partner),
                ("By language of the letter", "Language", _named(figures.by_language)),
                ("Senders with most held mail", "Sender", figures.senders),
                ("Domains of the recipients", "Domain", figures.domains),
            ),
        )
    )


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(("html", "svg"), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"show": show, "line": one_line, "day": _day, "local": _local, "waited": _waited}
    environment.globals |= {"bars": bars, "trend": trend, "columns": columns, "stage_names": STAGES}
    environment.globals |= {"enough": ENOUGH, "too_much": TOO_MUCH}
    return environment


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}" if value % 1 else f"{value:.0f}"


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _day(at: Any, with_year: bool = True) -> str:
    return f"{at.day} {at:%B %Y}" if with_year else f"{at.day} {at:%B}"


def _local(at: datetime, figures: WeeklyFigures) -> str:
    there = at.astimezone(figures.week.zone)
    return f"{_day(there)}, {there:%H:%M}"


def _waited(since: datetime, figures: WeeklyFigures) -> str:
    return show((figures.as_of - since).total_seconds(), "seconds")
