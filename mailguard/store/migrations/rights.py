"""Who decides, in whose place, and who breaks the glass: the rules of `cases.deciding.rights`, in the database.

A decision is the person's own right, or that of a giver whose delegation is in force, or an approval by breaking the
glass. Neither the person nor the giver belongs to the sender's side: the sender's identity set, and everybody who had
the sender's right, or had given the sender theirs, at any time between hold and decision.
"""

# ruff: noqa: S608 - the statements are put together of these pages' own text, nothing of anybody's goes into them.

from sqlalchemy.engine import Connection

from mailguard.store.migrations.triggers import Rule, create, drop
from mailguard.store.migrations.undoing import stands

_DECIDES = "IN ('supervisor', 'admin')"
_NOT_READING = "NOT IN ('auditor', 'sender')"
_SHORTEST_REASON = 20
"""As `cases.deciding.break_glass` has it."""


def _is_sender(case: str, user: str) -> str:
    return f"""(EXISTS (
        SELECT 1 FROM sender_identities AS s JOIN user_addresses AS a ON a.address = s.address
        WHERE s.case_id = {case} AND a.user_id = {user})
        OR EXISTS (SELECT 1 FROM sender_identities AS s WHERE s.case_id = {case} AND s.address = 'user:' || {user}))"""


def _is_beside_sender(case: str, user: str, at: str) -> str:
    # One of the two is the user; that the user is no sender is another rule's, so the sender is the other one.
    return f"""EXISTS (
        SELECT 1 FROM delegations AS g JOIN cases AS c ON c.id = {case}
        WHERE {user} IN (g.giver_id, g.deputy_id) AND g.starts_at <= {at} AND g.ends_at > c.received_at
        AND (g.revoked_at IS NULL OR (g.revoked_at > c.received_at AND g.revoked_at > g.starts_at))
        AND ({_is_sender(case, "g.giver_id")} OR {_is_sender(case, "g.deputy_id")}))"""


_FOR_SENDER = f"NEW.on_behalf_of IS NOT NULL AND {_is_sender('NEW.case_id', 'NEW.on_behalf_of')}"
_BESIDE_SENDER = f"""{_is_beside_sender("NEW.case_id", "NEW.user_id", "NEW.at")}
    OR (NEW.on_behalf_of IS NOT NULL AND {_is_beside_sender("NEW.case_id", "NEW.on_behalf_of", "NEW.at")})"""

_IN_FORCE = f"""EXISTS (
    SELECT 1 FROM delegations AS g JOIN users AS p ON p.id = g.giver_id
    WHERE g.giver_id = NEW.on_behalf_of AND g.deputy_id = NEW.user_id AND g.starts_at <= NEW.at AND g.ends_at > NEW.at
    AND (g.revoked_at IS NULL OR g.revoked_at > NEW.at) AND NOT p.disabled AND p.role {_DECIDES})"""
_NO_RIGHT = f"""NOT EXISTS (
    SELECT 1 FROM users AS u WHERE u.id = NEW.user_id AND NOT u.disabled AND CASE
    WHEN NEW.break_glass THEN u.role {_NOT_READING} AND NEW.action = 'approve' AND NEW.on_behalf_of IS NULL
        AND length(trim(NEW.reason)) >= {_SHORTEST_REASON}
    WHEN NEW.on_behalf_of IS NULL THEN u.role {_DECIDES}
    ELSE u.role {_NOT_READING} AND {_IN_FORCE} END)"""


def _too_few(counts: str, counts_too: str) -> str:
    """Whether neither broken glass nor as many approvals as are needed are on record.

    An approval counts beside those before it when it shares nobody with them, neither who decided nor in whose place.
    """
    return f"""NOT EXISTS (
        SELECT 1 FROM decisions AS d
        WHERE d.case_id = NEW.id AND d.action = 'approve' AND d.break_glass{stands("d")}{counts})
        AND (
        SELECT count(*) FROM decisions AS d
        WHERE d.case_id = NEW.id AND d.action = 'approve' AND NOT d.break_glass{stands("d")}{counts} AND NOT EXISTS (
            SELECT 1 FROM decisions AS e
            WHERE e.case_id = d.case_id AND e.action = 'approve' AND NOT e.break_glass AND e.id < d.id
            {stands("e")}{counts_too}
            AND (d.user_id IN (e.user_id, e.on_behalf_of) OR d.on_behalf_of IN (e.user_id, e.on_behalf_of)))
        ) < NEW.approvals_needed"""


def _counts(decision: str) -> str:
    """Whether an approval's people may still decide on the case today."""
    return f""" AND EXISTS (
        SELECT 1 FROM users AS u WHERE u.id = {decision}.user_id AND NOT u.disabled AND u.role {_NOT_READING}
        AND (u.role {_DECIDES} OR {decision}.break_glass OR {decision}.on_behalf_of IS NOT NULL))
        AND NOT {_is_sender("NEW.id", f"{decision}.user_id")}
        AND NOT {_is_beside_sender("NEW.id", f"{decision}.user_id", "NEW.decided_at")}
        AND ({decision}.on_behalf_of IS NULL OR (NOT {_is_sender("NEW.id", f"{decision}.on_behalf_of")}
        AND NOT {_is_beside_sender("NEW.id", f"{decision}.on_behalf_of", "NEW.decided_at")} AND EXISTS (
            SELECT 1 FROM users AS p
            WHERE p.id = {decision}.on_behalf_of AND NOT p.disabled AND p.role {_DECIDES})))"""


_LEAVES = "NEW.state IN ('approved', 'released')"
_TOO_FEW = f"{_LEAVES} AND {_too_few('', '')}"
_TOO_FEW_TODAY = f"OLD.state = 'held' AND {_LEAVES} AND {_too_few(_counts('d'), _counts('e'))}"
"""Only at the approval itself: what has been handed to the next hop must be written down whoever was shut out since."""

_NO_DELEGATION = f"""NEW.giver_id = NEW.deputy_id OR NEW.last_day < NEW.first_day OR NEW.ends_at <= NEW.starts_at
    OR NEW.starts_at < NEW.made_at OR length(trim(NEW.reason)) = 0 OR NOT EXISTS (
    SELECT 1 FROM users AS g JOIN users AS d ON d.id = NEW.deputy_id
    WHERE g.id = NEW.giver_id AND g.role {_DECIDES} AND NOT g.disabled
    AND d.role {_NOT_READING} AND NOT d.disabled AND lower(g.email) <> lower(d.email))"""
_OTHER_DELEGATION = """OLD.revoked_at IS NOT NULL OR NEW.revoked_at IS NULL OR NEW.revoked_at < NEW.made_at
    OR NEW.id <> OLD.id OR NEW.giver_id <> OLD.giver_id OR NEW.deputy_id <> OLD.deputy_id
    OR NEW.first_day <> OLD.first_day OR NEW.last_day <> OLD.last_day OR NEW.starts_at <> OLD.starts_at
    OR NEW.ends_at <> OLD.ends_at OR NEW.reason <> OLD.reason OR NEW.made_by <> OLD.made_by
    OR NEW.made_at <> OLD.made_at"""

_NO_REVIEWER = f"""length(trim(NEW.reason)) = 0 OR NOT EXISTS (
    SELECT 1 FROM decisions AS d JOIN users AS u ON u.id = NEW.user_id
    WHERE d.id = NEW.decision_id AND d.break_glass AND d.user_id <> u.id AND u.role {_DECIDES} AND NOT u.disabled
    AND NOT {_is_sender("d.case_id", "u.id")} AND NOT {_is_beside_sender("d.case_id", "u.id", "NEW.at")})"""
_NOT_TAKEN_BACK = f"""NOT EXISTS (
    SELECT 1 FROM decisions AS d JOIN cases AS c ON c.id = d.case_id JOIN users AS u ON u.id = NEW.user_id
    WHERE d.id = NEW.decision_id AND d.undo_until IS NOT NULL AND NEW.at >= d.at AND NEW.at < d.undo_until
    AND c.state = 'held' AND NOT u.disabled AND u.role {_NOT_READING}
    AND NOT {_is_sender("c.id", "u.id")} AND NOT {_is_beside_sender("c.id", "u.id", "NEW.at")})"""
"""A decision is taken back within its time, by a second person, of a case that is held (again): never of one that may
leave."""
_DECISION_STANDS = "EXISTS (SELECT 1 FROM decisions AS d WHERE d.id = OLD.decision_id)"

_RULES: tuple[Rule, ...] = (
    ("four_eyes_giver", "BEFORE INSERT ON decisions", _FOR_SENDER, "four eyes: decided in the sender's place"),
    ("four_eyes_beside", "BEFORE INSERT ON decisions", _BESIDE_SENDER, "four eyes: decided beside the sender"),
    ("four_eyes_right", "BEFORE INSERT ON decisions", _NO_RIGHT, "four eyes: no right to decide"),
    ("enough_eyes_release", "BEFORE UPDATE ON cases", _TOO_FEW, "four eyes: too few approvals on record"),
    ("enough_eyes_born", "BEFORE INSERT ON cases", _TOO_FEW, "four eyes: too few approvals on record"),
    ("enough_eyes_today", "BEFORE UPDATE ON cases", _TOO_FEW_TODAY, "four eyes: too few approvals that count today"),
    ("undone_right", "BEFORE INSERT ON undone_decisions", _NOT_TAKEN_BACK, "four eyes: cannot be taken back"),
    ("delegation_right", "BEFORE INSERT ON delegations", _NO_DELEGATION, "delegation: not one that can be"),
    ("delegation_frozen", "BEFORE UPDATE ON delegations", _OTHER_DELEGATION, "delegation: it is only ended, once"),
    ("delegation_kept", "BEFORE DELETE ON delegations", None, "delegation: it stays on record"),
    ("after_review_right", "BEFORE INSERT ON after_reviews", _NO_REVIEWER, "after-review: by another second person"),
    ("after_review_frozen", "BEFORE UPDATE ON after_reviews", None, "after-review: it is not changed"),
    ("after_review_kept", "BEFORE DELETE ON after_reviews", _DECISION_STANDS, "after-review: it is not removed"),
)


def require_rights(connection: Connection) -> None:
    """Put these rules in the place of those that counted approvals by person alone."""
    drop(connection, (("all_eyes_release", "cases"), ("all_eyes_born", "cases")))
    create(connection, _RULES)
