"""Figures as people read them."""

from typing import Literal

Unit = Literal["messages", "share", "seconds", "number"]


def show(value: float | None, unit: Unit) -> str:
    """A figure for people: `1,234`, `2.4 %`, `1 h 20 min`; a dash for none."""
    if value is None:
        return "–"
    if unit == "share":
        return f"{value * 100:.1f} %" if value < 0.9995 or value == 1 else "> 99.9 %"
    if unit == "seconds":
        return _duration(value)
    return f"{value:,.1f}" if value % 1 and value < 10 else f"{value:,.0f}"


def _duration(seconds: float) -> str:
    if 0 < seconds < 1:
        return f"{seconds * 1000:g} ms"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    for size, name, smaller, small_name in ((86400, "d", 3600, "h"), (3600, "h", 60, "min")):
        if whole >= size:
            rest = whole % size // smaller
            return f"{whole // size} {name} {rest} {small_name}" if rest else f"{whole // size} {name}"
    return f"{whole // 60} min"
