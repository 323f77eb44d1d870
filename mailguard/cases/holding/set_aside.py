"""Hold a message for some of its recipients while the next hop takes it for the others.

Two steps, since the next hop may refuse, and the client then comes again with the whole message:

1. `set_aside`, before anything leaves: the sealed message is on the disk, and nobody is shown or told of it. What the
   disk would not keep never leaves, so no recipient gets a copy with every try of the client.
2. `keep`, when the next hop has said yes and before the client hears 250: it becomes a case, or `undo`, when it has
   said no: it is gone.

A guard that dies between the two has not answered its client, who tries again: what it left behind is undone, or the
second try would be a twin (`undo_left`). Whether the others have a first copy by then nobody knows; the audit trail
says that they may get two. Each act is fenced by the row's own removal: of `keep` and an `undo` elsewhere one counts.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Connection
from sqlmodel import col, delete, insert, select

from mailguard.cases.holding.hold import write_hold_rows
from mailguard.cases.holding.known_staff import KnownStaff
from mailguard.cases.holding.prepare import PreparedHold
from mailguard.core.answer import Answer
from mailguard.core.errors import StoreError
from mailguard.store.audit.chain import Entry
from mailguard.store.store import Store
from mailguard.store.tables.cases import CaseRow
from mailguard.store.tables.set_aside import SetAsideRow

TERM = timedelta(hours=1)
"""After that a message that was set aside is taken for one whose guard has died. Longer than any next hop is waited
for, at a thousand recipients with a second each; a guard that is slower still finds its row gone and answers 451."""
MAY_COME_TWICE = "those to whom it was on its way may have it, and get it once more when the client tries again"

_TABLE = SetAsideRow.__table__  # type: ignore[attr-defined]


class NoLongerSetAside(StoreError):
    """It was undone meanwhile, for it took too long."""


def set_aside(store: Store, held: PreparedHold, passing: Sequence[str]) -> None:
    """Step 1. Everything is on the disk when this returns; `passing` are those who get the message now.

    Raises StoreError: then nothing may be passed on.
    """
    row = {"case_id": held.case_id, "at": held.received_at, "passing": list(passing)}
    sealed = {name: held.body[name] for name in ("key_id", "wrapped_key", "sealed")}
    with store.recording() as connection:
        connection.execute(insert(_TABLE), row | sealed)
        details = held.entry.details | {"passing": list(passing)}
        store.audit.append_all(
            connection, [Entry("set aside", held.entry.actor, held.received_at, held.case_id, details)]
        )


def keep(store: Store, held: PreparedHold, answer: Answer) -> None:
    """Step 2, once the next hop has taken it: the case, with all that belongs to it, in one commit.

    May be tried again after a StoreError of a connection that was lost: what was committed stays so, once. Raises
    StoreError; NoLongerSetAside when there is nothing to be kept any more.
    """
    with store.recording() as connection:
        if _remove(connection, held.case_id):
            write_hold_rows(store, connection, [held.after_passing(answer)], KnownStaff())
        elif connection.execute(select(CaseRow.id).where(CaseRow.id == held.case_id)).first() is None:
            raise NoLongerSetAside(f"{held.case_id} was undone before the next hop had answered")


def undo(store: Store, case_id: str, details: dict[str, Any], *, in_doubt: bool) -> None:
    """Step 2, when the next hop has not taken it. `details` say why; `in_doubt`: perhaps it has. Raises StoreError."""
    with store.recording() as connection:
        _undo(store, connection, case_id, details, in_doubt=in_doubt)


def undo_left(store: Store, *, at_start: bool = False) -> int:
    """Undo what guards that have died left behind; gives its number. Raises StoreError.

    `at_start`: before this guard takes mail. SQLite's database belongs to one guard, so there all of it is left over.
    """
    now = store.clock()
    everything = at_start and store.engine.dialect.name == "sqlite"
    before: datetime = now if everything else now - TERM
    left = select(SetAsideRow.case_id).where(col(SetAsideRow.at) <= before)
    with store.reading() as session:
        case_ids = session.exec(left).all()
    for case_id in case_ids:
        undo(store, case_id, {"problem": "the guard ended before it had answered its client"}, in_doubt=True)
    return len(case_ids)


def _undo(store: Store, connection: Connection, case_id: str, details: dict[str, Any], *, in_doubt: bool) -> None:
    passing = connection.execute(select(_TABLE.c.passing).where(_TABLE.c.case_id == case_id)).scalar()
    if not _remove(connection, case_id):
        return
    details = details | {"passing": passing} | ({"note": MAY_COME_TWICE} if in_doubt else {})
    store.audit.append_all(connection, [Entry("set aside undone", "guard", store.clock(), case_id, details)])


def _remove(connection: Connection, case_id: str) -> bool:
    return connection.execute(delete(_TABLE).where(_TABLE.c.case_id == case_id)).rowcount == 1
