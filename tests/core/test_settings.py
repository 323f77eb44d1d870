"""A gallery of broken configurations: each error names file, key and mend."""

from pathlib import Path

import pytest

from mailguard.core.errors import ConfigError
from mailguard.core.settings import Settings, load_settings, split_endpoint

GALLERY = [
    ('[smtp]\nhostnme = "mx.example"', "smtp.hostnme", "unknown key; known here: auth,"),
    ('[smpt]\nhostname = "mx.example"', "smpt", "unknown key; known here: cases,"),
    ('[smtp]\nlisten = "127.0.0.1:25"', "smtp.listen", "valid list"),
    ('[smtp]\nlisten = ["2525"]', "smtp.listen.0", 'write "host:port"'),
    ('[smtp]\nlisten = ["127.0.0.1:99999"]', "smtp.listen.0", 'write "host:port"'),
    ('[smtp]\ntrusted_networks = ["10.0.0.1/8"]', "smtp.trusted_networks.0", "write a network"),
    ('[smtp]\nbare_newline = "maybe"', "smtp.bare_newline", "'normalize' or 'reject'"),
    ('[smtp]\ntls_cert = "/etc/cert.pem"', "smtp", "set tls_cert and tls_key together"),
    ("[smtp]\nrequire_tls = true", "smtp", "require_tls needs tls_cert and tls_key"),
    ("[smtp]\nmax_recipients = 0", "smtp.max_recipients", "greater than or equal to 1"),
    ("[register]\ninternal_domain = []", "register.internal_domain", "known here: changed_days, columns"),
    ("[next_hop]\nport = 0", "next_hop.port", "greater than or equal to 1"),
    ('[next_hop]\ntls = "yes"', "next_hop.tls", "'off', 'opportunistic' or 'required'"),
    ('[report]\ntime_zone = "Mars/Olympus"', "report.time_zone", "write a time zone such as"),
    ('[report]\nto = ["Ops <ops@operator.example>"]', "report.to.0", "write one mail address"),
    ("[report]\nhour = 24", "report.hour", "less than or equal to 23"),
    ('[notices]\nlanguage = "xx"', "notices.language", "'en', 'fi'"),
    ("[store]\nretention_days = 0", "store.retention_days", "greater than or equal to 1"),
    ('[desk]\noidc = { issuer = "https://id.example" }', "desk.oidc", "is not in this version"),
    ('[register]\nsources = [{ url = "x" }]', "register.sources.0.kind", "write one of csv, sql, ldap, http"),
    ("[smtp", "(syntax)", "is no valid TOML"),
    ("[smtp]\nhostname = 7", "smtp.hostname", "valid string"),
    ('[smtp]\nhostname = "a\\r\\nX: y"', "smtp.hostname", "write a host name"),
    ('[smtp]\nhostname = ""', "smtp.hostname", "write a host name"),
    ("[smtp]\nlisten = []", "smtp.listen", "at least 1 item"),
    ('[smtp]\nlisten = ["h:\u00b2"]', "smtp.listen.0", "host:port"),
    ('[register]\ninternal_domains = [""]', "register.internal_domains.0", "write a domain of the company"),
    ('[register]\ninternal_domains = ["a.example", "*"]', "register.internal_domains.1", "write a domain"),
    ('[register]\ninternal_domains = ["*.example"]', "register.internal_domains.0", "write a domain"),
    ('[register]\ninternal_domains = ["com"]', "register.internal_domains.0", "write a domain"),
    ('[desk]\npublic_url = "javascript:alert(1)"', "desk.public_url", "write the address that people open"),
    ('[desk]\npublic_url = ""', "desk.public_url", "write the address that people open"),
    ('[notices]\ntemplates = "/nowhere/letters"', "notices.templates", "/nowhere/letters is no folder"),
]


@pytest.mark.parametrize(("text", "key", "mend"), GALLERY, ids=[key for _, key, _ in GALLERY])
def test_broken_configuration_is_explained(tmp_path: Path, text: str, key: str, mend: str) -> None:
    """One line: the file, the key, and what to write instead."""
    file = tmp_path / "mailguard.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_settings(file)
    assert caught.value.key == key
    assert mend in caught.value.mend
    assert str(caught.value).startswith(f"{file}: {key}: ")
    assert "\n" not in str(caught.value)


def test_missing_file_is_explained(tmp_path: Path) -> None:
    """A typing error in --config is told, not ignored."""
    with pytest.raises(ConfigError, match="No such file"):
        load_settings(tmp_path / "nowhere.toml")


def test_defaults_are_loopback_and_sqlite() -> None:
    """With no file at all nothing is open to the network."""
    settings = load_settings(None)
    assert settings.smtp.listen == ["127.0.0.1:2525"]
    assert settings.desk.listen.startswith("127.0.0.1:")
    assert settings.store.database_url == "sqlite:///mailguard-data/guard.db"


def test_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every key is also a variable; the rest of its section stays as the file says."""
    file = tmp_path / "mailguard.toml"
    file.write_text(
        '[smtp]\nhostname = "file.example"\nmax_recipients = 7\n[register]\ninternal_domains = ["a.example"]'
    )
    monkeypatch.setenv("MAILGUARD__SMTP__HOSTNAME", "environment.example")
    monkeypatch.setenv("MAILGUARD__REGISTER__INTERNAL_DOMAINS", '["b.example"]')
    settings = load_settings(file)
    assert settings.smtp.hostname == "environment.example"
    assert settings.smtp.max_recipients == 7
    assert settings.register_.internal_domains == ["b.example"]


def test_unknown_variable_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt limit in the environment is refused like one in the file."""
    monkeypatch.setenv("MAILGUARD__SMTP__MAX_RECIPENTS", "5")
    with pytest.raises(ConfigError, match="max_recipents"):
        load_settings(None)


def test_contract_sections_are_all_there() -> None:
    """The keys that others' configurations use."""
    contract = {
        "smtp": "listen hostname tls_cert tls_key require_tls trusted_networks auth max_message_bytes max_recipients "
        "max_connections bare_newline proxy_protocol workers",
        "next_hop": "host port tls username password_file timeout",
        "store": "database_url key_file retention_days",
        "register_": "internal_domains sources",
        "desk": "listen public_url session_minutes oidc",
        "notices": "from_address language",
        "report": "to weekday hour time_zone",
        "rules": "folder",
    }
    settings = Settings()
    for section, keys in contract.items():
        assert set(keys.split()) <= set(type(getattr(settings, section)).model_fields)


def test_endpoint_with_ipv6() -> None:
    """Brackets go, the port is a number."""
    assert split_endpoint("[::1]:25") == ("::1", 25)
    assert split_endpoint("127.0.0.1:0") == ("127.0.0.1", 0)
