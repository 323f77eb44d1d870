"""The geometry of the plots: where bars, points and ticks stand. Drawing is the template's."""

from collections.abc import Sequence
from dataclasses import dataclass

from mailguard.report.totals import Line


@dataclass(frozen=True, slots=True)
class Bar:
    """One horizontal bar; lengths are shares of the longest, 0 to 1."""

    label: str
    value: int
    before: int
    length: float
    length_before: float


@dataclass(frozen=True, slots=True)
class Point:
    """One week of a trend, in the plot's units."""

    x: float
    y: float
    value: int
    label: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across the plot, and its value."""

    y: float
    value: int


@dataclass(frozen=True, slots=True)
class Trend:
    """A line over the weeks."""

    points: tuple[Point, ...]
    ticks: tuple[Tick, ...]
    top: int
    """The value at the upper edge."""

    @property
    def path(self) -> str:
        """The points as SVG wants them."""
        return " ".join(f"{point.x:.1f},{point.y:.1f}" for point in self.points)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a histogram."""

    x: float
    y: float
    width: float
    height: float
    value: int
    label: str


def bars(lines: Sequence[Line], most: int = 8) -> tuple[Bar, ...]:
    """The first lines of a ranking as bars, on one scale with the week before."""
    shown = [line for line in lines if line.count or line.before][:most]
    longest = max((max(line.count, line.before) for line in shown), default=0) or 1
    return tuple(Bar(n.key, n.count, n.before, n.count / longest, n.before / longest) for n in shown)


def trend(values: Sequence[tuple[str, int]], width: float, height: float, top: int = 0) -> Trend:
    """Values from left to right, zero at the bottom; `top` is the upper edge, 0: as high as is needed."""
    top = top or nice_top(max((value for _, value in values), default=0))
    step = width / max(len(values) - 1, 1)
    return Trend(
        tuple(Point(i * step, height * (1 - value / top), value, label) for i, (label, value) in enumerate(values)),
        tuple(Tick(height * (1 - share), round(top * share)) for share in (0, 0.5, 1)),
        top,
    )


def columns(values: Sequence[tuple[str, int]], width: float, height: float) -> tuple[Column, ...]:
    """A histogram; the highest column fills the height."""
    top = max((value for _, value in values), default=0) or 1
    slot = width / max(len(values), 1)
    return tuple(
        Column(i * slot + slot * 0.15, height * (1 - value / top), slot * 0.7, height * value / top, value, label)
        for i, (label, value) in enumerate(values)
    )


def nice_top(highest: int) -> int:
    """The smallest even number of the kind 2, 4, 10, 20, 40, 100 that is not below: its half is a whole tick, too."""
    if highest <= 2:
        return 2
    magnitude: int = 10 ** (len(str(highest)) - 1)
    steps = (magnitude * step // 10 for step in (10, 20, 40, 60, 80, 100, 200))
    return next(step for step in steps if step >= highest and step % 2 == 0)
