"""A gallery of broken sources of the register: each error names key and mend, and no secret."""

from pathlib import Path

import pytest

from mailguard.core.errors import ConfigError
from mailguard.core.select_statement import check_select
from mailguard.core.settings import load_settings
from mailguard.core.settings.sources import CsvSource, HttpSource, LdapSource, SqlSource

SQL = 'kind = "sql"\nurl = "postgresql://reader@db/crm"\nquery = "SELECT 1"'
LDAP = (
    'kind = "ldap"\nurl = "ldaps://directory.internal"\nbase = "dc=operator,dc=example"\ncolumns = '
    '{ uid = "customer_id", givenName = "first_name", sn = "last_name", mail = "emails" }'
)
HTTP = 'kind = "http"\nurl = "https://crm.internal/api"'
CSV = 'kind = "csv"\nfolder = "/srv/export"'

GALLERY = [
    ('name = "crm"', ".kind", "write one of csv, sql, ldap, http"),
    ('name = "crm"\nkind = "xml"', ".kind", "write one of csv, sql, ldap, http"),
    (CSV, ".name", "required"),
    (f'name = ""\n{CSV}', ".name", "write a plain name"),
    (f'name = "../crm"\n{CSV}', ".name", "write a plain name"),
    ('name = "crm"\nkind = "csv"', ".folder", "required"),
    (f'name = "crm"\n{CSV}\nfoldr = "/x"', ".foldr", "known here: columns, every_minutes, folder, kind, name, pattern"),
    (f'name = "crm"\n{CSV}\npattern = "../*.csv"', ".pattern", "write a pattern"),
    (f'name = "crm"\n{CSV}\nevery_minutes = 0', ".every_minutes", "write 1 or more"),
    (f'name = "crm"\n{CSV}\ncolumns = {{ Id = "customer" }}', ".columns", "'customer', which is no column of ours"),
    (f'name = "crm"\n{SQL}\npassword = "hunter2"', ".password", "known here: columns, every_minutes, kind"),
    ('name = "crm"\nkind = "sql"\nurl = "postgresql://r:hunter2@db/crm"\nquery = "SELECT 1"', ".url", "password_file"),
    ('name = "crm"\nkind = "sql"\nurl = "mysql://db/crm?password=hunter2"\nquery = "SELECT 1"', ".url", "a secret"),
    (
        'name = "crm"\nkind = "sql"\nurl = "mssql+pyodbc:///?odbc_connect=UID%3Dr%3BPWD%3Dhunter2"\nquery = "SELECT 1"',
        ".url",
        "a secret",
    ),
    ('name = "crm"\nkind = "sql"\nurl = "the crm"\nquery = "SELECT 1"', ".url", "write an address such as"),
    ('name = "crm"\nkind = "sql"\nurl = "sqlite:////x.db"\nquery = "DELETE FROM a"', ".query", "SELECT or WITH"),
    ('name = "crm"\nkind = "sql"\nurl = "sqlite:////x.db"\nquery = "SELECT 1; SELECT 2"', ".query", "one statement"),
    (LDAP, ".name", "required"),
    ('name = "d"\n' + LDAP.replace("ldaps:", "ldap:"), "", "ldap:// is in clear"),
    (f'name = "d"\n{LDAP}\nstart_tls = true', "", "leave start_tls out"),
    (f'name = "d"\n{LDAP}\nbind_dn = "cn=reader"', "", "set bind_dn and password_file together"),
    (f'name = "d"\n{LDAP}\nfilter = "(a=b"', ".filter", "brackets do not match"),
    (f'name = "d"\n{LDAP}\nfilter = "a=b)("', ".filter", "brackets do not match"),
    ('name = "d"\n' + LDAP.replace('mail = "emails"', 'mail = "phone"'), "", "no attribute for emails"),
    ('name = "d"\n' + LDAP.replace("ldaps://", "ldaps://u:hunter2@"), ".url", "password_file"),
    ('name = "d"\n' + LDAP.replace("ldaps://", "https://"), ".url", 'such as "ldaps://'),
    ('name = "d"\n' + LDAP.replace("dc=operator,dc=example", ""), ".base", "at least 1 character"),
    ('name = "h"\nkind = "http"\nurl = "http://crm.internal/api"', ".url", "over https only"),
    ('name = "h"\nkind = "http"\nurl = "https://u:hunter2@crm.internal/api"', ".url", "token_file"),
    ('name = "h"\nkind = "http"\nurl = "https://crm.internal/api?api_key=hunter2"', ".url", "token_file"),
    ('name = "h"\nkind = "http"\nurl = "file:///etc/passwd"', ".url", 'such as "https://'),
    (f'name = "h"\n{HTTP}\nitems = "a..b"', ".items", "parted by dots"),
    (f'name = "h"\n{HTTP}\ncursor_parameter = "after"', "", "needs next"),
    (f'name = "h"\n{HTTP}\ntoken = "hunter2"', ".token", "known here"),
]


@pytest.mark.parametrize(("table", "key", "mend"), GALLERY, ids=range(len(GALLERY)))
def test_broken_source_is_explained(tmp_path: Path, table: str, key: str, mend: str) -> None:
    """One line names file, key and mend, and never what stands there as a secret."""
    file = tmp_path / "mailguard.toml"
    file.write_text(f"[[register.sources]]\n{table}\n")
    with pytest.raises(ConfigError) as caught:
        load_settings(file)
    assert caught.value.key == f"register.sources.0{key}"
    assert mend in caught.value.mend
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_two_sources_of_one_name_are_refused(tmp_path: Path) -> None:
    """Customers carry their source's name, so two sources may not share it, not even in another case."""
    file = tmp_path / "mailguard.toml"
    file.write_text(f'[[register.sources]]\nname = "crm"\n{CSV}\n[[register.sources]]\nname = "CRM"\n{SQL}\n')
    with pytest.raises(ConfigError, match="a name of its own"):
        load_settings(file)


def test_every_kind_is_read(tmp_path: Path) -> None:
    """Four tables, one of each kind, give four sources with their defaults."""
    file = tmp_path / "mailguard.toml"
    tables = (CSV, SQL, LDAP, HTTP)
    file.write_text("".join(f'[[register.sources]]\nname = "s{n}"\n{table}\n' for n, table in enumerate(tables)))
    sources = load_settings(file).register_.sources
    assert [type(source) for source in sources] == [CsvSource, SqlSource, LdapSource, HttpSource]
    assert {source.every_minutes for source in sources} == {60}


def test_sources_come_from_the_environment_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """The list is one variable, in JSON."""
    monkeypatch.setenv("MAILGUARD__REGISTER__SOURCES", '[{"name": "crm", "kind": "csv", "folder": "/srv/export"}]')
    (source,) = load_settings(None).register_.sources
    assert source.name == "crm"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "127.8.9.1"])
def test_loopback_may_be_without_tls(host: str) -> None:
    """What does not leave the machine needs no TLS."""
    assert HttpSource(name="h", kind="http", url=f"http://{host}:8000/").url


@pytest.mark.parametrize(
    "query",
    [
        "SELECT a FROM b",
        "  select 1;\n",
        "WITH x AS (SELECT 1) SELECT * FROM x",
        "-- all of them\nSELECT a /* ; */ FROM b -- the end; really",
        "SELECT 'a; DROP TABLE b' AS c",
        'SELECT "update", [delete], `into` FROM b',
        "SELECT updated_at, created, replace(a, 'x', 'y') FROM b",
        "SELECT $$ ; delete $$, 'it''s; insert'",
    ],
)
def test_a_query_that_reads_is_taken(query: str) -> None:
    """Comments, strings and quoted names may hold anything."""
    check_select(query)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "-- nothing",
        "UPDATE a SET b = 1",
        "SELECT 1; DROP TABLE a",
        "WITH x AS (DELETE FROM a RETURNING *) SELECT * FROM x",
        "SELECT * INTO b FROM a",
        "SELECT * FROM a FOR UPDATE",
        "EXPLAIN SELECT 1",
        "PRAGMA writable_schema = 1",
        "SELECT 'a' ; -- '\n DROP TABLE a",
        "selected",
    ],
)
def test_a_query_that_does_more_is_refused(query: str) -> None:
    """Whatever writes, or is more than one statement, is told at the start."""
    with pytest.raises(ValueError, match=r"write|only read"):
        check_select(query)
