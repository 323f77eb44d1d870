"""The people on record, kept at hand between one group of holds and the next."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.engine import Connection

from mailguard.cases.holding.staff_directory import Directory, read_directory
from mailguard.store.tables.people import PeopleVersionRow

_NUMBER = select(PeopleVersionRow.__table__.c.number)  # type: ignore[attr-defined]


class KnownStaff:
    """Reads the directory again only when the database says that somebody in it has changed.

    To read it for each group took a fifth of a hold, with three people on record; a company has thousands. For one
    thread.
    """

    def __init__(self) -> None:
        self._number: int | None = None
        self._directory: Directory | None = None

    def read(self, connection: Connection, at: datetime) -> Directory:
        """The directory as it is inside the caller's transaction."""
        # The number first: a change between the two questions is then read once more, not missed.
        number = connection.execute(_NUMBER).scalar_one()
        if self._directory is None or number != self._number:
            self._number, self._directory = number, read_directory(connection, at)
        return self._directory
