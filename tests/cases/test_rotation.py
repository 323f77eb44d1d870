"""Keys are rotated while letters are held: every letter opens afterwards, and the old key opens nothing."""

import itertools
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from mailguard.cases.holding.hold import write_holds
from mailguard.cases.holding.prepare import prepare_hold
from mailguard.cases.reading import open_body
from mailguard.core.envelope import Client, Envelope
from mailguard.core.errors import InputError, StoreError
from mailguard.core.settings import StoreSettings
from mailguard.store.database.scrubbing import scrub
from mailguard.store.keys import rotation, wrapping
from mailguard.store.keys.file import load_keys, replace_keys
from mailguard.store.keys.listing import list_keys
from mailguard.store.keys.rotation import Rotated, prepare, rotate
from mailguard.store.keys.sealing import Sealed, Sealer
from mailguard.store.nodes import beat
from mailguard.store.store import Store, open_store
from tests.conftest import TurnableClock
from tests.support.letters import CUSTOMER, SENDER, hold_letter, judgement_of, write_letter
from tests.support.waiting import PATIENCE


def _rotate(store: Store) -> Rotated:
    return rotate(store, "anna", lambda done, total: None, node="this")


def _again(store: Store) -> Store:
    """The same database and key file in another process."""
    url = store.engine.url.render_as_string(hide_password=False)
    return open_store(StoreSettings(database_url=url, key_file=store.sealer.file), store.clock)


def _is_whole(store: Store) -> bool:
    with store.reading() as session:
        return store.audit.verify(session)[1] is None


def test_rotation_wraps_every_body_anew_and_drops_the_old_key(any_store: Store) -> None:
    """After it the old key file opens nothing, the new one everything, and the audit chain is whole across it."""
    cases = [hold_letter(any_store, f"Your PIN is 4826, letter {number}.") for number in range(7)]
    old = load_keys(any_store.sealer.file)
    before = [open_body(any_store, case_id) for case_id in cases]
    done = _rotate(any_store)
    assert (done.bodies, done.was_begun, done.dropped) == (7, False, (Sealer(old[0]).key_id,))
    assert len(load_keys(any_store.sealer.file)) == 1
    assert load_keys(any_store.sealer.file) != old
    again = _again(any_store)
    assert [open_body(again, case_id) for case_id in cases] == before
    assert _is_whole(again)
    assert _opened_by(again, old[0]) == 0
    again.close()


def test_nothing_wrapped_by_the_old_key_is_left_in_the_files(store: Store, tmp_path: Path) -> None:
    """Neither database nor log still holds an octet string that the old key would open."""
    for _ in range(5):
        hold_letter(store)
    with store.reading() as session:
        wrapped = list(session.connection().scalars(text("SELECT wrapped_key FROM bodies")))
    assert all(any(key in file.read_bytes() for file in tmp_path.glob("guard.db*")) for key in wrapped)
    _rotate(store)
    assert not any(key in file.read_bytes() for file in tmp_path.glob("guard.db*") for key in wrapped)


def _opened_by(store: Store, master: bytes) -> int:
    """How many bodies a key opens, whatever key the rows name."""
    sealer, opened = Sealer(master), 0
    query = "SELECT b.case_id, b.wrapped_key, b.sealed, c.sha256 FROM bodies b JOIN cases c ON c.id = b.case_id"
    with store.reading() as session:
        for row in session.connection().execute(text(query)):
            sealed = Sealed(sealer.key_id, bytes(row.wrapped_key), bytes(row.sealed))
            try:
                sealer.open(sealed, case_id=row.case_id, digest=row.sha256)
                opened += 1
            except StoreError:
                continue
    return opened


def test_several_rotations_keep_one_chain(any_store: Store) -> None:
    """Each exchange seals what is kept of all keys before it; the chain is checked through all of them."""
    keys = [any_store.sealer.key_id]
    for _ in range(3):
        hold_letter(any_store)
        keys.append(_rotate(any_store).key_id)
        any_store.clock.turn(days=1)  # type: ignore[attr-defined]
    hold_letter(any_store)
    again = _again(any_store)
    assert _is_whole(again)
    known = [(key.key_id, key.state, key.in_file, key.bodies) for key in list_keys(again)]
    retired = [(key_id, "retired", False, 0) for key_id in reversed(keys[:-1])]
    assert known == [(keys[-1], "in use", True, 4), *retired]
    again.close()


class _KilledError(Exception):
    """Stands for kill -9: nothing after it runs."""


STEPS = ["_exchange", "_wrap_all", "wrap_some", "scrub", "_drop_retired"]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_rotation_goes_on_where_it_was_killed(
    store: Store, monkeypatch: pytest.MonkeyPatch, step: str, after: bool
) -> None:
    """Killed before or after any of its steps, every letter opens, new ones are held, and the next run finishes it."""
    cases = [hold_letter(store) for _ in range(6)]
    old = load_keys(store.sealer.file)[0]
    monkeypatch.setattr(wrapping, "_BATCH", 2)
    with monkeypatch.context() as patched:
        patched.setattr(rotation, step, _killing(getattr(rotation, step), after=after, call=2))
        with pytest.raises(_KilledError):
            _rotate_twice_if_needed(store)
    cases.append(hold_letter(store))
    middle = _again(store)
    assert all(open_body(middle, case_id) for case_id in cases)
    assert _is_whole(middle)
    _rotate(middle)
    if _opened_by(middle, old):
        _rotate(middle)
    assert len(load_keys(store.sealer.file)) == 1
    assert _opened_by(middle, old) == 0
    assert all(open_body(middle, case_id) for case_id in cases)
    assert all(open_body(store, case_id) for case_id in cases)
    middle.close()


def _rotate_twice_if_needed(store: Store) -> None:
    # A step that is taken once in a run is killed in the second one.
    _rotate(store)
    _rotate(store)


def _killing(step: Callable[..., object], *, after: bool, call: int) -> Callable[..., object]:
    calls = itertools.count(1)

    def killed(*arguments: object, **named: object) -> object:
        if next(calls) < call:
            return step(*arguments, **named)
        if after:
            step(*arguments, **named)
        raise _KilledError

    return killed


def test_prepared_key_waits_and_is_used(any_store: Store) -> None:
    """`--prepare` twice adds one key and changes nothing else; the next rotation takes that one."""
    was = any_store.sealer.key_id
    fresh = prepare(any_store)
    assert prepare(any_store) == fresh
    assert any_store.sealer.key_ids == (fresh, was)
    assert [(key.key_id, key.state) for key in list_keys(any_store)] == [(was, "in use"), (fresh, "prepared")]
    hold_letter(any_store)
    assert [key.bodies for key in list_keys(any_store)] == [1, 0]
    assert _rotate(any_store).key_id == fresh


def test_other_nodes_are_not_surprised(store: Store) -> None:
    """While another guard serves, a key that it cannot have is not taken into use."""
    beat(store, "other:8025", "1", "digest", "", store.clock())
    with pytest.raises(InputError, match="other:8025 serve on this store too: run `mailguard keys rotate --prepare`"):
        _rotate(store)
    prepare(store)
    assert _rotate(store).bodies == 0


def test_node_reads_its_key_file_when_the_database_names_another_key(any_store: Store, tmp_path: Path) -> None:
    """A node without the new key answers 451 and keeps nothing; once the file is copied it goes on by itself."""
    other_file = tmp_path / "node-b" / "guard.key"
    other_file.parent.mkdir()
    other_file.write_bytes(any_store.sealer.file.read_bytes())
    other_file.chmod(0o600)
    url = any_store.engine.url.render_as_string(hide_password=False)
    other = open_store(StoreSettings(database_url=url, key_file=other_file), any_store.clock)
    first = hold_letter(other)
    _rotate(any_store)
    with pytest.raises(StoreError, match="copy the key file") as caught:
        hold_letter(other)
    assert caught.value.smtp_code == 451
    with pytest.raises(StoreError, match="copy the key file"):
        open_body(other, first)
    replace_keys(other_file, load_keys(any_store.sealer.file))
    second = hold_letter(other)
    assert open_body(other, first) is not None
    assert open_body(any_store, second) is not None
    assert _is_whole(other)
    other.close()


def test_hold_that_a_rotation_overtakes_is_wrapped_by_the_new_key(any_store: Store) -> None:
    """A letter sealed before the exchange and written after it, when the old key is gone, still opens."""
    raw = write_letter("Your PIN is 4826.")
    envelope = Envelope(SENDER, (CUSTOMER,), Client("127.0.0.1", "client.example", None))
    slow = prepare_hold(any_store, envelope, raw, judgement_of(raw, (CUSTOMER,), "4826"))
    again = _again(any_store)
    _rotate(again)
    write_holds(any_store, [slow])
    assert open_body(again, slow.case_id) == raw
    assert open_body(any_store, slow.case_id) == raw
    assert _is_whole(again)
    again.close()


def test_rotation_waits_for_a_hold_that_is_being_written(any_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A letter under the old key whose commit comes late is seen by the rotation before the old key is dropped."""
    raw = write_letter("Your PIN is 4826.")
    envelope = Envelope(SENDER, (CUSTOMER,), Client("127.0.0.1", "client.example", None))
    slow = prepare_hold(any_store, envelope, raw, judgement_of(raw, (CUSTOMER,), "4826"))
    again = _again(any_store)
    written, go_on = threading.Event(), threading.Event()
    append_all = type(any_store.audit).append_all

    def append_and_wait(*arguments: object) -> str:
        in_use = append_all(*arguments)  # type: ignore[arg-type]
        written.set()
        go_on.wait(PATIENCE)
        return in_use

    with monkeypatch.context() as patched:
        patched.setattr(type(any_store.audit), "append_all", append_and_wait)
        holding = threading.Thread(target=write_holds, args=(any_store, [slow]))
        holding.start()
        assert written.wait(PATIENCE)
    rotating = threading.Thread(target=_rotate, args=(again,))
    rotating.start()
    rotating.join(0.3)
    assert rotating.is_alive()
    go_on.set()
    holding.join()
    rotating.join()
    assert open_body(again, slow.case_id) == raw
    assert len(load_keys(again.sealer.file)) == 1
    again.close()


def test_two_rotations_at_once_make_one_exchange(any_store: Store) -> None:
    """Two operators on two machines: one exchange is made, each letter is wrapped once and opens."""
    cases = [hold_letter(any_store) for _ in range(10)]
    stores = [_again(any_store) for _ in range(2)]
    prepare(any_store)
    runs = [threading.Thread(target=_rotate, args=(each,)) for each in stores]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert all(open_body(any_store, case_id) for case_id in cases)
    assert sum(key.state == "retired" for key in list_keys(any_store)) == 1
    for each in stores:
        each.close()


def test_destroyed_data_key_does_not_come_back(store: Store) -> None:
    """A rotation leaves a body without its data key as it is, and is not kept from its end by one."""
    case_id = hold_letter(store)
    with store.writing() as session:
        session.connection().execute(text("UPDATE cases SET state = 'expired'"))
        session.connection().execute(text("UPDATE bodies SET wrapped_key = x'', key_id = ''"))
    assert _rotate(store).bodies == 0
    with store.reading() as session:
        found = session.connection().execute(text("SELECT wrapped_key, key_id FROM bodies")).one()
    assert tuple(found) == (b"", "")
    assert open_body(store, case_id) is None


def test_scrubbing_waits_for_no_reader(store: Store, clock: TurnableClock, tmp_path: Path) -> None:
    """A reader in the way keeps the log from being emptied, says so, and nobody waits long; the next run does it."""
    hold_letter(store)
    reader = sqlite3.connect(tmp_path / "guard.db")
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM cases").fetchone()
    hold_letter(store)
    assert not scrub(store.engine)
    reader.close()
    assert scrub(store.engine)
    assert (tmp_path / "guard.db-wal").stat().st_size == 0
