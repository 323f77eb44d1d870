"""Keys, tokens and secrets in URLs, each beside its placeholder."""

import pytest

from tests.detect.conftest import Kinds

PEM = "-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("kind", "hit", "miss"),
    [
        ("private_key", PEM.format("MfknCDpiPDKbYximO2U/poAlThcyuhUmZjMiYKgvBVV8W8CY8M"), PEM.format("...")),
        ("api_key", "AKIAZBWODGBIVG2H7CE7", "ASIAN markets rose"),
        ("api_key", "ghp_5UJ1dxoJcYO7q4Usno53PZrRFd3wp2VgjvRy", "ghp_" + "x" * 36),
        ("api_key", "sk_live_0FWridVmfFuk7gxESpp7M62q", "pk_live_0FWridVmfFuk7gxESpp7M62q"),
        ("api_key", "api key: 3ddc91ab1d25dc734e9d346f1e3b5993", "api key: <your-key>"),
        ("password", "postgres://billing:Xk29vQpLm4@db.example.org/prod", "https://user:password@example.org"),
        ("password", "https://example.org/login?user=anna&pwd=Kesa2020", "https://example.org/login?pwd="),
        (
            "password",
            "curl -u deploy:Harbour#25 https://api.example.org",
            "curl -u user:password https://api.example.org",
        ),
    ],
)
def test_kind_and_placeholder(kinds: Kinds, kind: str, hit: str, miss: str) -> None:
    """The key is found; what stands in manuals in its place is not."""
    assert kind in kinds(hit)
    assert not kinds(miss)


def test_token_in_a_link_passes(kinds: Kinds) -> None:
    """Signed links of newsletters are no keys."""
    token = "eyJhbGciOiJIUzI1NiJ9.4cqCascA9XxbR3Ru8pBHhpQG.UaHSjq2HjaRKajrkvotW0BOi"
    assert not kinds(f"https://example.org/unsubscribe?t={token}")
    assert kinds(f"Authorization: Bearer {token}") == {"api_key"}
