"""A gallery of broken configurations: each error names file, key and mend."""

from pathlib import Path

import pytest

from mailguard.core.errors import ConfigError
from mailguard.core.settings import Settings, load_settings, split_endpoint

GALLERY = [
    ('[smtp]\nhostnme = "mx.example"', "smtp.hostnme", "unknown key; known here: auth,"),
    ('[smpt]\nhostname = "mx.example"', "smpt", "unknown key; known here: audit,"),
    ('[smtp]\nlisten = "127.0.0.1:25"', "smtp.listen", 'write a list, such as ["a", "b"]'),
    ('[smtp]\nlisten = ["2525"]', "smtp.listen.0", 'write "host:port"'),
    ('[smtp]\nlisten = ["127.0.0.1:99999"]', "smtp.listen.0", 'write "host:port"'),
    ('[smtp]\ntrusted_networks = ["10.0.0.1/8"]', "smtp.trusted_networks.0", "write a network"),
    ('[smtp]\nbare_newline = "maybe"', "smtp.bare_newline", "'normalize' or 'reject'"),
    ('[smtp]\ntls_cert = "/etc/cert.pem"', "smtp", "set tls_cert and tls_key together"),
    ("[smtp]\nrequire_tls = true", "smtp", "require_tls needs tls_cert and tls_key"),
    ("[smtp]\nmax_recipients = 0", "smtp.max_recipients", "write 1 or more"),
    ("[register]\ninternal_domain = []", "register.internal_domain", "known here: changed_days, columns"),
    ("[next_hop]\nport = 0", "next_hop.port", "write 1 or more"),
    ('[next_hop]\ntls = "yes"', "next_hop.tls", "'off', 'opportunistic' or 'required'"),
    ('[report]\ntime_zone = "Mars/Olympus"', "report.time_zone", "write a time zone such as"),
    ('[report]\nto = ["Ops <ops@operator.example>"]', "report.to.0", "write one mail address"),
    ("[report]\nhour = 24", "report.hour", "write 23 or less"),
    ('[notices]\nlanguage = "xx"', "notices.language", "'en', 'fi'"),
    ("[store]\nretention_days = 0", "store.retention_days", "write 1 or more"),
    ('[register]\nsources = [{ url = "x" }]', "register.sources.0.kind", "write one of csv, sql, ldap, http"),
    ("[smtp]\nmax_recipients = 1.5", "smtp.max_recipients", "write a whole number"),
    ('[smtp]\nrequire_tls = "maybe"', "smtp.require_tls", "write true or false"),
    ("smtp = 3", "smtp", "write a table"),
    ('[register]\nsources = [{ name = "a", kind = "sql" }]', "register.sources.0.url", "is required"),
    ("[smtp", "(syntax)", "is no valid TOML"),
    ("[smtp]\nhostname = 7", "smtp.hostname", "write a text in quotes"),
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
    ('[calendar]\ntime_zone = "Mars/Olympus"', "calendar.time_zone", "write a time zone such as"),
    ('[calendar]\ncountry = "ZZ"', "calendar.country", 'such as "FI" or "DE-BY"'),
    ('[calendar]\ncountry = "DE-QQ"', "calendar.country", 'such as "FI" or "DE-BY"'),
    ('[calendar]\ncountry = "Finland"', "calendar.country", 'such as "FI" or "DE-BY"'),
    ("[calendar]\nwork_days = []", "calendar.work_days", "at least 1 item"),
    ('[calendar]\nwork_days = ["monday"]', "calendar.work_days.0", "'mon', 'tue'"),
    ('[calendar]\nopens = "8"', "calendar.opens", 'write a time such as "08:00"'),
    ('[calendar]\nopens = "17:00"', "calendar.closes", "at least an hour after opens, which is 17:00"),
    ('[calendar]\nopens = "08:00"\ncloses = "08:30"', "calendar.closes", "at least an hour after opens"),
    ('[calendar]\nholidays = ["soon"]', "calendar.holidays.0", "valid date"),
    ("[cases]\nexpire_hours = 0", "cases.expire_hours", "write 1 or more"),
    ("[cases]\nexpire_hours = 1e9", "cases.expire_hours", "write 2000 or less"),
    ("[cases]\nexpire_hours = 8\nremind_hours = 8", "cases.remind_hours", "must be less than expire_hours = 8"),
    ("[cases]\nexpire_hours = 8\nescalate_hours = 9", "cases.escalate_hours", "must be less than expire_hours = 8"),
    ("[cases]\nexpire_hours = 8\nremind_hours = 6", "cases.escalate_hours", "more than the 6 hours to the reminder"),
    ("[cases]\nremind_hours = 5\nescalate_hours = 4", "cases.escalate_hours", "more than the 5 hours"),
    ("[cases]\nremind_hours = 40", "cases.remind_hours", "must be less than 40: expire_days = 7"),
    ("[cases]\nexpire_days = 2\nescalate_hours = 16", "cases.escalate_hours", "must be less than 16"),
    ('[cases]\nescalate_to = ["the boss"]', "cases.escalate_to.0", "write one mail address"),
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


@pytest.mark.parametrize(
    ("variable", "value", "key", "mend"),
    [
        ("MAILGUARD__SMTP__LISTEN", "127.0.0.1:25", "smtp.listen", "write a list"),
        ("MAILGUARD__SMTP__LISTEN", '["2525"]', "smtp.listen.0", 'write "host:port"'),
        ("MAILGUARD__SMTP", "on", "smtp", "write a table"),
        ("MAILGUARD__SMTP", '{"workers": "two"}', "smtp.workers", "write a whole number"),
        ("MAILGUARD__REGISTER__SOURCES", "crm", "register.sources", "write a list"),
        ("mailguard__store__retention_days", "0", "store.retention_days", "write 1 or more"),
        ("MAILGUARD__SMPT__WORKERS", "2", "MAILGUARD__SMPT__WORKERS", "unknown section; known here: audit,"),
        ("MAILGUARD__", "2", "MAILGUARD__", "unknown section; known here: audit,"),
    ],
)
def test_broken_variable_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, key: str, mend: str
) -> None:
    """As in the file, and the file is not blamed for it: what is no JSON, and a section that nobody reads."""
    file = tmp_path / "mailguard.toml"
    file.write_text("[desk]\nsession_minutes = 30\n")
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigError) as caught:
        load_settings(file)
    assert (caught.value.file, caught.value.key) == ("environment", key)
    assert mend in caught.value.mend


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
