"""The time, as a value that tests can turn."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Gives the present moment, always with a time zone."""


def utc_now() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)
