"""Times of the register's tables."""

from datetime import UTC, datetime


def as_utc(at: datetime) -> datetime:
    """The moment in UTC. SQLite hands times back without their zone; here they are always written in UTC."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def moment(value: datetime | str) -> datetime:
    """A time of a row that was asked for past the tables' own types: SQLite keeps times as text."""
    return as_utc(datetime.fromisoformat(value) if isinstance(value, str) else value)
