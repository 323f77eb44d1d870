"""Times of the register's tables."""

from datetime import UTC, datetime


def as_utc(at: datetime) -> datetime:
    """The moment in UTC. SQLite hands times back without their zone; here they are always written in UTC."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
