"""Rules of the data, kept by the database itself: they hold for a program with a bug and for a person with a console.

`four eyes`: nobody whose address is in a case's identity set can have a decision on it, nobody is taken out of that
set, and a case is `approved` only when as many people's approvals as it needs are on record. `append only`: the audit
chain is never changed nor cut.
"""

from collections.abc import Iterable

from sqlalchemy.engine import Connection

_OWN_CASE = """EXISTS (
    SELECT 1 FROM sender_identities AS s JOIN user_addresses AS u ON u.address = s.address
    WHERE s.case_id = NEW.case_id AND u.user_id = NEW.user_id)
    OR EXISTS (
    SELECT 1 FROM sender_identities AS s WHERE s.case_id = NEW.case_id AND s.address = 'user:' || NEW.user_id)"""
_STANDS = "EXISTS (SELECT 1 FROM cases AS c WHERE c.id = OLD.case_id)"
"""A case that is removed whole takes its rows with it; by themselves they stay."""
_NO_APPROVAL = """NEW.state IN ('approved', 'released') AND NOT EXISTS (
    SELECT 1 FROM decisions AS d WHERE d.case_id = NEW.id AND d.action = 'approve')"""

_APPROVALS_LACK = """NEW.state IN ('approved', 'released') AND (
    SELECT count(DISTINCT d.user_id) FROM decisions AS d WHERE d.case_id = NEW.id AND d.action = 'approve'
    ) < NEW.approvals_needed"""
_FEWER = "NEW.approvals_needed < OLD.approvals_needed"

_OTHER = "NEW.address <> OLD.address OR NEW.case_id <> OLD.case_id"

Rule = tuple[str, str, str | None, str]
"""Trigger, event and table, condition or None for always, what the refused statement is told."""

_RULES: tuple[Rule, ...] = (
    ("four_eyes_decision", "BEFORE INSERT ON decisions", _OWN_CASE, "four eyes: decided by the sender"),
    ("four_eyes_frozen", "BEFORE UPDATE ON decisions", None, "four eyes: decisions are not changed"),
    ("four_eyes_kept", "BEFORE DELETE ON decisions", _STANDS, "four eyes: decisions are not removed"),
    ("sender_frozen", "BEFORE UPDATE ON sender_identities", None, "four eyes: the sender is not changed"),
    ("sender_kept", "BEFORE DELETE ON sender_identities", _STANDS, "four eyes: the sender is not changed"),
    ("recipient_frozen", "BEFORE UPDATE ON recipients", _OTHER, "four eyes: a recipient is not changed"),
    ("four_eyes_release", "BEFORE UPDATE ON cases", _NO_APPROVAL, "four eyes: no approval on record"),
    ("four_eyes_born", "BEFORE INSERT ON cases", _NO_APPROVAL, "four eyes: no approval on record"),
    ("audit_no_update", "BEFORE UPDATE ON audit", None, "the audit chain is append-only"),
    ("audit_no_delete", "BEFORE DELETE ON audit", None, "the audit chain is append-only"),
)
_RULES_OF_TWO: tuple[Rule, ...] = (
    ("all_eyes_release", "BEFORE UPDATE ON cases", _APPROVALS_LACK, "four eyes: too few approvals on record"),
    ("all_eyes_born", "BEFORE INSERT ON cases", _APPROVALS_LACK, "four eyes: too few approvals on record"),
    ("all_eyes_kept", "BEFORE UPDATE ON cases", _FEWER, "four eyes: a case does not come to need fewer approvals"),
)


def create_triggers(connection: Connection) -> None:
    """Make the triggers of the first step in the dialect of the connection."""
    create(connection, _RULES)


def require_all_approvals(connection: Connection) -> None:
    """Make the triggers for cases that need more approvals than one."""
    create(connection, _RULES_OF_TWO)


def create(connection: Connection, rules: Iterable[Rule]) -> None:
    """Make triggers in the dialect of the connection."""
    make = _on_postgresql if connection.dialect.name == "postgresql" else _on_sqlite
    for name, event, condition, message in rules:
        for statement in make(name, event, condition or "true", message.replace("'", "''")):
            # Not by `text`: it would take a colon in the statement for a parameter.
            connection.exec_driver_sql(statement)


def drop(connection: Connection, triggers: Iterable[tuple[str, str]]) -> None:
    """Take triggers away, each by its name and table."""
    for name, table in triggers:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"DROP TRIGGER {name} ON {table}")
            connection.exec_driver_sql(f"DROP FUNCTION {name}()")
        else:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")


def _on_sqlite(name: str, event: str, condition: str, message: str) -> tuple[str, ...]:
    return (f"CREATE TRIGGER {name} {event} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{message}'); END",)


def _on_postgresql(name: str, event: str, condition: str, message: str) -> tuple[str, ...]:
    # A WHEN clause may not hold a sub-select there, so the condition stands in the function.
    function = (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {condition} THEN RAISE EXCEPTION '{message}'; END IF; "
        "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$"
    )
    return function, f"CREATE TRIGGER {name} {event} FOR EACH ROW EXECUTE FUNCTION {name}()"
