"""A real Postfix of the tests' own: temporary configuration and queue, loopback ports, never the system's."""

import os
import pwd
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.need import missing, need_program
from tests.support.ports import free_port
from tests.support.waiting import PATIENCE

SNIPPET = Path(__file__).parents[2] / "deploy" / "postfix" / "main.cf.snippet"
_SERVICES = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
tlsmgr    unix - - n 1000? 1 tlsmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
verify    unix - - n - 1 verify
flush     unix n - n 1000? 0 flush
proxymap  unix - - n - - proxymap
smtp      unix - - n - - smtp
relay     unix - - n - - smtp
showq     unix n - n - - showq
error     unix - - n - - error
retry     unix - - n - - error
discard   unix - - n - - discard
virtual   unix - n n - - virtual
anvil     unix - - n - 1 anvil
scache    unix - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""
_BASE = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
myhostname = postfix.example
mydestination =
inet_interfaces = loopback-only
inet_protocols = ipv4
alias_maps =
alias_database =
local_recipient_maps =
smtpd_peername_lookup = no
smtp_host_lookup = native
disable_dns_lookups = yes
{delivery}
"""
_TO_FILES = """\
virtual_mailbox_domains = static:all
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = static:inbox/
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
virtual_mailbox_limit = 0
"""


@dataclass(frozen=True)
class Postfix:
    """A running server."""

    port: int
    folder: Path

    @property
    def letters(self) -> list[bytes]:
        """What was delivered to the Maildir (LF line ends, as Postfix stores it)."""
        return [file.read_bytes() for file in sorted((self.folder / "mail" / "inbox" / "new").glob("*"))]

    @property
    def log(self) -> str:
        """Its mail log."""
        file = self.folder / "mail.log"
        return file.read_text(errors="replace") if file.exists() else ""


@contextmanager
def start_postfix(*, relay_to: int | None = None, settings: str = "", services: str = "") -> Iterator[Postfix]:
    """Run Postfix with the shipped snippet until the block ends, in a temporary folder of its own.

    It delivers into a Maildir there, or everything to the loopback port `relay_to`. `settings` are further lines of
    main.cf, `services` of master.cf.

    Skips without Postfix or without root (its daemons change their user), fails under CI.
    """
    # Not in pytest's folders: those are for root alone, and each run of pytest makes them so again.
    with (
        tempfile.TemporaryDirectory(prefix="mailguard-postfix-", ignore_cleanup_errors=True) as folder,
        _started(Path(folder), relay_to, settings, services) as server,
    ):
        yield server


@contextmanager
def _started(folder: Path, relay_to: int | None, settings: str, services: str) -> Iterator[Postfix]:
    postfix = need_program("postfix", "postfix")
    if os.geteuid() != 0:
        missing("Postfix can only be started by root")
    # Daemons run as user postfix and must get through to their queue.
    owner = pwd.getpwnam("postfix")
    for name in ("config", "queue", "data", "mail"):
        (folder / name).mkdir(parents=True)
    for part in (folder, *folder.parents):
        if part != Path("/") and not part.stat().st_mode & 0o001:
            part.chmod(part.stat().st_mode | 0o011)
    for name in ("data", "mail"):
        os.chown(folder / name, owner.pw_uid, owner.pw_gid)
    port = free_port()
    to_files = _TO_FILES.format(folder=folder, uid=owner.pw_uid, gid=owner.pw_gid)
    delivery = to_files if relay_to is None else f"relayhost = [127.0.0.1]:{relay_to}\n"
    main = _BASE.format(folder=folder, delivery=delivery) + SNIPPET.read_text(encoding="utf-8") + settings
    (folder / "config" / "main.cf").write_text(main, encoding="utf-8")
    (folder / "config" / "master.cf").write_text(_SERVICES.format(port=port) + services, encoding="utf-8")
    command = [postfix, "-c", str(folder / "config")]
    started = subprocess.run([*command, "start"], capture_output=True, text=True, timeout=PATIENCE, check=False)
    try:
        assert started.returncode == 0, started.stderr + Postfix(port, folder).log
        yield Postfix(port, folder)
    finally:
        subprocess.run([*command, "stop"], capture_output=True, timeout=PATIENCE, check=False)
