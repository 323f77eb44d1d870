"""A real OpenLDAP as a source."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mailguard.core.errors import SourceError
from mailguard.core.settings.sources import LdapSource
from mailguard.customers.sources import ldap
from tests.customers.sources.fetching import fetch
from tests.support.ldap import BASE, PASSWORD, READER, Slapd, start_slapd
from tests.support.waiting import PATIENCE
from tests.support.web import serve_bytes

COLUMNS = {"employeeNumber": "customer_id", "givenName": "first_name", "sn": "last_name", "MAIL": "emails"}
PEOPLE = 2500


def person(number: int) -> str:
    """One entry, with two addresses."""
    return (
        f"dn: uid=u{number},{BASE}\nobjectClass: inetOrgPerson\nuid: u{number}\nemployeeNumber: {number}\n"
        f"givenName: Mätti\nsn: Virtanen\ncn: x\nmail: a{number}@post.example\nmail: b{number}@post.example\n"
    )


@pytest.fixture(scope="module")
def slapd() -> Iterator[Slapd]:
    """A directory of 2500 people, which gives 1000 at most in one page."""
    with start_slapd("\n".join(person(number) for number in range(PEOPLE))) as server:
        yield server


def source(slapd: Slapd, tmp_path: Path, **values: Any) -> LdapSource:
    """A source on that directory, over LDAPS."""
    password = tmp_path / "ldap.password"
    if not password.exists():
        password.write_text(f"{PASSWORD}\n")
    usual = {
        "name": "people",
        "kind": "ldap",
        "url": f"ldaps://localhost:{slapd.tls_port}",
        "ca_file": slapd.certificate,
        "bind_dn": READER,
        "password_file": password,
        "base": BASE,
        "columns": COLUMNS,
    }
    return LdapSource.model_validate(usual | values)


@pytest.mark.parametrize("tls", ["ldaps", "starttls"])
def test_all_pages_come_under_tls(slapd: Slapd, tmp_path: Path, tls: str) -> None:
    """Every one of more than a thousand entries comes once, with several values in one cell, whatever the case."""
    plain = {"url": f"ldap://localhost:{slapd.port}", "start_tls": True}
    rows = fetch(source(slapd, tmp_path, **(plain if tls == "starttls" else {})))
    assert len(rows) == PEOPLE
    assert {row["employeeNumber"] for row in rows} == {str(number) for number in range(PEOPLE)}
    first = next(row for row in rows if row["employeeNumber"] == "7")
    assert first["givenName"] == "Mätti"
    assert first["MAIL"] == "a7@post.example;b7@post.example"


def test_filter_and_small_pages(slapd: Slapd, tmp_path: Path) -> None:
    """The filter chooses, and the size of a page does not matter."""
    rows = fetch(source(slapd, tmp_path, filter="(employeeNumber=1*)", page_size=7))
    assert len(rows) == len([number for number in range(PEOPLE) if str(number).startswith("1")])


def test_a_list_cut_off_by_a_limit_is_no_list(tmp_path: Path) -> None:
    """A server that stops after its limit answers with what it has; that must not pass for the whole."""
    people = "\n".join(person(number) for number in range(300))
    with start_slapd(people, most="120") as small, pytest.raises(SourceError, match="cut off after 100 entries: "):
        fetch(source(small, tmp_path, page_size=50))


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"ca_file": None}, "CERTIFICATE_VERIFY_FAILED"),
        ({"bind_dn": f"cn=nobody,{BASE}"}, "refuses bind_dn and its password: invalidCredentials"),
        ({"bind_dn": "", "password_file": None}, "inappropriateAuthentication"),
        ({"base": "dc=elsewhere"}, "cut off after 0 entries: noSuchObject"),
        ({"filter": "(&(a)(b=))"}, "search failed"),
        ({"url": "ldaps://127.0.0.1:9"}, "cannot be reached"),
        ({"ca_file": Path("/nowhere/ca.pem")}, "cannot be"),
    ],
)
def test_trouble_is_told(slapd: Slapd, tmp_path: Path, values: dict[str, Any], says: str) -> None:
    """A wrong certificate, login, base or filter, and nobody there: each in its own words."""
    with pytest.raises(SourceError, match=says) as caught:
        fetch(source(slapd, tmp_path, **values))
    assert PASSWORD not in str(caught.value)


@pytest.mark.parametrize("tls", ["ldaps", "starttls"])
def test_a_certificate_for_another_host_is_refused(tmp_path: Path, tls: str) -> None:
    """Signed by a trusted authority is not enough: it must be this host's."""
    with start_slapd(person(1), host="other.example") as elsewhere:
        plain = {"url": f"ldap://localhost:{elsewhere.port}", "start_tls": True}
        with pytest.raises(SourceError, match="certificate is not for the host name"):
            fetch(source(elsewhere, tmp_path, **(plain if tls == "starttls" else {})))


@pytest.mark.parametrize("tls", ["ldaps", "starttls"])
@pytest.mark.parametrize(
    "octets", [b"", bytes(100), b"\x30\x84\xff\xff\xff\xff" * 50, b"HTTP/1.1 400 Bad Request\r\n\r\n"]
)
def test_what_is_no_directory_is_told(slapd: Slapd, tmp_path: Path, tls: str, octets: bytes) -> None:
    """Somebody else at that port: a closed connection, zeros, lengths beyond reason, another protocol."""
    with serve_bytes(lambda client: client.sendall(octets)) as port:
        scheme, plain = ("ldap", True) if tls == "starttls" else ("ldaps", False)
        with pytest.raises(SourceError, match="cannot be reached"):
            fetch(source(slapd, tmp_path, url=f"{scheme}://127.0.0.1:{port}", start_tls=plain))


def test_a_silent_directory_is_left(slapd: Slapd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for ever for an answer."""
    monkeypatch.setattr(ldap, "_ANSWER_SECONDS", 1)
    gone = threading.Event()

    def listen(client: socket.socket) -> None:
        gone.wait(PATIENCE)

    with serve_bytes(listen) as port:
        silent = source(slapd, tmp_path, url=f"ldap://127.0.0.1:{port}", start_tls=True)
        with pytest.raises(SourceError, match="timed out"):
            fetch(silent)
        gone.set()


def test_empty_password_is_never_sent(slapd: Slapd, tmp_path: Path) -> None:
    """A directory would take it for an anonymous bind."""
    (tmp_path / "ldap.password").write_text("\n")
    with pytest.raises(SourceError, match="write the secret into it"):
        fetch(source(slapd, tmp_path))
