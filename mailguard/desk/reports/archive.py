"""Where the weekly reports come from, as the desk sees it."""

from collections.abc import Sequence
from typing import Protocol


class ReportedWeek(Protocol):
    """One week in the list."""

    @property
    def week(self) -> str:
        """`2026-W46`."""

    @property
    def running(self) -> bool:
        """Not over yet."""

    @property
    def files(self) -> Sequence[str]:
        """Names to ask for; the ending is one of html, csv, json, pdf."""


class ReportArchive(Protocol):
    """Where reports come from; `app/` fits the real one in."""

    def weeks(self) -> Sequence[ReportedWeek]:
        """Newest first. Raises StoreError."""

    def read(self, name: str) -> bytes | None:
        """A file by its name, None when there is none. Raises StoreError, InputError where it cannot be made here."""

    def trend(self) -> str:
        """An SVG picture of the last weeks; empty where there is nothing to draw."""
