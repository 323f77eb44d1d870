"""A real HAProxy of the tests' own, with the shipped configuration."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.need import need_program
from tests.support.ports import free_port, wait_for_port

CONFIGURATION = Path(__file__).parents[2] / "deploy" / "haproxy" / "haproxy.cfg"


@contextmanager
def start_haproxy(guard: int) -> Iterator[int]:
    """The port of an HAProxy that hands its clients to the guard's port."""
    program, port = need_program("haproxy", "haproxy"), free_port()
    text = CONFIGURATION.read_text(encoding="utf-8")
    text = text.replace("bind :25", f"bind 127.0.0.1:{port}").replace("127.0.0.1:2525", f"127.0.0.1:{guard}")
    with tempfile.TemporaryDirectory(prefix="mailguard-haproxy-") as folder:
        file = Path(folder) / "haproxy.cfg"
        file.write_text(text, encoding="utf-8")
        with subprocess.Popen([program, "-db", "-q", "-f", str(file)], env=os.environ | {"LC_ALL": "C"}) as process:
            try:
                wait_for_port(port)
                yield port
            finally:
                process.terminate()
