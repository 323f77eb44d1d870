"""TLS and login towards the next hop."""

import ssl
from base64 import b64encode
from pathlib import Path

import pytest

from mailguard.core.envelope import Envelope
from mailguard.core.errors import ConfigError, NextHopError
from mailguard.core.secret import Secret
from mailguard.core.settings import NextHopSettings
from mailguard.relay.deliver import deliver
from mailguard.relay.next_hop import NextHop
from tests.support.certificate import make_certificate
from tests.support.postfix import start_postfix
from tests.support.sink import DROP, Sink

RAW = b"Subject: hello\r\n\r\nHello\r\n"
LETTER = Envelope("clerk@operator.example", ("anna@example.org",))


def _server(tmp_path: Path, name: str = "localhost") -> tuple[ssl.SSLContext, Path]:
    certificate, key = make_certificate(tmp_path, name)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context, certificate


def _hop(sink: Sink, **settings: object) -> NextHop:
    values = {"host": "127.0.0.1", "port": sink.port, "timeout": 60} | settings
    return NextHop(NextHopSettings.model_validate(values), "guard.example")


async def test_required_and_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With `required` and a certificate that the system trusts, the message goes over TLS."""
    context, certificate = _server(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with Sink(extensions=("STARTTLS",), tls=context) as sink:
        assert (await deliver(_hop(sink, tls="required"), LETTER, RAW))["anna@example.org"].ok
        assert sink.verbs()[:3] == ["EHLO", "STARTTLS", "EHLO"]


async def test_a_real_postfix_that_demands_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`required` goes through under TLS with its certificate verified, and not with one of another name or of nobody
    known; `opportunistic` goes through under TLS all the same; `off` hears its 530."""
    certificate, key = make_certificate(tmp_path)
    elsewhere, _ = make_certificate(tmp_path, "elsewhere.example")
    demanding = (
        f"smtpd_tls_security_level = encrypt\nsmtpd_tls_cert_file = {certificate}\nsmtpd_tls_key_file = {key}\n"
        "smtpd_tls_loglevel = 1\n"
    )
    with start_postfix(settings=demanding) as postfix:

        async def send(tls: str, trusted: Path) -> str:
            monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
            settings = {"host": "localhost", "port": postfix.port, "timeout": 60, "tls": tls}
            hop = NextHop(NextHopSettings.model_validate(settings), "guard.example")
            try:
                return str((await deliver(hop, LETTER, RAW))["anna@example.org"])
            finally:
                await hop.close()

        assert (await send("required", certificate)).startswith("250 2.0.0 Ok: queued as ")
        assert (await send("opportunistic", elsewhere)).startswith("250 2.0.0 Ok: queued as ")
        assert postfix.log.count("TLS connection established from") == 2
        with pytest.raises(NextHopError):
            await send("required", elsewhere)
        assert (await send("off", certificate)).startswith("530 5.7.0 ")


@pytest.mark.parametrize("name", ["localhost", "elsewhere.example"])
async def test_required_and_not_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """An unknown certificate, or a known one of another name, ends it before any address is told."""
    context, certificate = _server(tmp_path, name)
    if name != "localhost":
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with Sink(extensions=("STARTTLS",), tls=context) as sink:
        with pytest.raises(NextHopError):
            await deliver(_hop(sink, tls="required"), LETTER, RAW)
        assert "MAIL" not in sink.verbs()


async def test_required_and_not_offered() -> None:
    """`required` is not satisfied with a next hop that has no TLS."""
    async with Sink() as sink:
        with pytest.raises(NextHopError):
            await deliver(_hop(sink, tls="required"), LETTER, RAW)
        assert "MAIL" not in sink.verbs()


async def test_opportunistic(tmp_path: Path) -> None:
    """`opportunistic` takes TLS of any certificate, does without where there is none, and where it is broken."""
    context, _ = _server(tmp_path)
    async with Sink(extensions=("STARTTLS",), tls=context) as sink:
        assert (await deliver(_hop(sink, tls="opportunistic"), LETTER, RAW))["anna@example.org"].ok
        assert "STARTTLS" in sink.verbs()
    async with Sink() as sink:
        assert (await deliver(_hop(sink, tls="opportunistic"), LETTER, RAW))["anna@example.org"].ok
    async with Sink(extensions=("STARTTLS",)) as sink:
        sink.steps["starttls"] = b"454 4.7.0 TLS is broken today\r\n"
        assert (await deliver(_hop(sink, tls="opportunistic"), LETTER, RAW))["anna@example.org"].ok


async def test_login(tmp_path: Path) -> None:
    """User name and password of the file are shown to the next hop."""
    (tmp_path / "password").write_text("s3cret word\n")
    async with Sink(extensions=("AUTH PLAIN",)) as sink:
        hop = _hop(sink, username="guard", password_file=tmp_path / "password")
        assert (await deliver(hop, LETTER, RAW))["anna@example.org"].ok
        assert b"AUTH PLAIN " + b64encode(b"\0guard\0s3cret word") + b"\r\n" in sink.commands


async def test_login_refused(tmp_path: Path) -> None:
    """A refused login is temporary trouble, and its message does not show the password."""
    (tmp_path / "password").write_text("s3cret word\n")
    async with Sink(extensions=("AUTH PLAIN",)) as sink:
        sink.steps["auth"] = b"535 5.7.8 wrong\r\n"
        hop = _hop(sink, username="guard", password_file=tmp_path / "password")
        with pytest.raises(NextHopError) as raised:
            await deliver(hop, LETTER, RAW)
        assert "s3cret" not in str(raised.value)


async def test_password_is_never_sent_over_a_line_that_fell_back(tmp_path: Path) -> None:
    """With a password, `opportunistic` is as strict as `required`."""
    (tmp_path / "password").write_text("s3cret word\n")
    async with Sink(extensions=("AUTH PLAIN",)) as sink:
        hop = _hop(sink, tls="opportunistic", username="guard", password_file=tmp_path / "password")
        with pytest.raises(NextHopError):
            await deliver(hop, LETTER, RAW)
        assert "AUTH" not in sink.verbs()


def test_password_file_that_is_missing(tmp_path: Path) -> None:
    """A password that cannot be read is a configuration error that names its key."""
    for file in (None, tmp_path / "nowhere"):
        with pytest.raises(ConfigError, match=r"next_hop\.password_file"):
            NextHop(NextHopSettings(username="guard", password_file=file), "guard.example")


async def test_the_next_hop_is_asked_for_a_persons_login() -> None:
    """`smtp.auth = "next_hop"`: its yes and no are the door's; trouble on the way is neither."""
    async with Sink(extensions=("AUTH PLAIN",)) as sink:
        hop = _hop(sink)
        assert await hop.admits("anna", Secret("right horse"))
        assert b"AUTH PLAIN " + b64encode(b"\0anna\0right horse") + b"\r\n" in sink.commands
        sink.steps["auth"] = b"535 5.7.8 no\r\n"
        assert not await hop.admits("anna", Secret("wrong horse"))
        sink.steps["auth"] = b"454 4.7.0 ask again later\r\n"
        with pytest.raises(NextHopError):
            await hop.admits("clerk", Secret("correct horse"))
        asked = len(sink.commands)
        assert not await hop.admits("anna", Secret(""))
        assert len(sink.commands) == asked
        sink.steps["auth"] = DROP
        with pytest.raises(NextHopError):
            await hop.admits("anna", Secret("right horse"))
        assert "MAIL" not in sink.verbs()
