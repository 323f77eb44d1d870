"""`pg_dump` and `pg_restore`: PostgreSQL's own programs, of the server's version or a newer one."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import URL

from mailguard.core.errors import InputError, StoreError


def dump(url: URL, file: Path) -> None:
    """Write a database into a file for `load`. Raises InputError when there is no pg_dump, StoreError."""
    arguments = ["--format=custom", "--no-owner", "--no-privileges", f"--file={file}"]
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    _run("pg_dump", url, arguments)


def load(url: URL, file: Path) -> None:
    """Fill an empty database from a file: all of it, or nothing. Raises InputError when there is no pg_restore,
    StoreError.
    """
    arguments = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    _run("pg_restore", url, [*arguments, str(file)])


def _run(program: str, url: URL, arguments: Sequence[str]) -> None:
    found = _find(program)
    where = [f"--host={url.host or ''}", f"--port={url.port or 5432}", f"--dbname={url.database}"]
    where += [f"--username={url.username}"] if url.username else []
    if found is None:
        command = " ".join([program, *where, *arguments])
        raise InputError(f"{program} is not on this machine (package postgresql-client); it would be: {command}")
    # The password in the environment: everybody on the machine can read the arguments of a process.
    password = {"PGPASSWORD": str(url.password)} if url.password else {}
    ended = subprocess.run(  # noqa: S603 - no shell, and every argument is the operator's
        [found, *where, "--no-password", *arguments],
        env={**os.environ, **password},
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        said = ended.stderr.strip().splitlines() or [f"exit code {ended.returncode}"]
        raise StoreError(f"{program} failed: {said[0]}")


def _find(program: str) -> str | None:
    # Debian keeps the newest one behind a wrapper on PATH, and all of them here.
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -int(path.parent.name))
    return next((str(folder / program) for folder in folders if (folder / program).exists()), shutil.which(program))
