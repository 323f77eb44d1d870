"""What is held stays whole: statements at the database's own console that would lose, change or repeat a message."""

from sqlalchemy import text

from mailguard.cases.deciding.decide import decide
from mailguard.cases.releasing.claim import claim
from mailguard.cases.releasing.settle import settle
from mailguard.core.answer import Answer
from mailguard.core.case import TRANSITIONS, CaseState
from mailguard.core.decision import Action, Decision
from mailguard.core.errors import StoreError
from mailguard.core.person import Role
from mailguard.store import people
from mailguard.store.migrations.custody import _ONWARD
from mailguard.store.store import Store
from tests.support.letters import hold_letter

_ON_BOTH = {
    "held letter lost": "DELETE FROM cases WHERE state = 'held'",
    "its body lost": "DELETE FROM bodies WHERE case_id IN (SELECT id FROM cases WHERE state = 'held')",
    "its key lost": "UPDATE bodies SET wrapped_key = '' WHERE case_id IN (SELECT id FROM cases WHERE state = 'held')",
    "its key forgotten": "UPDATE bodies SET key_id = ''",
    "its body changed": "UPDATE bodies SET sealed = wrapped_key",
    "a reader lost": "DELETE FROM recipients",
    "a reader moved": "UPDATE recipients SET position = position + 7",
    "another letter": "UPDATE cases SET sha256 = '00'",
    "another sender": "UPDATE cases SET reverse_path = 'eve@operator.example'",
    "held earlier": "UPDATE cases SET received_at = '2020-01-01 00:00:00'",
    "sent again": "UPDATE cases SET state = 'approved' WHERE state = 'released'",
    "held again": "UPDATE cases SET state = 'held' WHERE state = 'released'",
    "another's decisions": "UPDATE users SET id = id + 100",
    "no head": "UPDATE audit_head SET id = 2",
}
_ON_SQLITE = {
    "replaced case": "INSERT OR REPLACE INTO cases SELECT * FROM cases",
    "replaced body": "INSERT OR REPLACE INTO bodies SELECT case_id, key_id, wrapped_key, x'00' FROM bodies",
    "replaced reader": "INSERT OR REPLACE INTO recipients SELECT * FROM recipients",
    "replaced decision": "INSERT OR REPLACE INTO decisions SELECT * FROM decisions",
    "replaced person": "INSERT OR REPLACE INTO users SELECT * FROM users",
    "replaced entry": "INSERT OR REPLACE INTO audit "
    "SELECT seq, at, 'eve', act, case_id, details, previous, digest FROM audit WHERE seq = 2",
    "head set back": "INSERT OR REPLACE INTO audit_head SELECT id, 1, digest, key_id FROM audit_head",
    "reader pushed out": "UPDATE OR REPLACE recipients SET position = 0",
}
_ON_POSTGRESQL = {
    table: f"TRUNCATE {table} CASCADE" for table in ("cases", "bodies", "recipients", "delegations", "after_reviews")
}


def test_nothing_is_lost_changed_or_sent_again(any_store: Store) -> None:
    """Each such statement is refused by the database itself, and afterwards every row is as it was."""
    supervisor = people.add_user(
        any_store, "sofia", email="sofia@operator.example", role=Role.SUPERVISOR, password=None
    )
    released, _ = hold_letter(any_store), hold_letter(any_store, recipients=("a@post.example", "b@post.example"))
    decide(any_store, released, Decision(Action.APPROVE, "fine"), supervisor)
    job = claim(any_store, any_store.clock())
    assert job is not None
    settle(any_store, job, dict.fromkeys(job.envelope.recipients, Answer(250, ("ok",))), any_store.clock())
    before = _everything(any_store)
    on_sqlite = any_store.engine.dialect.name == "sqlite"
    for what, statement in (_ON_BOTH | (_ON_SQLITE if on_sqlite else _ON_POSTGRESQL)).items():
        assert _refused(any_store, statement), what
    assert _everything(any_store) == before


def test_the_life_of_a_case_is_one_table() -> None:
    """The database's steps are those of `core.case`."""
    steps = {CaseState(old): frozenset(map(CaseState, onward)) for old, onward in _ONWARD.items()}
    assert steps == {old: onward for old, onward in TRANSITIONS.items() if onward}


def _refused(store: Store, statement: str) -> bool:
    try:
        with store.writing() as session:
            session.execute(text(statement))
    except StoreError as error:
        return any(rule in str(error) for rule in ("custody", "append-only", "four eyes"))
    return False


def _everything(store: Store) -> list[list[tuple[object, ...]]]:
    tables = ("cases", "recipients", "bodies", "decisions", "users", "audit", "audit_head")
    with store.reading() as session:
        return [
            sorted(tuple(map(repr, row)) for row in session.execute(text(f"SELECT * FROM {table}"))) for table in tables
        ]
