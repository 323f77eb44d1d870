"""Whose mail somebody decides on: the rule of `cases.scope`, in the database.

A decision is refused where the right is that of somebody who belongs to other teams than the case's; who belongs to no
team has the right for all. A case stays its team's.
"""

# ruff: noqa: S608 - the statements are put together of these pages' own text, nothing of anybody's goes into them.

from sqlalchemy.engine import Connection

from mailguard.store.migrations.triggers import Rule, create


def _is_elsewhere(case: str, user: str) -> str:
    return f"""(EXISTS (SELECT 1 FROM user_teams AS t WHERE t.user_id = {user}) AND NOT EXISTS (
        SELECT 1 FROM user_teams AS t JOIN cases AS c ON c.team = t.team WHERE c.id = {case} AND t.user_id = {user}))"""


_DECIDES_ELSEWHERE = _is_elsewhere("NEW.case_id", "COALESCE(NEW.on_behalf_of, NEW.user_id)")
_REVIEWS_ELSEWHERE = f"""EXISTS (
    SELECT 1 FROM decisions AS d WHERE d.id = NEW.decision_id AND {_is_elsewhere("d.case_id", "NEW.user_id")})"""

_RULES: tuple[Rule, ...] = (
    ("team_decision", "BEFORE INSERT ON decisions", _DECIDES_ELSEWHERE, "team: decided on another team's mail"),
    ("team_review", "BEFORE INSERT ON after_reviews", _REVIEWS_ELSEWHERE, "team: reviewed another team's mail"),
    ("team_stays", "BEFORE UPDATE ON cases", "NEW.team <> OLD.team", "custody: what was judged is not changed"),
)


def require_teams(connection: Connection) -> None:
    """Make the triggers in the dialect of the connection."""
    create(connection, _RULES)
