"""A real HAProxy of the tests' own, with the shipped configuration."""

import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.need import need_program
from tests.support.ports import free_port, wait_for_port

CONFIGURATIONS = Path(__file__).parents[2] / "deploy" / "haproxy"


@contextmanager
def start_haproxy(guard: int, *, version: int = 2, source: str | None = None, checked: bool = True) -> Iterator[int]:
    """The port of an HAProxy that hands its clients to the guard's port, coming from the address `source`.

    `version` 1: with the older header, in letters. Not `checked`: a port that speaks TLS cannot be asked for its EHLO.
    """
    port = free_port()
    text = (CONFIGURATIONS / "haproxy.cfg").read_text(encoding="utf-8")
    assert "send-proxy-v2" in text
    text = text.replace("send-proxy-v2", "send-proxy") if version == 1 else text
    text = text if checked else text.replace(" check check-send-proxy", "")
    text = text.replace("127.0.0.1:2525", f"127.0.0.1:2525 source {source}") if source else text
    # The guard's first: the other port may begin with the same figures.
    text = text.replace("127.0.0.1:2525", f"127.0.0.1:{guard}").replace("bind :25", f"bind 127.0.0.1:{port}")
    with _running(text, port):
        yield port


@contextmanager
def start_haproxy_over(nodes: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The SMTP and the desk port of an HAProxy over three nodes, each with an SMTP and a desk port."""
    smtp, desk = free_port(), free_port()
    text = (CONFIGURATIONS / "haproxy-nodes.cfg").read_text(encoding="utf-8")
    text = text.replace("bind :25", f"bind 127.0.0.1:{smtp}").replace("bind :8443", f"bind 127.0.0.1:{desk}")
    for number, (smtp_port, desk_port) in enumerate(nodes, 1):
        text = text.replace(f"192.0.2.1{number}:2525", f"127.0.0.1:{smtp_port}")
        text = text.replace(f"192.0.2.1{number}:8025", f"127.0.0.1:{desk_port}")
    with _running(text, smtp):
        yield smtp, desk


@contextmanager
def _running(text: str, port: int) -> Iterator[None]:
    program = need_program("haproxy", "haproxy")
    # On a busy machine a guard that is slow to answer a check is not dead; one that is refuses the connection.
    assert "    timeout connect " in text
    text = text.replace("    timeout connect ", "    timeout check 60s\n    timeout connect ", 1)
    with tempfile.TemporaryDirectory(prefix="mailguard-haproxy-") as folder:
        file = Path(folder) / "haproxy.cfg"
        file.write_text(text, encoding="utf-8")
        with subprocess.Popen([program, "-db", "-q", "-f", str(file)], env=os.environ | {"LC_ALL": "C"}) as process:
            try:
                wait_for_port(port)
                yield
            finally:
                process.terminate()
