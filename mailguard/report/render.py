"""A week's figures as HTML page, mail body, text, CSV and JSON. The same figures always give the same bytes."""

import csv
import io
import json
from dataclasses import asdict
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from mailguard.core.one_line import one_line
from mailguard.core.spreadsheet import safe_cell
from mailguard.report.figures import Line, WeeklyFigures
from mailguard.report.measures import REASONS, measures, show
from mailguard.report.plots import bars, columns, trend

_TEMPLATES = Path(__file__).parent / "templates"


def render_html(figures: WeeklyFigures) -> str:
    """The page: one file, no script, nothing fetched from elsewhere."""
    return _render("report.html", figures)


def render_mail_html(figures: WeeklyFigures) -> str:
    """The page for mail programs: tables and inline styles, since they show neither SVG nor style sheets."""
    return _render("mail.html", figures)


def render_text(figures: WeeklyFigures) -> str:
    """The figures as plain text."""
    return _render("mail.txt", figures)


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
            writer.writerow([week, section, safe_cell(line.key), "messages", line.count, line.before, ""])
    for label, count in figures.decision_times:
        writer.writerow([week, "decision_time", label, "messages", count, "", ""])
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
        "decision_times": dict(figures.decision_times),
        "weeks": [asdict(totals) for totals in figures.weeks],
        "audit_head": asdict(figures.audit) if figures.audit else None,
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _rankings(figures: WeeklyFigures) -> dict[str, tuple[Line, ...]]:
    return {
        "reason": figures.by_reason,
        "rule": figures.by_rule,
        "sender": figures.senders,
        "recipient_domain": figures.domains,
    }


def _render(template: str, figures: WeeklyFigures) -> str:
    return (
        _templates()
        .get_template(template)
        .render(
            f=figures,
            measures={m.name: m for m in measures(figures)},
            reasons=[Line(REASONS.get(n.key, n.key), n.count, n.before, n.approved) for n in figures.by_reason],
            rankings=(
                ("By rule", "Rule", figures.by_rule),
                ("Senders with most held mail", "Sender", figures.senders),
                ("Domains of the recipients", "Domain", figures.domains),
            ),
        )
    )


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(("html",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"show": show, "line": one_line, "day": _day, "local": _local, "waited": _waited}
    environment.globals |= {"bars": bars, "trend": trend, "columns": columns}
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
