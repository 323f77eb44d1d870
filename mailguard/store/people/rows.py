"""Rows of users, and the persons they stand for."""

from sqlmodel import Session, select

from mailguard.core.errors import InputError
from mailguard.core.person import Person, Role
from mailguard.store.people.teams import teams_of
from mailguard.store.tables.people import UserAddressRow, UserRow


def person_of(session: Session, row: UserRow) -> Person:
    """The person of a row, with every address that is known to be theirs, and their teams."""
    addresses = session.exec(select(UserAddressRow.address).where(UserAddressRow.user_id == row.id)).all()
    user_id = id_of(row)
    teams = teams_of(session, user_id)
    return Person(user_id, row.name, row.email, Role(row.role), tuple(addresses), teams, row.language)


def user_named(session: Session, name: str) -> UserRow:
    """The row of that name. Raises InputError, with the mend, where there is none."""
    row = session.exec(select(UserRow).where(UserRow.name == name)).one_or_none()
    if row is None:
        raise InputError(f"there is no user {name!r}; add one with: mailguard users add")
    return row


def id_of(row: UserRow) -> int:
    """The number of a row that is in the database. Raises InputError for one that is not."""
    if row.id is None:
        raise InputError(f"user {row.name!r} has not been saved")
    return row.id
