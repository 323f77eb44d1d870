"""Ways to tamper with the audit chain of somebody who may write to the database, and has no key."""

from collections.abc import Callable
from hashlib import sha256
from random import Random

from sqlalchemy import text
from sqlmodel import Session

from mailguard.store.store import Store

_COLUMNS = ("seq", "at", "actor", "act", "case_id", "details", "previous", "digest")
Tampering = Callable[[Session, Random, int], None]
"""Does one thing to a chain of so many entries."""


class Undone(Exception):
    """Takes back what was done in a transaction."""


def disarm(store: Store) -> None:
    """Take away the triggers that refuse it: the database's owner can."""
    tables = {"audit_no_update": "audit", "audit_no_delete": "audit"}
    tables |= {"audit_head_forward": "audit_head", "audit_head_kept": "audit_head"}
    on_postgresql = store.engine.dialect.name == "postgresql"
    with store.writing() as session:
        for trigger, table in tables.items():
            session.execute(text(f"DROP TRIGGER {trigger}{f' ON {table}' if on_postgresql else ''}"))


def change_column(session: Session, random: Random, entries: int) -> None:
    """Another value in one field of one entry."""
    column, seq = random.choice(_COLUMNS[1:]), random.randint(1, entries)
    old = str(session.execute(text(f"SELECT CAST({column} AS TEXT) FROM audit WHERE seq = {seq}")).scalar())
    if column == "at":
        new = (
            f"20{random.randint(10, 99)}-0{random.randint(1, 9)}-1{random.randint(0, 9)} 07:0{random.randint(0, 9)}:00"
        )
    elif column == "details":
        new = random.choice(["{}", '{"number": 77}', old[:-1] + ', "x": 1}', old.replace(":", " :", 1), "[]", "null"])
    else:
        at = random.randrange(len(old))
        new = random.choice([old[:at] + random.choice("abxyzåあ0") + old[at + 1 :], old + " ", old.upper() + "x", ""])
    kind = {"at": "TIMESTAMP WITH TIME ZONE", "details": "JSON"}.get(column, "TEXT")
    cast = f"CAST(:new AS {kind})" if session.get_bind().dialect.name == "postgresql" else ":new"
    session.execute(text(f"UPDATE audit SET {column} = {cast} WHERE seq = {seq}"), {"new": new})


def swap_rows(session: Session, random: Random, entries: int) -> None:
    """Two entries in each other's place."""
    one, other = random.sample(range(1, entries + 1), 2)
    _renumber(session, {one: other, other: one})


def swap_contents(session: Session, random: Random, entries: int) -> None:
    """What two entries say, exchanged; numbers and digests stay."""
    one, other = random.sample(range(1, entries + 1), 2)
    fields = random.choice((("at", "actor", "act", "case_id", "details"), ("actor", "details"), ("digest",)))
    for a, b in ((one, -one), (other, one), (-one, other)):
        if b < 0:
            session.execute(text(f"CREATE TEMPORARY TABLE kept AS SELECT * FROM audit WHERE seq = {a}"))
        else:
            source = "kept" if a < 0 else "audit"
            sets = ", ".join(f"{f} = (SELECT {f} FROM {source} WHERE seq = {abs(a)})" for f in fields)
            session.execute(text(f"UPDATE audit SET {sets} WHERE seq = {b}"))
    session.execute(text("DROP TABLE kept"))


def insert_row(session: Session, random: Random, entries: int) -> None:
    """An entry of one's own, or an old one again: at the end, in the middle with the later ones moved up, or before."""
    place = random.choice((entries + 1, entries + 2, 0, -(1 << 63), random.randint(1, entries)))
    if 1 <= place <= entries:
        _renumber(session, {seq: seq + 1 for seq in range(entries, place - 1, -1)})
    source = random.choice([s for s in range(1, entries + 1) if s != place])
    actor = random.choice(("actor", "'eve'"))
    fields = f"at, {actor}, act, case_id, details, previous, digest"
    session.execute(text(f"INSERT INTO audit SELECT {place}, {fields} FROM audit WHERE seq = {source}"))
    if place == entries + 1 and random.random() < 0.5:
        _set_head(session, place)


def remove_rows(session: Session, random: Random, entries: int) -> None:
    """Some entries taken out of the middle, and perhaps the gap closed."""
    first = random.randint(1, entries - 1)
    last = random.randint(first, entries - 1)
    session.execute(text(f"DELETE FROM audit WHERE seq BETWEEN {first} AND {last}"))
    if random.random() < 0.5:
        _renumber(session, {seq: seq - (last - first + 1) for seq in range(last + 1, entries + 1)})
        _set_head(session, entries - (last - first + 1))


def renumber(session: Session, random: Random, entries: int) -> None:
    """One entry under another number."""
    seq = random.randint(1, entries)
    _renumber(session, {seq: random.choice((0, -seq, entries + random.randint(1, 9), 1 << 40))})


def change_head(session: Session, random: Random, entries: int) -> None:
    """The head says something else, is gone, or is there twice."""
    changes = [
        f"UPDATE audit_head SET seq = {random.choice((0, -1, entries - 1, entries + 1, 1 << 40))}",
        f"UPDATE audit_head SET digest = '{random.randbytes(32).hex()}'",
        f"UPDATE audit_head SET key_id = '{random.choice(('', random.randbytes(8).hex()))}'",
        "DELETE FROM audit_head",
        "INSERT INTO audit_head SELECT 2, seq, digest, key_id FROM audit_head",
    ]
    session.execute(text(random.choice(changes)))


def truncate(session: Session, random: Random, entries: int) -> None:
    """The end cut off, the head left as it was."""
    session.execute(text(f"DELETE FROM audit WHERE seq > {random.randint(0, entries - 1)}"))


def truncate_with_head(session: Session, random: Random, entries: int) -> None:
    """The end cut off and the head set back: a whole chain, that no longer leads to its anchor."""
    left = random.randint(0, entries - 1)
    session.execute(text(f"DELETE FROM audit WHERE seq > {left}"))
    _set_head(session, left)


def forge_end(session: Session, random: Random, entries: int) -> None:
    """One entry changed, and every digest from there on made anew, as well as it goes without the key."""
    first = random.randint(1, entries)
    session.execute(text(f"UPDATE audit SET actor = 'eve' WHERE seq = {first}"))
    previous = session.execute(text(f"SELECT previous FROM audit WHERE seq = {first}")).scalar_one()
    for seq in range(first, entries + 1):
        digest = sha256(f"{seq} {previous}".encode()).hexdigest()
        session.execute(text(f"UPDATE audit SET previous = '{previous}', digest = '{digest}' WHERE seq = {seq}"))
        previous = digest
    _set_head(session, entries)


TAMPERINGS: tuple[Tampering, ...] = (
    change_column,
    swap_rows,
    swap_contents,
    insert_row,
    remove_rows,
    renumber,
    change_head,
    truncate,
    truncate_with_head,
    forge_end,
)


def content(session: Session) -> list[tuple[object, ...]]:
    """Everything that belongs to the chain, to see whether a tampering changed anything."""
    shown = [f"CAST({column} AS TEXT)" for column in _COLUMNS]
    rows = session.execute(text(f"SELECT {', '.join(shown)} FROM audit ORDER BY seq")).all()
    return [tuple(row) for row in (*rows, *session.execute(text("SELECT * FROM audit_head ORDER BY id")).all())]


def _renumber(session: Session, moves: dict[int, int]) -> None:
    # Far away first: numbers are unique at every moment.
    for seq in moves:
        session.execute(text(f"UPDATE audit SET seq = {seq + (1 << 50)} WHERE seq = {seq}"))
    for seq, to in moves.items():
        session.execute(text(f"UPDATE audit SET seq = {to} WHERE seq = {seq + (1 << 50)}"))


def _set_head(session: Session, seq: int) -> None:
    digest = session.execute(text(f"SELECT digest FROM audit WHERE seq = {seq}")).scalar() or "0" * 64
    session.execute(text(f"UPDATE audit_head SET seq = {seq}, digest = '{digest}'"))
