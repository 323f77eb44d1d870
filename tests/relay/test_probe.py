"""The doctor's look at the next hop: its line-ending rules, tried live."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from mailguard.core.errors import NextHopError
from mailguard.core.settings import NextHopSettings
from mailguard.relay.probe import ProbeLine, probe_next_hop
from tests.support.certificate import make_certificate
from tests.support.loop_clock import put_forward
from tests.support.postfix import start_postfix
from tests.support.waiting import PATIENCE, happened

TO = "probe@post.example"


@asynccontextmanager
async def _server(ends: tuple[bytes, ...]) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server that takes each of `ends` for the end of data; its port, and the letters that it has taken."""
    taken: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        while line := await reader.readline():
            if line.upper().startswith(b"DATA"):
                writer.write(b"354 go on\r\n")
                seen = b""
                while not any(end in seen for end in ends):
                    piece = await reader.read(1000)
                    if not piece:
                        return
                    seen += piece
                taken.append(seen)
            writer.write(b"250 ok\r\n")

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], taken


async def _probed(
    hop: NextHopSettings, monkeypatch: pytest.MonkeyPatch, taken: Callable[[], list[bytes]]
) -> list[ProbeLine]:
    """Of a hop that takes some ends and is silent at others: for long, since a busy one may think before it answers."""
    monkeypatch.setattr("mailguard.relay.probe._SILENCE", PATIENCE)
    patient = hop.model_copy(update={"timeout": 86400})
    probing = asyncio.create_task(probe_next_hop(patient, "localhost", TO))
    await happened(taken, every=0.1)
    while not probing.done():
        await asyncio.sleep(0.2)
        put_forward(PATIENCE + 1)
    return await probing


async def test_hop_that_keeps_the_rule_is_well() -> None:
    """Only CRLF.CRLF ends data: each malformed end is met with silence, and nothing is delivered."""
    async with _server((b"\r\n.\r\n",)) as (port, _):
        lines = await probe_next_hop(NextHopSettings(port=port), "localhost", TO)
    assert all(line.well for line in lines)
    assert len(lines) == 7


@pytest.mark.parametrize("end", [b"\n.\n", b"\n.\r\n", b"\r.\r"])
async def test_hop_that_breaks_the_rule_is_named(end: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line says which malformed end was honoured, and where to read the mend."""
    async with _server((b"\r\n.\r\n", end)) as (port, taken):
        lines = await _probed(NextHopSettings(port=port), monkeypatch, lambda: taken)
    bad = [line.text for line in lines if not line.well]
    assert bad
    assert all("taken for the end of data (250)" in text and "deploy/postfix" in text for text in bad)


async def test_postfix_with_the_shipped_snippet_is_well() -> None:
    """A real Postfix as `deploy/postfix` sets it up passes each trial, and delivers no probe."""
    with start_postfix() as postfix:
        lines = await probe_next_hop(NextHopSettings(port=postfix.port), "localhost", TO)
        assert [line.text for line in lines if not line.well] == []
        assert postfix.letters == []


async def test_nobody_there_is_a_next_hop_error() -> None:
    """Said as one sentence by the doctor."""
    with pytest.raises(NextHopError):
        await probe_next_hop(NextHopSettings(port=9, timeout=2), "localhost", TO)


async def test_a_hop_that_demands_tls_is_tried_under_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With `tls = "required"` the malformed ends go over TLS to a real Postfix that takes nothing without it."""
    certificate, key = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    demanding = f"smtpd_tls_security_level = encrypt\nsmtpd_tls_cert_file = {certificate}\nsmtpd_tls_key_file = {key}\n"
    for line, well in (("", True), ("smtpd_forbid_bare_newline = no\n", False)):
        with start_postfix(settings=demanding + line) as postfix:
            hop = NextHopSettings(host="localhost", port=postfix.port, tls="required")
            letters = partial(getattr, postfix, "letters")
            lines = await (probe_next_hop(hop, "localhost", TO) if well else _probed(hop, monkeypatch, letters))
        tried = [found for found in lines if "end of data" in found.text or "refused with" in found.text]
        assert len(tried) == 6, lines
        assert all(found.well for found in tried) == well
