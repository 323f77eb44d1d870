"""The provider of logins: discovery, the way there, the exchange of the code, and whether a token is what it must be.

OpenID Connect Core 1.0, section 3.1, with PKCE (RFC 7636). Nothing is fetched from anywhere but the issuer and the
addresses that its own metadata names, and no redirect is followed.
"""

import json
import time
from datetime import datetime, timedelta
from threading import Lock
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
from authlib.common.urls import add_params_to_uri  # type: ignore[import-untyped]
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from mailguard.core.clock import Clock
from mailguard.core.errors import ProviderError
from mailguard.core.secret import Secret
from mailguard.core.settings import OidcSettings

LEEWAY = 60
"""Seconds that the provider's clock may be off."""
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures by a key pair: with `none` or a shared secret others could make tokens too."""
_KEPT = timedelta(hours=1)
_MOST_OCTETS = 1024 * 1024


class Metadata(BaseModel):
    """What the provider says of itself (OpenID Connect Discovery 1.0, section 3)."""

    model_config = ConfigDict(frozen=True)

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    end_session_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    id_token_signing_alg_values_supported: tuple[str, ...] = ("RS256",)

    @field_validator(
        "authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint", "end_session_endpoint"
    )
    @classmethod
    def _is_web_address(cls, value: str | None) -> str | None:
        if value is not None and (urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).hostname):
            raise ValueError("no web address")
        return value


class Provider:
    """One provider, with its metadata and keys as they were last fetched. For all threads."""

    def __init__(self, settings: OidcSettings, now: Clock) -> None:
        self._settings = settings
        self._now = now
        self._lock = Lock()
        self._metadata: tuple[datetime, Metadata] | None = None
        self._keys: tuple[datetime, KeySet] | None = None

    def metadata(self) -> Metadata:
        """What the provider says of itself, an hour old at most. Raises ProviderError."""
        with self._lock:
            if self._metadata is None or self._now() - self._metadata[0] > _KEPT:
                self._metadata = (self._now(), self._discover())
            return self._metadata[1]

    def way_there(self, *, redirect_uri: str, state: str, nonce: str, verifier: str, anew: bool = False) -> str:
        """Where the browser is sent; `anew`: to show again who one is, logged in or not. Raises ProviderError."""
        parameters = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(self._settings.scopes),
            "state": state,
            "nonce": nonce,
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
        } | ({"prompt": "login", "max_age": "0"} if anew else {})
        way: str = add_params_to_uri(self.metadata().authorization_endpoint, parameters)
        return way

    def claims_for(self, code: str, *, redirect_uri: str, nonce: str, verifier: str) -> dict[str, Any]:
        """What the provider says of whoever came back with that code. Raises ProviderError.

        Claims of the userinfo endpoint fill in what the ID token leaves out, if both are of one subject (section
        5.3.2).
        """
        tokens = self._exchange(code, redirect_uri, verifier)
        id_token, access_token = tokens.get("id_token"), tokens.get("access_token")
        if not isinstance(id_token, str) or not isinstance(access_token, str):
            raise ProviderError("the answer to the code has no tokens")
        claims = self._validated(id_token, access_token, nonce)
        endpoint = self.metadata().userinfo_endpoint
        if endpoint is None or self._wanted() <= set(claims):
            return claims
        more = self._fetch("GET", endpoint, headers={"Authorization": f"Bearer {access_token}"})
        if more.get("sub") != claims["sub"]:
            raise ProviderError("the userinfo endpoint speaks of somebody else")
        return more | claims

    def _wanted(self) -> set[str]:
        oidc = self._settings
        wanted = {oidc.name_claim, oidc.email_claim, oidc.groups_claim, oidc.aliases_claim or oidc.email_claim}
        return {name if "://" in name else name.split(".")[0] for name in wanted}

    def _discover(self) -> Metadata:
        issuer = self._settings.issuer
        answer = self._fetch("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        try:
            metadata = Metadata.model_validate(answer)
        except ValidationError as error:
            # Which field, never its value.
            raise ProviderError(f"its metadata lack {'.'.join(map(str, error.errors()[0]['loc']))}") from None
        if metadata.issuer != issuer:
            raise ProviderError("it says that it is another issuer than desk.oidc.issuer")
        ends = (metadata.authorization_endpoint, metadata.token_endpoint, metadata.jwks_uri)
        if issuer.startswith("https:") and not all(end.startswith("https:") for end in ends):
            raise ProviderError("its metadata lead to addresses without TLS")
        return metadata

    def _exchange(self, code: str, redirect_uri: str, verifier: str) -> dict[str, Any]:
        oidc, metadata = self._settings, self.metadata()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        auth = None
        if oidc.client_secret_file is None:
            form["client_id"] = oidc.client_id
        else:
            secret = _read_secret(oidc).reveal()
            if "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
                # Both are form-encoded first (RFC 6749, section 2.3.1).
                auth = httpx.BasicAuth(quote(oidc.client_id, safe=""), quote(secret, safe=""))
            else:
                form |= {"client_id": oidc.client_id, "client_secret": secret}
        return self._fetch("POST", metadata.token_endpoint, data=form, auth=auth)

    def _validated(self, id_token: str, access_token: str, nonce: str) -> dict[str, Any]:
        """The ID token's claims (section 3.1.3.7). Raises ProviderError."""
        try:
            try:
                token = self._decoded(id_token, self._key_set())
            except (JoseError, ValueError):
                # The provider may have exchanged its keys since we fetched them.
                token = self._decoded(id_token, self._key_set(again=True))
            options = {
                "iss": {"essential": True, "value": self._settings.issuer},
                "aud": {"essential": True, "value": self._settings.client_id},
            }
            parameters = {"nonce": nonce, "client_id": self._settings.client_id, "access_token": access_token}
            claims = CodeIDToken(token.claims, token.header, options, parameters)
            claims.validate(now=int(self._now().timestamp()), leeway=LEEWAY)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise ProviderError(f"its token is not right: {_reason(error)}") from None
        if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= 255 or not claims["sub"].isprintable():
            raise ProviderError("its token names no subject")
        return dict(claims)

    def _decoded(self, id_token: str, keys: KeySet) -> jwt.Token:
        offered = self.metadata().id_token_signing_alg_values_supported
        allowed = [name for name in _ALGORITHMS if name in offered]
        return jwt.decode(id_token, keys, registry=JWSRegistry(algorithms=allowed, strict_check_header=False))

    def _key_set(self, *, again: bool = False) -> KeySet:
        with self._lock:
            if again or self._keys is None or self._now() - self._keys[0] > _KEPT:
                assert self._metadata is not None  # noqa: S101 - whoever has a token has asked for them
                found = self._fetch("GET", self._metadata[1].jwks_uri)
                try:
                    self._keys = (self._now(), KeySet.import_key_set(found))  # type: ignore[arg-type]
                except (JoseError, ValueError, TypeError, KeyError) as error:
                    raise ProviderError(f"its keys cannot be read: {type(error).__name__}") from None
            return self._keys[1]

    def _fetch(self, method: str, address: str, **options: Any) -> dict[str, Any]:
        """JSON from the provider, under limits of time and size. Raises ProviderError, with no word of the answer."""
        seconds = self._settings.request_seconds
        # A server that sends an octet now and then never runs into the time-out of one read.
        until = time.monotonic() + seconds
        headers = {"Accept": "application/json", **options.pop("headers", {})}
        try:
            with (
                httpx.Client(timeout=seconds, follow_redirects=False, trust_env=False) as client,
                client.stream(method, address, headers=headers, **options) as answer,
            ):
                text = b""
                for piece in answer.iter_bytes():
                    text += piece
                    if len(text) > _MOST_OCTETS or time.monotonic() > until:
                        raise ProviderError("its answer is too long")
                if answer.status_code != 200:
                    raise ProviderError(f"it answers {answer.status_code} to {urlsplit(address).path}")
                found = json.loads(text)
        except httpx.HTTPError as error:
            raise ProviderError(f"it does not answer: {type(error).__name__}") from None
        except ValueError:
            raise ProviderError("its answer is no JSON") from None
        if not isinstance(found, dict):
            raise ProviderError("its answer is no JSON object")
        return found


def _read_secret(oidc: OidcSettings) -> Secret:
    file = oidc.client_secret_file
    try:
        text = file.read_text(encoding="utf-8").rstrip("\r\n") if file else ""
    except (OSError, UnicodeDecodeError):
        raise ProviderError("desk.oidc.client_secret_file cannot be read") from None
    if not text:
        raise ProviderError("desk.oidc.client_secret_file is empty")
    return Secret(text)


def _reason(error: Exception) -> str:
    """What a library found wrong, by its code: the texts quote the token."""
    claim = getattr(error, "claim", None)
    return f"{getattr(error, 'error', type(error).__name__)}{f' ({claim})' if claim else ''}"
