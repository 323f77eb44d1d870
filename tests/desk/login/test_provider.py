"""Tokens that are not what they must be: a provider, or somebody in its place, that lies in every way there is."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse, StreamingResponse
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from joserfc.jws import JWSRegistry

from mailguard.core.errors import ProviderError
from mailguard.core.person import Role
from mailguard.core.settings import OidcSettings
from mailguard.desk.login.provider import Provider
from tests.support.web import serve_app

NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
CLIENT = "mail guard"
SECRET = "50% of a:secret"
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@dataclass
class Liar:
    """A provider that does what a test tells it."""

    issuer: str = ""
    key: Any = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "first"}))
    keys: list[Any] | None = None
    """What the key page shows; None: the key in use."""
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=lambda: {"sub": "s-1"})
    tokens: dict[str, Any] = field(default_factory=dict)
    answer: Callable[[], Response] | None = None
    asked: list[str] = field(default_factory=list)

    def token(self) -> str:
        """An ID token as the test wants it."""
        now = int(NOW.timestamp())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "s-1",
            "iat": now,
            "exp": now + 300,
            "nonce": "n",
            "preferred_username": "pia",
            "email": "pia@operator.example",
            "groups": ["reviewers"],
        } | self.claims
        header = {"alg": "RS256", "kid": "first"} | self.header
        told = {name: value for name, value in claims.items() if value is not None}
        shown = {name: value for name, value in header.items() if value is not None}
        if shown["alg"] == "none":
            parts = (json.dumps(part).encode() for part in (shown, told))
            return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."
        return jwt.encode(shown, told, self.key, registry=JWSRegistry(algorithms=[shown["alg"]]))


def _drip() -> Iterator[bytes]:
    for _ in range(40):
        yield b" "
        time.sleep(0.1)
    yield b"{}"


def _app(liar: Liar) -> FastAPI:
    app = FastAPI()

    @app.get("/.well-known/openid-configuration")
    def tell() -> Any:
        liar.asked.append("metadata")
        told = {
            "issuer": liar.issuer,
            "authorization_endpoint": f"{liar.issuer}/authorize",
            "token_endpoint": f"{liar.issuer}/token",
            "jwks_uri": f"{liar.issuer}/keys",
            "userinfo_endpoint": f"{liar.issuer}/userinfo",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "ES256", "none"],
        }
        return told | liar.metadata

    @app.get("/keys")
    def keys() -> Any:
        liar.asked.append("keys")
        return {"keys": [key.as_dict(private=False) for key in (liar.keys or [liar.key])]}

    @app.get("/userinfo")
    def userinfo() -> Any:
        liar.asked.append("userinfo")
        return liar.userinfo

    @app.post("/token")
    async def token(request: Request) -> Any:
        liar.asked.append("token")
        form = {name: value[0] for name, value in parse_qs((await request.body()).decode()).items()}
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if challenge.rstrip(b"=").decode() != CHALLENGE:
            return JSONResponse({"error": "invalid_grant"}, 400)
        basic = request.headers.get("authorization", "").removeprefix("Basic ")
        name, _, secret = base64.b64decode(basic).decode().partition(":")
        given = (unquote(name), unquote(secret)) if basic else (form.get("client_id"), form.get("client_secret"))
        if given != (CLIENT, SECRET):
            return JSONResponse({"error": "invalid_client"}, 401)
        if liar.answer is not None:
            return liar.answer()
        return {"access_token": "opaque", "token_type": "Bearer", "id_token": liar.token()} | liar.tokens

    return app


@pytest.fixture
def liar() -> Iterator[Liar]:
    """Serves on loopback."""
    made = Liar()
    with serve_app(_app(made)) as port:
        made.issuer = f"http://127.0.0.1:{port}"
        yield made


Ask = Callable[[], dict[str, Any]]


@pytest.fixture
def ask(liar: Liar, tmp_path: Path) -> Ask:
    """Exchange a code, as the desk does; always by the same provider's memory. It waits long for the answer."""
    return _asking(liar, tmp_path, 30)


@pytest.fixture
def ask_briefly(liar: Liar, tmp_path: Path) -> Ask:
    """The same with little patience, for answers that are refused whenever they come."""
    return _asking(liar, tmp_path, 1)


def _asking(liar: Liar, folder: Path, seconds: float) -> Ask:
    secret = folder / "secret"
    secret.write_text(SECRET)
    settings = OidcSettings(
        issuer=liar.issuer, client_id=CLIENT, client_secret_file=secret, roles={"g": Role.OPS}, request_seconds=seconds
    )
    provider = Provider(settings, lambda: NOW)
    return lambda: provider.claims_for("code", redirect_uri="http://desk.example/x", nonce="n", verifier=VERIFIER)


def test_a_right_token_is_taken(liar: Liar, ask: Ask) -> None:
    """Metadata and keys are fetched once; the secret goes as RFC 6749 has it, and what is asked for is all there."""
    assert ask()["sub"] == "s-1"
    assert ask()["email"] == "pia@operator.example"
    assert liar.asked == ["metadata", "token", "keys", "token"]


_NOW = int(NOW.timestamp())


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "another client"},
        {"aud": None},
        {"aud": [CLIENT, "another"]},
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"azp": "another"},
        {"exp": _NOW - 61},
        {"exp": None},
        {"exp": "soon"},
        {"iat": _NOW + 3600},
        {"iat": None},
        {"nbf": _NOW + 3600},
        {"nonce": "another"},
        {"nonce": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "s-1\nx"},
        {"sub": "x" * 300},
        {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
        {"auth_time": "now"},
    ],
    ids=str,
)
def test_a_token_that_is_not_for_us_now_is_refused(liar: Liar, ask: Ask, claims: dict[str, Any]) -> None:
    """Issuer, audience, authorized party, time, nonce, subject and hash must all be right."""
    liar.claims = claims
    with pytest.raises(ProviderError):
        ask()


def test_a_clock_may_be_off_by_a_minute(liar: Liar, ask: Ask) -> None:
    """Either way, and no more (the case above)."""
    liar.claims = {"exp": _NOW - 55, "iat": _NOW - 400}
    assert ask()["sub"] == "s-1"
    liar.claims = {"iat": _NOW + 55}
    assert ask()["sub"] == "s-1"


@pytest.mark.parametrize("header", [{"alg": "none", "kid": None}, {"alg": "none"}], ids=str)
def test_a_token_without_signature_is_refused(liar: Liar, ask: Ask, header: dict[str, Any]) -> None:
    """Though the provider's own metadata list `none`."""
    liar.header = header
    with pytest.raises(ProviderError):
        ask()


def test_a_public_key_is_no_shared_secret(liar: Liar, ask: Ask) -> None:
    """Signed by HMAC with the text of the public key, as everybody can do it."""
    liar.keys = [liar.key]
    head, body, _ = liar.token().split(".")
    head = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": "first"}).encode()).rstrip(b"=").decode()
    public = liar.key.as_pem(private=False)
    digest = hmac.digest(public, f"{head}.{body}".encode(), "sha256")
    forged = f"{head}.{body}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"
    liar.tokens = {"id_token": forged}
    with pytest.raises(ProviderError):
        ask()


def test_another_key_signs_nothing(liar: Liar, ask: Ask) -> None:
    """Of the same name too."""
    liar.keys = [liar.key]
    liar.key = RSAKey.generate_key(2048, {"kid": "first"})
    with pytest.raises(ProviderError):
        ask()
    assert liar.asked.count("keys") == 2, "asked once more: it could have been exchanged"


@pytest.mark.parametrize("kid", ["second", "first", None])
def test_exchanged_keys_are_fetched_anew(liar: Liar, ask: Ask, kid: str | None) -> None:
    """A key under a new name, under the old name, or under none: the first login after it works."""
    ask()
    liar.key = ECKey.generate_key("P-256", {"kid": kid} if kid else None)
    liar.header = {"alg": "ES256", "kid": kid}
    assert ask()["sub"] == "s-1"


def test_what_the_token_leaves_out_the_userinfo_page_tells(liar: Liar, ask: Ask) -> None:
    """Of the same subject alone; and never against the token."""
    liar.claims = {"email": None, "groups": None}
    liar.userinfo = {"sub": "s-1", "email": "u@operator.example", "groups": ["it"], "preferred_username": "admin"}
    claims = ask()
    assert (claims["email"], claims["groups"], claims["preferred_username"]) == ("u@operator.example", ["it"], "pia")
    liar.userinfo = {"sub": "s-2", "email": "u@operator.example", "groups": ["it"]}
    with pytest.raises(ProviderError, match="somebody else"):
        ask()


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": None},
        {"token_endpoint": "file:///etc/passwd"},
        {"jwks_uri": "javascript:alert(1)"},
        {"authorization_endpoint": 7},
    ],
    ids=str,
)
def test_odd_metadata_are_refused(liar: Liar, ask: Ask, metadata: dict[str, Any]) -> None:
    """Another issuer's, incomplete ones, and addresses that are none."""
    liar.metadata = metadata
    with pytest.raises(ProviderError):
        ask()
    assert "token" not in liar.asked


@pytest.mark.parametrize(
    "answer",
    [
        lambda: RedirectResponse("http://127.0.0.1:9/elsewhere", 307),
        lambda: Response(b"x" * 2_000_000, media_type="application/json"),
        lambda: Response(b"<html>", media_type="text/html"),
        lambda: JSONResponse(["a list"]),
        lambda: JSONResponse({"access_token": "a"}),
        lambda: JSONResponse({"access_token": "a", "id_token": 7}),
        lambda: JSONResponse({"access_token": "a", "id_token": "no.token.atall"}),
        lambda: JSONResponse({"error": "invalid_grant"}, 400),
        lambda: (time.sleep(1.5), JSONResponse({}))[1],  # type: ignore[func-returns-value]
        lambda: StreamingResponse(_drip(), media_type="application/json"),
    ],
    ids=["redirect", "huge", "html", "list", "no token", "number", "garbage", "error", "slow", "dripping"],
)
def test_odd_answers_end_in_one_error(liar: Liar, ask_briefly: Ask, answer: Callable[[], Response]) -> None:
    """No redirect is followed, nothing large is read, nothing is waited for long, and nothing of it is quoted."""
    liar.answer = answer
    with pytest.raises(ProviderError) as caught:
        ask_briefly()
    assert "elsewhere" not in str(caught.value)
    assert "no.token" not in str(caught.value)


def test_no_error_quotes_a_token_or_secret(liar: Liar, ask: Ask, tmp_path: Path) -> None:
    """Errors go to the log: they name the claim and never its value."""
    liar.claims = {"nonce": "very-secret-nonce"}
    with pytest.raises(ProviderError, match="nonce") as caught:
        ask()
    assert "very-secret" not in str(caught.value)
    (tmp_path / "secret").unlink()
    with pytest.raises(ProviderError, match="client_secret_file cannot be read"):
        ask()


def test_other_ways_of_a_client_to_show_itself(liar: Liar, ask: Ask) -> None:
    """Where the provider takes the secret only within the form, it goes there."""
    liar.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    assert ask()["sub"] == "s-1"
