"""What others run in the guard's place: HAProxy, a Postfix relay, rspamd as its milter, amavisd alone and within one.

Each takes part when its Debian package is installed (haproxy, postfix, rspamd, amavisd-new); all but HAProxy need root,
for they change their user.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.systems import (
    AMAVISD,
    AMAVISD_BETWEEN,
    HAPROXY,
    RELAY,
    RSPAMD,
    System,
    find_program,
    listens,
    running,
    wait_until,
)
from tests.support.ports import free_port
from tests.support.postfix import Postfix, start_postfix

_WORDS = (
    "pin puk passwort password salasana lösenord hasło wachtwoord kennwort tunnusluku zugangscode toegangscode kod "
    "aktivointikoodi aktiveringskod freischaltcode verifikationskod vahvistuskoodi access.code pin.code security.code "
    "one.time.code activation.code api.key secret.key private.key login username benutzername käyttäjätunnus"
).split()
_SHAPES = (
    r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}\b",
    r"\b\d{4}[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}\b",
    r"\b\d{6}[-+A]\d{3}[0-9A-Y]\b",
    r"\b\d{6}[-+]\d{4}\b",
    r"\b\d{11}\b",
    r"\b\d{9}\b",
    r"\b(?:born|geboren|syntynyt|född|urodzony)\b.{0,12}\d{1,2}[.\/-]\d{1,2}[.\/-]\d{2,4}",
    r"\b[A-Z]{2}\d{7}\b",
    r"-----BEGIN [A-Z ]*PRIVATE KEY",
    r"\bsk_live_[0-9a-zA-Z]{24}\b",
    r"\bAKIA[0-9A-Z]{16}\b",
    r"\bghp_[0-9A-Za-z]{36}\b",
    r"\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}\b",
    r"https?:\/\/[^\s\/:]+:[^\s@]+@",
    r"\b(?:kundnummer|asiakasnumero|kundennummer|klantnummer|customer number)\b.{0,10}\d{4,10}",
    r"\b(?:invoice|lasku|faktura|rechnung|factuur)\b.{0,10}\d{4,10}",
    r"\b(?:passport|passi|pass|paszport|paspoort)\b.{0,20}[A-Z]{1,2}\d{6,8}",
    r"\+\d{2,3}[ -]?\d{2,3}[ -]?\d{3,4}[ -]?\d{3,4}",
    r"\b\d{2}-\d{3}\b",
    r"\b\d{4} ?[A-Z]{2}\b",
)
"""About what the guard's own rules look for; 50 with the words, as a site with nothing but rspamd would write them."""


def start_peers(folder: Path, sink: int) -> Iterator[AbstractContextManager[System]]:
    """Those that are installed, each ready to be started."""
    if haproxy := find_program("haproxy"):
        yield _haproxy(haproxy, folder / "haproxy", sink)
    if os.geteuid() == 0 and find_program("postfix"):
        yield _postfix(sink)
        if rspamd := find_program("rspamd"):
            yield _rspamd(rspamd, sink)
    if os.geteuid() == 0 and (amavisd := find_program("amavisd") or find_program("amavisd-new")):
        yield _amavisd(amavisd, sink)
        if find_program("postfix"):
            yield _amavisd_between(amavisd, sink)


@contextmanager
def _haproxy(program: str, folder: Path, sink: int) -> Iterator[System]:
    folder.mkdir()
    port = free_port()
    (folder / "haproxy.cfg").write_text(
        "defaults\n mode tcp\n timeout connect 5s\n timeout client 60s\n timeout server 60s\n"
        f"listen smtp\n bind 127.0.0.1:{port}\n server sink 127.0.0.1:{sink}\n",
        encoding="utf-8",
    )
    with running(program, "-db", "-f", folder / "haproxy.cfg", ready=lambda: listens(port)) as pid:
        yield System(HAPROXY, port, (pid,))


@contextmanager
def _postfix(sink: int) -> Iterator[System]:
    with start_postfix(relay_to=sink) as postfix:
        wait_until(lambda: listens(postfix.port), RELAY)
        yield System(RELAY, postfix.port, (_master(postfix),))


@contextmanager
def _rspamd(program: str, sink: int) -> Iterator[System]:
    """Regular expressions and nothing else, over a Unix socket: over TCP each message waits 50 ms for Nagle."""
    with _place_for("_rspamd") as place:
        socket = place / "own" / "milter.sock"
        file = place / "rspamd.conf"
        file.write_text(_rspamd_conf(place / "own", socket), encoding="utf-8")
        (place / "own" / "tld.dat").write_text("example\ncom\norg\nfi\n", encoding="utf-8")
        command = (program, "-f", "-u", "_rspamd", "-g", "_rspamd", "-c", file)
        with running(*command, ready=socket.exists) as pid:
            milter = f"smtpd_milters = unix:{socket}\nmilter_default_action = tempfail\n"
            with start_postfix(relay_to=sink, settings=milter) as postfix:
                wait_until(lambda: listens(postfix.port), RSPAMD)
                yield System(RSPAMD, postfix.port, (pid, _master(postfix)))


def _rspamd_conf(own: Path, socket: Path) -> str:
    patterns = [rf"\b{word}\b.{{0,24}}\w{{4,16}}" for word in _WORDS] + list(_SHAPES)
    rules = "".join(f"  BENCH_{number} = '/{pattern}/i{{mime}}';\n" for number, pattern in enumerate(patterns))
    weights = "".join(f'  symbol {{ name = "BENCH_{number}"; weight = 0.01; }}\n' for number in range(len(patterns)))
    return f"""
options {{
  pidfile = "{own}/pid"; cache_file = "{own}/cache"; history_file = "{own}/history"; dynamic_conf = "{own}/dynamic";
  hs_cache_dir = "{own}"; tempdir = "{own}"; url_tld = "{own}/tld.dat"; filters = "regexp"; explicit_modules = [];
  dns {{ nameserver = ["127.0.0.1:9"]; }}
}}
logging {{ type = "file"; filename = "{own}/log"; level = "warning"; }}
worker "rspamd_proxy" {{
  bind_socket = "{socket} mode=0666"; milter = yes; timeout = 120s; count = {os.cpu_count()};
  upstream "local" {{ default = yes; self_scan = yes; }}
}}
metric {{ name = "default"; actions {{ reject = 100000; add_header = 99999; greylist = 99998; }}
{weights}}}
regexp {{
{rules}}}
"""


@contextmanager
def _amavisd(program: str, sink: int) -> Iterator[System]:
    with _amavisd_before(program, sink) as (port, pid):
        yield System(AMAVISD, port, (pid,))


@contextmanager
def _amavisd_between(program: str, sink: int) -> Iterator[System]:
    """Before the queue, as the guard may stand: a first smtpd asks it in the dialogue, a second one queues."""
    front, behind = free_port(), free_port()
    with _amavisd_before(program, behind) as (port, pid):
        services = (
            f"127.0.0.1:{front} inet n - n - - smtpd\n  -o smtpd_proxy_filter=127.0.0.1:{port}\n"
            f"127.0.0.1:{behind} inet n - n - - smtpd\n  -o smtpd_authorized_xforward_hosts=127.0.0.0/8\n"
        )
        with start_postfix(relay_to=sink, services=services) as postfix:
            wait_until(lambda: listens(front) and listens(behind), AMAVISD_BETWEEN)
            yield System(AMAVISD_BETWEEN, front, (pid, _master(postfix)))


@contextmanager
def _amavisd_before(program: str, next_hop: int) -> Iterator[tuple[int, int]]:
    """Its port and process id. It checks nothing: it takes a message, gives it on, and answers."""
    with _place_for("amavis") as place:
        port, own = free_port(), place / "own"
        (own / "tmp").mkdir()
        shutil.chown(own / "tmp", "amavis", "amavis")
        file = place / "amavisd.conf"
        file.write_text(
            f"""use strict;
$daemon_user = 'amavis'; $daemon_group = 'amavis';
$MYHOME = '{own}'; $TEMPBASE = '{own}/tmp'; $helpers_home = '{own}'; $db_home = undef; $QUARANTINEDIR = undef;
$pid_file = '{own}/pid'; $lock_file = '{own}/lock'; $logfile = '{own}/log'; $log_level = 0; $do_syslog = 0;
$enable_db = 0; $enable_zmq = 0; $unix_socketname = undef;
$inet_socket_bind = '127.0.0.1'; $inet_socket_port = {port};
$mydomain = 'operator.example'; $myhostname = 'amavis.example';
# A process for each of the generator's kept sessions, and none of them gives up in the midst of one.
$max_servers = 12; $max_requests = 0;
$forward_method = 'smtp:[127.0.0.1]:{next_hop}'; $notify_method = $forward_method;
@bypass_virus_checks_maps = (1); @bypass_spam_checks_maps = (1);
@bypass_banned_checks_maps = (1); @bypass_header_checks_maps = (1);
$bypass_decode_parts = 1; $enable_dkim_verification = 0; $enable_dkim_signing = 0;
1;
""",
            encoding="utf-8",
        )
        with running(program, "-c", file, "foreground", ready=lambda: listens(port)) as pid:
            yield port, pid


@contextmanager
def _place_for(user: str) -> Iterator[Path]:
    """A folder of root's with one in it, `own`, that is the user's: amavisd reads no file that it could write."""
    with TemporaryDirectory(prefix="mailguard-bench-peer-", ignore_cleanup_errors=True) as folder:
        place = Path(folder)
        place.chmod(0o755)
        (place / "own").mkdir(mode=0o755)
        shutil.chown(place / "own", user)
        yield place


def _master(postfix: Postfix) -> int:
    return int((postfix.folder / "queue" / "pid" / "master.pid").read_text(encoding="ascii"))
