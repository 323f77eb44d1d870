"""Anchors go where the database cannot reach: to a file, to syslog, to the log."""

import os
import socket
from pathlib import Path

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from mailguard.app.anchoring import Anchoring, write_anchor
from mailguard.core.errors import StoreError
from mailguard.core.settings import AuditSettings
from mailguard.store.audit.anchor import find_anchors
from mailguard.store.store import Store
from tests.conftest import TurnableClock
from tests.store.audit.tamperings import disarm


def _add(store: Store, entries: int) -> None:
    with store.writing() as session:
        for _ in range(entries):
            store.audit.append(session, "view", actor="anna", at=store.clock())


def test_file_gets_a_line_each_time(store: Store, tmp_path: Path) -> None:
    """Appended, mode 0640 whatever the umask; what stood there before, and its mode, stay."""
    file = tmp_path / "anchors"
    before = os.umask(0o077)
    try:
        first = write_anchor(store, AuditSettings(anchor_file=file))
    finally:
        os.umask(before)
    assert file.stat().st_mode & 0o777 == 0o640
    file.chmod(0o660)
    _add(store, 3)
    second = write_anchor(store, AuditSettings(anchor_file=file))
    assert file.read_text().splitlines() == [str(first), str(second)]
    assert (first.seq, second.seq) == (0, 3)
    assert file.stat().st_mode & 0o777 == 0o660


def test_syslog_gets_the_line(store: Store, tmp_path: Path) -> None:
    """As a datagram of facility auth, as rsyslog and journald read it from /dev/log."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "log"))
        anchor = write_anchor(store, AuditSettings(anchor_syslog=True), tmp_path / "log")
        got = listening.recv(4096).decode()
    assert got.startswith("<38>mailguard: mailguard-audit-anchor seq=0 ")
    assert [str(found) for found in find_anchors(got).anchors] == [str(anchor)]


def test_log_has_it_where_nothing_is_configured(store: Store) -> None:
    """The line as `audit verify --anchors` finds it in the log."""
    with capture_logs() as logs:
        anchor = write_anchor(store, AuditSettings())
    assert [entry["line"] for entry in logs if entry["event"] == "audit anchor"] == [str(anchor)]


def test_chain_that_no_longer_fits_is_told_by_itself(store: Store, tmp_path: Path) -> None:
    """A cut-off end with the head set back is an error in the log at the next anchor; the first one is written too."""
    settings = AuditSettings(anchor_file=tmp_path / "anchors")
    _add(store, 5)
    lost = write_anchor(store, settings)
    disarm(store)
    with store.writing() as session:
        digest = session.execute(text("SELECT digest FROM audit WHERE seq = 2")).scalar_one()
        session.execute(text("DELETE FROM audit WHERE seq > 2"))
        session.execute(text(f"UPDATE audit_head SET seq = 2, digest = '{digest}'"))
    with capture_logs() as logs:
        write_anchor(store, settings)
    told = [entry for entry in logs if entry["log_level"] == "error"]
    assert [(entry["anchor"], entry["problem"]) for entry in told] == [
        (str(lost), "entry 5 is missing: the chain ends at 2")
    ]
    assert len((tmp_path / "anchors").read_text().splitlines()) == 2


def test_place_that_cannot_be_written_to_is_named_and_tried_again(
    store: Store, tmp_path: Path, clock: TurnableClock
) -> None:
    """No folder, no syslog: both are named. Once they are there the next look writes, and then every anchor_hours."""
    file = tmp_path / "later" / "anchors"
    settings = AuditSettings(anchor_file=file, anchor_syslog=True, anchor_hours=6)
    with pytest.raises(StoreError, match=r"anchors: No such file or directory; .*nowhere: No such file"):
        write_anchor(store, settings, tmp_path / "nowhere")
    anchoring = Anchoring(store, AuditSettings(anchor_file=file, anchor_hours=6))
    with pytest.raises(StoreError):
        anchoring.look()
    file.parent.mkdir()
    for hours in (0, 1, 4, 1, 5, 1):
        clock.turn(hours=hours)
        anchoring.look()
    assert [line.split()[3] for line in file.read_text().splitlines()] == [
        "at=2026-11-16T09:00:00+00:00",
        "at=2026-11-16T15:00:00+00:00",
        "at=2026-11-16T21:00:00+00:00",
    ]


def test_no_link_is_followed(store: Store, tmp_path: Path) -> None:
    """A link in a folder that others write to would let them send the line into any file of ours."""
    (tmp_path / "anchors").symlink_to(tmp_path / "guard.key")
    before = (tmp_path / "guard.key").read_bytes()
    with pytest.raises(StoreError, match="symbolic links"):
        write_anchor(store, AuditSettings(anchor_file=tmp_path / "anchors"))
    assert (tmp_path / "guard.key").read_bytes() == before
