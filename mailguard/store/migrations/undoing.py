"""A decision that was taken back counts no more, and stays taken back."""

# ruff: noqa: S608 - the statements are put together of these pages' own text, nothing of anybody's goes into them.

from sqlalchemy.engine import Connection

from mailguard.store.migrations.triggers import Rule, create, drop


def stands(decision: str) -> str:
    """The condition, after others, that nobody has taken the decision back."""
    return f" AND NOT EXISTS (SELECT 1 FROM undone_decisions AS x WHERE x.decision_id = {decision}.id)"


_NO_APPROVAL = f"""NEW.state IN ('approved', 'released') AND NOT EXISTS (
    SELECT 1 FROM decisions AS d WHERE d.case_id = NEW.id AND d.action = 'approve'{stands("d")})"""
_STANDS = "EXISTS (SELECT 1 FROM decisions AS d WHERE d.id = OLD.decision_id)"

_RULES: tuple[Rule, ...] = (
    ("standing_release", "BEFORE UPDATE ON cases", _NO_APPROVAL, "four eyes: no approval on record"),
    ("standing_born", "BEFORE INSERT ON cases", _NO_APPROVAL, "four eyes: no approval on record"),
    ("undone_frozen", "BEFORE UPDATE ON undone_decisions", None, "four eyes: taken back for good"),
    ("undone_kept", "BEFORE DELETE ON undone_decisions", _STANDS, "four eyes: taken back for good"),
)


def require_standing(connection: Connection) -> None:
    """Put these rules in the place of those that took every approval on record for one that stands."""
    drop(connection, (("four_eyes_release", "cases"), ("four_eyes_born", "cases")))
    create(connection, _RULES)
