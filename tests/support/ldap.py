"""A real OpenLDAP server for tests: its own folder, its own ports, gone afterwards."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.certificate import make_certificate
from tests.support.need import missing, need_program
from tests.support.ports import free_port, is_open
from tests.support.waiting import eventually

BASE = "dc=operator,dc=example"
READER = f"cn=reader,{BASE}"
PASSWORD = "a read-only password"

_CONFIG = """\
include {schema}/core.schema
include {schema}/cosine.schema
include {schema}/inetorgperson.schema
modulepath {modules}
moduleload back_mdb
pidfile {folder}/slapd.pid
TLSCertificateFile {certificate}
TLSCertificateKeyFile {key}
sizelimit size.soft=100 size.hard=100 size.pr=1000 size.prtotal={most}
disallow bind_anon
database mdb
maxsize 268435456
suffix "{base}"
directory {folder}/data
dbnosync
access to * by users read by anonymous auth by * none
"""
_TOP = f"""\
dn: {BASE}
objectClass: dcObject
objectClass: organization
dc: operator
o: Operator

dn: {READER}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: reader
userPassword: {PASSWORD}
"""


@dataclass
class Slapd:
    """A running server with people in it; `certificate` is what its TLS is checked against."""

    port: int
    tls_port: int
    certificate: Path
    folder: Path


@contextmanager
def start_slapd(ldif: str, *, host: str = "localhost", most: str = "unlimited") -> Iterator[Slapd]:
    """Start a server, for the length of the block, with the entries of an LDIF below `BASE` in it.

    Its certificate is for `host`. It gives 100 entries where no pages are asked for,
    1000 a page, and `most` in all.
    """
    slapd = need_program("slapd", "slapd")
    modules = next((str(path.parent) for path in sorted(Path("/usr/lib").glob("**/back_mdb.so"))), "")
    schema = Path("/etc/ldap/schema")
    if not modules or not schema.is_dir():
        missing("slapd's modules or schemas are not installed (Debian package: slapd)")
    folder = Path(tempfile.mkdtemp(prefix="mailguard-slapd-"))
    certificate, key = make_certificate(folder, host)
    (folder / "data").mkdir()
    config = folder / "slapd.conf"
    config.write_text(
        _CONFIG.format(
            schema=schema, modules=modules, folder=folder, certificate=certificate, key=key, most=most, base=BASE
        )
    )
    (folder / "people.ldif").write_text(_TOP + "\n" + ldif, encoding="utf-8")
    server = None
    try:
        load = [slapd, "-T", "add", "-q", "-f", str(config), "-l", str(folder / "people.ldif")]
        subprocess.run(load, check=True, capture_output=True)
        running = Slapd(free_port(), free_port(), certificate, folder)
        urls = f"ldap://127.0.0.1:{running.port}/ ldaps://127.0.0.1:{running.tls_port}/"
        server = subprocess.Popen(
            [slapd, "-f", str(config), "-h", urls, "-d", "0"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _wait(running.port, server)
        yield running
    finally:
        if server is not None:
            server.kill()
            server.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait(port: int, server: subprocess.Popen[bytes]) -> None:
    eventually(lambda: server.poll() is not None or is_open(port), every=0.02)
    if server.returncode is not None:
        missing(f"slapd does not start here (exit code {server.returncode})")
