"""The key file: one key or several, and everything that is wrong with one is told at start in one sentence."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mailguard.core.errors import ConfigError
from mailguard.core.settings import StoreSettings
from mailguard.store.keys.file import alone_with, load_keys, make_key_file, replace_keys
from mailguard.store.store import Store, open_store
from tests.support.waiting import PATIENCE


def test_key_file_is_made_once_with_mode_0600(tmp_path: Path) -> None:
    """The first start makes the key; the second reads the same one."""
    file = tmp_path / "new" / "guard.key"
    make_key_file(file)
    first = load_keys(file)
    make_key_file(file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert load_keys(file) == first
    assert [len(key) for key in first] == [32]
    assert os.listdir(file.parent) == ["guard.key"]


def test_file_of_several_keys_is_one_behind_the_other(tmp_path: Path) -> None:
    """A file of 32 bytes, as every version made it, is a file of one key; mode and owner stay when keys are added."""
    file = tmp_path / "guard.key"
    file.write_bytes(b"a" * 32)
    file.chmod(0o400)
    assert load_keys(file) == (b"a" * 32,)
    replace_keys(file, [b"b" * 32, b"a" * 32])
    assert file.read_bytes() == b"b" * 32 + b"a" * 32
    assert load_keys(file) == (b"b" * 32, b"a" * 32)
    assert file.stat().st_mode & 0o777 == 0o400


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to others")
def test_owner_of_the_key_file_stays(tmp_path: Path) -> None:
    """Root exchanges keys; the guard, which is not root, can still read them."""
    file = tmp_path / "guard.key"
    make_key_file(file)
    os.chown(file, 1234, 5678)
    replace_keys(file, [b"b" * 32])
    assert (file.stat().st_uid, file.stat().st_gid) == (1234, 5678)


def test_draft_of_a_killed_process_is_removed(tmp_path: Path) -> None:
    """Keys that a killed run had written down beside the file do not stay there."""
    file = tmp_path / "guard.key"
    make_key_file(file)
    (tmp_path / "guard.key.4711.new").write_bytes(b"x" * 64)
    with alone_with(file):
        assert os.listdir(tmp_path) == ["guard.key"]


def _others_read_it(file: Path) -> None:
    file.chmod(0o644)


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def _emptied(file: Path) -> None:
    file.write_bytes(b"")


def _far_too_long(file: Path) -> None:
    file.write_bytes(bytes(32 * 1000))


def _exchanged(file: Path) -> None:
    file.write_bytes(b"x" * 32)


def _linked_elsewhere(file: Path) -> None:
    other = file.parent.parent / "elsewhere.key"
    shutil.move(file, other)
    file.symlink_to(other)


def _linked_to_nothing(file: Path) -> None:
    file.unlink()
    file.symlink_to(file.with_name("gone"))


def _made_a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def _made_a_pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file, 0o600)


_GALLERY: list[tuple[Callable[[Path], None], str]] = [
    (_others_read_it, "has mode 0644: others can read it; run chmod 600 {file}"),
    (Path.unlink, "is missing: put it back from where its copy is kept"),
    (_linked_to_nothing, "is missing: put it back from where its copy is kept"),
    (_cut, "holds 31 bytes, not 32 a key: it is no key file; put the right one in its place"),
    (_emptied, "holds 0 bytes, not 32 a key: it is no key file; put the right one in its place"),
    (_far_too_long, "holds 544 bytes or more, not 32 a key: it is no key file; put the right one in its place"),
    (_exchanged, "is not the key that this database was made with (it wants {key_id}): put that one back"),
    (_linked_elsewhere, "is a link to {elsewhere}: name that file itself"),
    (_made_a_folder, "is no file: name the key file itself"),
    (_made_a_pipe, "is no file: name the key file itself"),
]


@pytest.mark.parametrize(("spoil", "said"), _GALLERY, ids=[spoil.__name__.strip("_") for spoil, _ in _GALLERY])
def test_key_file_that_cannot_be_used_stops_the_start(tmp_path: Path, spoil: Callable[[Path], None], said: str) -> None:
    """One sentence names the file, the configuration key and the mend, and nothing is made in its place."""
    file = tmp_path / "data" / "guard.key"
    settings = StoreSettings(database_url=f"sqlite:///{tmp_path}/data/guard.db", key_file=file)
    store = open_store(settings)
    store.close()
    spoil(file)
    before = sorted(file.parent.glob("*.key*"))
    with pytest.raises(ConfigError) as caught:
        open_store(settings)
    said = said.format(file=file, key_id=store.sealer.key_id, elsewhere=tmp_path / "elsewhere.key")
    assert str(caught.value) == f"{file}: store.key_file: {said}"
    assert sorted(file.parent.glob("*.key*")) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a second account")
def test_key_file_of_another_account_is_told(tmp_path: Path) -> None:
    """A guard that may not read its key says whose it has to be, and does not make another."""
    make_key_file(tmp_path / "guard.key")
    tmp_path.chmod(0o755)
    program = (
        "import os\nfrom pathlib import Path\nfrom mailguard.core.errors import ConfigError\n"
        f"from mailguard.store.keys.file import load_keys\nos.chdir({str(tmp_path)!r})\nos.setuid(65534)\n"
        "try:\n    load_keys(Path('guard.key'))\nexcept ConfigError as error:\n    print(error)"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout == "guard.key: store.key_file: cannot be read: Permission denied; it must belong to this user\n"


def test_link_within_its_own_folder_is_a_key_file(tmp_path: Path) -> None:
    """Orchestrators mount secrets as links into a folder beside them, and exchange that."""
    (tmp_path / "..data").mkdir()
    make_key_file(tmp_path / "..data" / "guard.key")
    (tmp_path / "guard.key").symlink_to("..data/guard.key")
    assert len(load_keys(tmp_path / "guard.key")) == 1


def test_wrong_key_is_told_by_the_program(store: Store, store_settings: StoreSettings, tmp_path: Path) -> None:
    """`mailguard serve` ends with exit code 2 and that one sentence on standard error."""
    _exchanged(store_settings.key_file)
    config = tmp_path / "mailguard.toml"
    config.write_text(f'[store]\ndatabase_url = "{store_settings.database_url}"\nkey_file = "{tmp_path}/guard.key"\n')
    call = [sys.executable, "-m", "mailguard", "serve", "--config", str(config)]
    ended = subprocess.run(call, capture_output=True, text=True, timeout=PATIENCE)
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1].startswith(f"mailguard: {tmp_path}/guard.key: store.key_file: is not the key")
