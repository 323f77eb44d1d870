"""A piece of text at its place on a page."""

from dataclasses import dataclass


@dataclass(slots=True)
class Cell:
    """A word or some, and their box in points from the lower left corner."""

    left: float
    bottom: float
    right: float
    top: float
    text: str


def height(cell: Cell) -> float:
    """In points, one at least."""
    return max(cell.top - cell.bottom, 1.0)
