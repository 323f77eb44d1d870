"""The teams that a person belongs to, which say whose cases they see."""

from collections.abc import Iterable

from sqlmodel import Session, col, delete, select

from mailguard.store.tables.people import UserTeamRow


def teams_of(session: Session, user_id: int) -> frozenset[str]:
    """The user's teams; none: the user sees the cases of all."""
    return frozenset(session.exec(select(UserTeamRow.team).where(UserTeamRow.user_id == user_id)))


def set_teams(session: Session, user_id: int, teams: Iterable[str]) -> bool:
    """Have the user belong to these teams and no others; tells whether that changed anything.

    It counts from the next request on, for logins that are open too. The caller writes it into the audit trail.
    """
    wanted, before = frozenset(teams), teams_of(session, user_id)
    if wanted == before:
        return False
    session.exec(delete(UserTeamRow).where(col(UserTeamRow.user_id) == user_id))
    session.add_all(UserTeamRow(user_id=user_id, team=team) for team in sorted(wanted))
    session.flush()
    return True
