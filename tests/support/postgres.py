"""A real PostgreSQL server for tests: its own data folder, its own port, gone afterwards."""

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tests.support.need import missing, need_program
from tests.support.ports import free_port


@dataclass
class Postgres:
    """A running server."""

    port: int
    folder: Path
    control: str
    user: str
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def new_database(self, like: str = "template1") -> str:
        """Make a database that is a copy of another (without a name: empty), and give its address."""
        name = f"guard{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {like}")
        return f"postgresql+psycopg://guard@127.0.0.1:{self.port}/{name}"

    def drop_database(self, url: str) -> None:
        """Remove it, whoever is still connected: eleven megabytes each, thousands of them."""
        self.execute(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    def stop(self) -> None:
        """Stop at once, as a crash would."""
        self._run(["stop", "-m", "immediate"])

    def start(self) -> None:
        """Start (again) and wait until it answers."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder}"
        self._run(["start", "-w", "-o", options, "-l", str(self.folder / "log")])

    @contextmanager
    def standby(self) -> Iterator["Postgres"]:
        """A second server that follows this one; from now on a commit here is done when it is on both disks."""
        folder = Path(tempfile.mkdtemp(prefix="mailguard-standby-"))
        if self.user:
            shutil.chown(folder, self.user, self.user)
        other = Postgres(free_port(), folder, self.control, self.user)
        source = f"host=127.0.0.1 port={self.port} user=guard application_name=standby"
        copy = [str(Path(self.control).with_name("pg_basebackup")), "-d", source, "-D", str(folder / "data"), "-R"]
        try:
            subprocess.run(as_user(self.user, [*copy, "-c", "fast", "--no-sync"]), check=True, cwd=folder)
            other.start()
            self.execute("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
            self.execute("SELECT pg_reload_conf()")
            yield other
            other.stop()
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def promote(self) -> None:
        """A standby takes writes from now on."""
        self._run(["promote", "-w"])

    def execute(self, statement: str) -> None:
        """Outside any transaction, as the administrator."""
        with psycopg.connect(
            f"host=127.0.0.1 port={self.port} user=guard dbname=postgres", autocommit=True
        ) as connection:
            connection.execute(statement)

    def _run(self, arguments: list[str]) -> None:
        command = [self.control, "-D", str(self.folder / "data"), *arguments]
        subprocess.run(
            as_user(self.user, command),
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
        )


def as_user(user: str, command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root; then it runs as the account that Debian's package makes."""
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", *command] if user else command


@contextmanager
def start_postgres() -> Iterator[Postgres]:
    """Start a server for the length of the block."""
    folders = tuple(sorted((str(p) for p in Path("/usr/lib/postgresql").glob("*/bin")), reverse=True))
    initdb = need_program("initdb", "postgresql", folders)
    control = need_program("pg_ctl", "postgresql", folders)
    user = ""
    if os.geteuid() == 0:
        user = "postgres"
        try:
            pwd.getpwnam(user)
        except KeyError:
            missing("PostgreSQL does not run as root, and there is no account 'postgres'")
    port = free_port()
    folder = Path(tempfile.mkdtemp(prefix="mailguard-postgres-"))
    if user:
        shutil.chown(folder, user, user)
    server = Postgres(port, folder, control, user)
    make = [initdb, "-D", str(folder / "data"), "-U", "guard", "--auth=trust", "-E", "UTF8", "--no-sync"]
    try:
        subprocess.run(as_user(user, make), check=True, stdout=subprocess.DEVNULL, cwd=folder)
        server.start()
        yield server
        server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
