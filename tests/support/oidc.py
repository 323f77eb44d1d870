"""A real OpenID Connect provider for tests, in a process of its own: `oidc-provider-mock` on a free loopback port."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from tests.support.ports import free_port, is_open
from tests.support.waiting import PATIENCE, eventually


@dataclass(frozen=True)
class OidcProvider:
    """A running provider."""

    issuer: str

    def put_user(self, subject: str, **claims: object) -> None:
        """Somebody whom it knows, with what it says of them; or other claims for the same."""
        httpx.put(f"{self.issuer}/users/{subject}", json=claims, trust_env=False, timeout=PATIENCE).raise_for_status()

    def log_in(self, way: str, subject: str | None) -> str:
        """What a browser does there: choose who one is (None: refuse). Gives the address that leads back."""
        form = {"action": "deny"} if subject is None else {"sub": subject}
        answer = httpx.post(way, data=form, trust_env=False, timeout=PATIENCE)
        assert answer.status_code in (302, 303), answer.text
        return answer.headers["location"]


@contextmanager
def start_oidc() -> Iterator[OidcProvider]:
    """Serves for the length of the block."""
    port = free_port()
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "oidc_provider_mock",
        "--port",
        str(port),
        "--require-nonce",
        "true",
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    issuer = f"http://127.0.0.1:{port}"
    try:
        eventually(lambda: process.poll() is not None or is_open(port))
        assert process.returncode is None, "the provider ended at once"
        look = f"{issuer}/.well-known/openid-configuration"
        httpx.get(look, trust_env=False, timeout=PATIENCE).raise_for_status()
        yield OidcProvider(issuer)
    finally:
        process.terminate()
        process.wait(PATIENCE)
