"""The key file: keys of 32 random octets, one behind the other, the newest first. Usually there is one."""

import fcntl
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from mailguard.core.errors import ConfigError
from mailguard.store.keys.sealing import KEY_BYTES

_MOST_KEYS = 16
_KEY = "store.key_file"


def load_keys(file: Path) -> tuple[bytes, ...]:
    """The keys of a file. Raises ConfigError, in one sentence with its mend, for a file that is none or is not safe."""
    if _leads_elsewhere(file):
        raise ConfigError(file, _KEY, f"is a link to {file.resolve()}: name that file itself")
    try:
        content, mode = _read(file)
    except FileNotFoundError:
        raise ConfigError(file, _KEY, "is missing: put it back from where its copy is kept") from None
    except OSError as error:
        raise ConfigError(file, _KEY, f"cannot be read: {error.strerror}; it must belong to this user") from None
    if not stat.S_ISREG(mode):
        raise ConfigError(file, _KEY, "is no file: name the key file itself")
    if stat.S_IMODE(mode) & 0o077:
        raise ConfigError(file, _KEY, f"has mode {stat.S_IMODE(mode):04o}: others can read it; run chmod 600 {file}")
    if not content or len(content) % KEY_BYTES or len(content) > _MOST_KEYS * KEY_BYTES:
        size = f"{len(content)} bytes or more" if len(content) > _MOST_KEYS * KEY_BYTES else f"{len(content)} bytes"
        mend = f"holds {size}, not {KEY_BYTES} a key: it is no key file; put the right one in its place"
        raise ConfigError(file, _KEY, mend)
    keys = (content[at : at + KEY_BYTES] for at in range(0, len(content), KEY_BYTES))
    return tuple(dict.fromkeys(keys))


def make_key_file(file: Path) -> None:
    """Make a file with one new key, mode 0600, unless there is one. Raises ConfigError."""
    if os.path.lexists(file):
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Linked into place: a crash or a second process starting never leaves or sees half a key, nor replaces one.
        with _draft(file, os.urandom(KEY_BYTES)) as draft:
            try:
                os.link(draft, file)
            except FileExistsError:
                return
            _keep_name(file)
    except OSError as error:
        raise ConfigError(file, _KEY, f"cannot be made: {error.strerror}") from None


def replace_keys(file: Path, keys: Sequence[bytes]) -> None:
    """Put other keys into a key file, all at once: whoever reads it meanwhile, or after a crash, sees the old ones or
    the new ones. Owner and mode stay. Raises ConfigError.
    """
    target = file.resolve()
    try:
        was = target.stat()
        with _draft(target, b"".join(keys)) as draft:
            if (was.st_uid, was.st_gid) != (os.geteuid(), os.getegid()):
                # The operator may be root; the guard that has to read it is not.
                os.chown(draft, was.st_uid, was.st_gid)
            os.chmod(draft, stat.S_IMODE(was.st_mode))
            os.rename(draft, target)
            _keep_name(target)
    except OSError as error:
        raise ConfigError(file, _KEY, f"cannot be changed: {error.strerror}") from None


@contextmanager
def alone_with(file: Path) -> Iterator[None]:
    """Let only one process on this machine change the keys of a file. What a killed one has left is removed."""
    folder = file.resolve().parent
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        for draft in folder.glob(f"{file.resolve().name}.*.new"):
            draft.unlink()
        yield
    finally:
        os.close(descriptor)


def stamp_of(file: Path) -> tuple[int, ...] | None:
    """By what a changed file is told from the one that was read; None when there is none."""
    try:
        found = os.stat(file)
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _leads_elsewhere(file: Path) -> bool:
    # A link within its own folder is how orchestrators mount secrets; one to elsewhere is how a key gets exchanged by
    # whoever may write there.
    folder = file.parent.resolve()
    return file.is_symlink() and folder not in file.resolve().parents


def _read(file: Path) -> tuple[bytes, int]:
    # Mode and content of one and the same file; a pipe in its place must not keep the start waiting.
    descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        mode = os.fstat(descriptor).st_mode
        content = os.read(descriptor, (_MOST_KEYS + 1) * KEY_BYTES) if stat.S_ISREG(mode) else b""
        return content, mode
    finally:
        os.close(descriptor)


@contextmanager
def _draft(file: Path, content: bytes) -> Iterator[Path]:
    draft = file.with_name(f"{file.name}.{os.getpid()}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        try:
            os.write(descriptor, content)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def _keep_name(file: Path) -> None:
    # The folder's entry has to be on the disk too: letters sealed with a key whose file is gone are lost.
    descriptor = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
