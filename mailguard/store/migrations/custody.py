"""What is held stays whole: a case goes one way, its letter and its recipients stay with it, and nothing is replaced.

SQLite's `INSERT OR REPLACE` and `UPDATE OR REPLACE` remove the old row without asking the triggers for DELETE, so a row
with a number that is taken is refused before it gets there. PostgreSQL has no such statement, and there the key alone
refuses it.
"""

# ruff: noqa: S608 - the statements are put together of these pages' own text, nothing of anybody's goes into them.

from sqlalchemy.engine import Connection

from mailguard.store.migrations.triggers import Rule, create
from mailguard.store.migrations.undoing import stands

_ONWARD = {
    "held": ("approved", "rejected", "withdrawn", "expired"),
    "approved": ("released", "undeliverable"),
    "undeliverable": ("approved", "rejected"),
}
"""As `core.case` has it; a state that is not here leads nowhere."""
_STEPS = " OR ".join(
    f"(OLD.state = '{old}' AND NEW.state IN ({', '.join(map(repr, onward))}))" for old, onward in _ONWARD.items()
)
_BACK = f"""OLD.state IN ('approved', 'rejected') AND NEW.state = 'held' AND OLD.claims = 0 AND NEW.claims = 0
    AND OLD.tries = 0 AND OLD.claimed_until IS NULL AND OLD.sending_at IS NULL AND EXISTS (
    SELECT 1 FROM decisions AS d JOIN bodies AS b ON b.case_id = d.case_id
    WHERE d.case_id = NEW.id AND d.undo_until IS NOT NULL AND length(b.wrapped_key) > 0{stands("d")})"""
"""A decision is taken back (`core.case.STEPS_BACK`): no release worker has ever had the letter, also none of an older
version, which does not count its claims; and the letter is there still."""
_NO_STEP = f"NEW.state <> OLD.state AND NOT ({_STEPS}) AND NOT ({_BACK})"
_WAITING = f"IN ({', '.join(map(repr, _ONWARD))})"
_JUDGED = ("id", "received_at", "reverse_path", "size", "sha256")
_OTHER_CASE = " OR ".join(f"NEW.{name} <> OLD.{name}" for name in _JUDGED)
_CASE_STANDS = "EXISTS (SELECT 1 FROM cases AS c WHERE c.id = OLD.case_id)"
_CASE_WAITS = f"EXISTS (SELECT 1 FROM cases AS c WHERE c.id = OLD.case_id AND c.state {_WAITING})"
_KEY_LOST = f"(NEW.key_id = '' OR length(NEW.wrapped_key) = 0) AND {_CASE_WAITS}"

_CHANGED, _REMOVED = "custody: what was judged is not changed", "custody: what waits is not removed"
_RULES: tuple[Rule, ...] = (
    ("case_step", "BEFORE UPDATE ON cases", _NO_STEP, "four eyes: no such step in the life of a case"),
    ("case_claims", "BEFORE UPDATE ON cases", "NEW.claims < OLD.claims", "custody: a claim is not forgotten"),
    ("case_judged", "BEFORE UPDATE ON cases", _OTHER_CASE, _CHANGED),
    ("case_kept", "BEFORE DELETE ON cases", f"OLD.state {_WAITING}", _REMOVED),
    ("recipient_place", "BEFORE UPDATE ON recipients", "NEW.position <> OLD.position", _CHANGED),
    ("recipient_kept", "BEFORE DELETE ON recipients", _CASE_STANDS, _REMOVED),
    ("body_judged", "BEFORE UPDATE OF case_id, sealed ON bodies", None, _CHANGED),
    ("body_openable", "BEFORE UPDATE OF key_id, wrapped_key ON bodies", _KEY_LOST, _REMOVED),
    ("body_kept", "BEFORE DELETE ON bodies", _CASE_WAITS, _REMOVED),
    ("audit_head_one", "BEFORE UPDATE ON audit_head", "NEW.id <> OLD.id", "the audit chain is append-only"),
    ("user_number", "BEFORE UPDATE OF id ON users", "NEW.id <> OLD.id", "custody: a person keeps their number"),
)
_NEVER_REPLACED = {
    "cases": ("id",),
    "recipients": ("case_id", "position"),
    "bodies": ("case_id",),
    "decisions": ("id",),
    "undone_decisions": ("decision_id",),
    "after_reviews": ("decision_id",),
    "delegations": ("id",),
    "users": ("id",),
    "audit": ("seq",),
    "audit_head": ("id",),
}
"""Tables by what tells their rows apart."""
_NEVER_EMPTIED = ("cases", "recipients", "bodies", "delegations", "after_reviews", "undone_decisions")


def require_custody(connection: Connection) -> None:
    """Make the triggers in the dialect of the connection. The function `never_emptied` is there already."""
    create(connection, _RULES)
    if connection.dialect.name != "postgresql":
        create(connection, (_never_replaced(table, key) for table, key in _NEVER_REPLACED.items()))
        return
    for table in _NEVER_EMPTIED:
        connection.exec_driver_sql(
            f"CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION never_emptied()"
        )


def _never_replaced(table: str, key: tuple[str, ...]) -> Rule:
    same = " AND ".join(f"t.{name} = NEW.{name}" for name in key)
    there = f"EXISTS (SELECT 1 FROM {table} AS t WHERE {same})"
    return (f"{table}_never_replaced", f"BEFORE INSERT ON {table}", there, f"custody: {table} are not replaced")
