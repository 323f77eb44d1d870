"""Counts of what passes the door, gathered in memory: no commit per message, no trace of a clean one but a number.

Measures: `seen`, `passed`, `held`, `refused`, `deferred`, `identified`, `split` and `may_come_twice` (key empty);
`system` (key: login or client address), `stage.judge` and the like (upper edge of a step in milliseconds), `alive`
(which ten minutes of the day); of held mail also `reason` (reason code), `rule` (rule id), `sender` (address),
`recipient_domain` (domain) and `language`.
"""

from collections import Counter
from datetime import date
from threading import Lock

from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlmodel import Session

from mailguard.store.store import Store
from mailguard.store.tables.figures import CountRow

OTHER = "(other)"
"""The key of everything beyond the bound."""
_LONGEST_KEY = 254


class Counts:
    """A counter that any thread may add to, emptied into the database from time to time.

    A crash loses what was added since the last flush: a few seconds of statistics, never a message.
    """

    def __init__(self, most_keys: int = 10_000) -> None:
        self._lock = Lock()
        self._counts: Counter[tuple[str, str]] = Counter()
        self._most_keys = most_keys
        # Of one day, not of one flush: a sprayer of made-up domains must not grow the table flush by flush either.
        self._known: set[tuple[str, str]] = set()
        self._day: date | None = None

    def add(self, measure: str, key: str = "", n: int = 1) -> None:
        """Count something `n` more times. Beyond `most_keys` distinct keys a day, a new key counts as `(other)`."""
        entry = (measure, _storable(key))
        with self._lock:
            if entry not in self._known and key:
                if len(self._known) >= self._most_keys:
                    entry = (measure, OTHER)
                else:
                    self._known.add(entry)
            self._counts[entry] += n

    def flush(self, store: Store, day: date) -> None:
        """Add what was gathered to that day's rows, in one transaction. `day` is local, in the report's time zone.

        Raises StoreError when the database does not take it; the counts are kept and go with the next flush.
        """
        with self._lock:
            gathered, self._counts = self._counts, Counter()
            if self._day is not None and day != self._day:
                self._known.clear()
            self._day = day
        if not gathered:
            return
        try:
            with store.writing() as session:
                _add_to_rows(session, day, gathered)
        except BaseException:
            with self._lock:
                self._counts.update(gathered)
            raise


def _storable(key: str) -> str:
    # One key that the database can never take would make every later flush fail with it.
    return key[:_LONGEST_KEY].replace("\0", "�").encode("utf-8", "replace").decode()


def _add_to_rows(session: Session, day: date, counts: Counter[tuple[str, str]]) -> None:
    table: Table = CountRow.__table__  # type: ignore[attr-defined]
    connection = session.connection()
    insert = insert_postgresql if connection.dialect.name == "postgresql" else insert_sqlite
    statement = insert(table)
    statement = statement.on_conflict_do_update(
        index_elements=[table.c.day, table.c.measure, table.c.key],
        set_={"count": table.c.count + statement.excluded.count},
    )
    # Sorted: two nodes that flush at once lock the rows in the same order, so neither waits for the other in a ring.
    rows = [{"day": day, "measure": m, "key": k, "count": n} for (m, k), n in sorted(counts.items())]
    connection.execute(statement, rows)
