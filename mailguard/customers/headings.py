"""Which column of the contract stands where in a header row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mailguard.core.customer import COLUMNS, REQUIRED
from mailguard.core.errors import InputError


@dataclass(frozen=True, slots=True)
class Headings:
    """A header row that has been understood."""

    places: dict[str, int]
    """Place of each column of ours that is there."""
    ignored: tuple[str, ...]
    """Headings that mean nothing to us, as the source spells them."""


def find_columns(name: str, header: Sequence[str], columns: Mapping[str, str]) -> Headings:
    """Read a header row; `columns` maps other headings to ours.

    Raises InputError, which begins with `name`, for a column that is there twice or a needed one that is not there.
    """
    mapped = {theirs.strip().lower(): ours for theirs, ours in columns.items()}
    places: dict[str, int] = {}
    ignored: list[str] = []
    for place, title in enumerate(header):
        theirs = title.strip().lower()
        ours = mapped.get(theirs, theirs)
        if ours in places:
            raise InputError(f"{name}: two columns are {ours}")
        if ours in COLUMNS:
            places[ours] = place
        elif theirs:
            ignored.append(title.strip())
    missing = [column for column in REQUIRED if column not in places]
    if missing:
        raise InputError(
            f"{name}: no column {', '.join(missing)} in the header row; "
            "name other headers in [register] columns of the configuration"
        )
    return Headings(places, tuple(ignored))
