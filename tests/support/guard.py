"""The program as people run it: `mailguard` in a process of its own, with a configuration file."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.ports import free_port, is_open
from tests.support.waiting import PATIENCE, eventually


@dataclass
class GuardProcess:
    """A folder with `mailguard.toml`, and the command line in it."""

    folder: Path
    smtp_port: int
    desk_port: int
    environment: dict[str, str] = field(default_factory=dict)
    """Set for `mailguard serve` besides what it always has."""

    @property
    def config(self) -> Path:
        """The configuration file."""
        return self.folder / "mailguard.toml"

    def command(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        call = [sys.executable, "-m", "mailguard", *arguments, "--config", str(self.config)]
        return subprocess.run(call, input=stdin, capture_output=True, text=True, timeout=PATIENCE, env=_environment())

    def add_user(self, name: str, email: str, role: str = "supervisor") -> str:
        """Make a user and give an API token."""
        added = self.command("users", "add", name, "--email", email, "--role", role, "--password-stdin", stdin=PASSWORD)
        assert added.returncode == 0, added.stderr
        token = self.command("users", "token", name)
        assert token.returncode == 0, token.stderr
        assert token.stdout.count("\n") == 1
        return token.stdout.strip()

    def api(self, method: str, path: str, token: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
        """Call the HTTP API; status and JSON."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.desk_port}{path}", data=data, method=method)
        request.add_header("Authorization", f"Bearer {token}")
        request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as refused:
            return refused.code, json.loads(refused.read() or b"null")

    @contextmanager
    def serving(self, *, killed: bool = False) -> Iterator[subprocess.Popen[bytes]]:
        """`mailguard serve`, until the end of the block; stops it with SIGTERM and wants exit code 0.

        `killed`: stops it with SIGKILL instead, as a power cut would.
        """
        log = (self.folder / "serve.log").open("ab")
        call = [sys.executable, "-m", "mailguard", "serve", "--config", str(self.config)]
        process = subprocess.Popen(call, stderr=log, stdout=log, env=_environment() | self.environment)
        try:
            self._wait(process)
            yield process
            if not killed:
                process.send_signal(signal.SIGTERM)
                assert process.wait(PATIENCE) == 0, self.log()
        finally:
            process.kill()
            process.wait()
            log.close()

    def log(self) -> str:
        """What it has logged so far."""
        return (self.folder / "serve.log").read_text(encoding="utf-8", errors="replace")

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        ports = self.smtp_port, self.desk_port
        eventually(lambda: process.poll() is not None or all(map(is_open, ports)))
        if process.returncode is not None:
            raise AssertionError(f"mailguard serve ended with {process.returncode}:\n{self.log()}")


PASSWORD = "a long pass phrase\n"


def make_guard(folder: Path, next_hop_port: int, *, database_url: str = "", extra: str = "") -> GuardProcess:
    """Write a configuration in `folder`, with free ports, towards a next hop on loopback."""
    guard = GuardProcess(folder, free_port(), free_port())
    url = database_url or f"sqlite:///{folder}/guard.db"
    guard.config.write_text(
        f"""
[smtp]
listen = ["127.0.0.1:{guard.smtp_port}"]
hostname = "guard.operator.example"
[next_hop]
host = "127.0.0.1"
port = {next_hop_port}
[store]
database_url = "{url}"
key_file = "{folder}/guard.key"
[register]
internal_domains = ["operator.example"]
[desk]
listen = "127.0.0.1:{guard.desk_port}"
public_url = "http://127.0.0.1:{guard.desk_port}"
[notices]
from_address = "mailguard@operator.example"
{extra}
""",
        encoding="utf-8",
    )
    return guard


def _environment() -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("MAILGUARD")}
    return kept | {"COLUMNS": "200", "NO_COLOR": "1", "PYTHONWARNINGS": "error::RuntimeWarning"}
