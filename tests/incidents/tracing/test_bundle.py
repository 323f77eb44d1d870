"""The bundle of a trace, checked as a stranger would."""

import json
import random
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from zipfile import ZipFile

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlmodel import select

from mailguard.core.errors import InputError
from mailguard.incidents.tracing.bundle import check_bundle, write_bundle
from mailguard.incidents.tracing.journal import JournalLine, JournalRecipient, write_lines
from mailguard.incidents.tracing.trace import Subject, Wanted, trace
from mailguard.store.audit.evidence import signing_key
from mailguard.store.audit.evidence_check import check_evidence
from mailguard.store.store import Store
from mailguard.store.tables.audit import AuditRow
from tests.support.letters import CUSTOMER, SENDER, hold_letter


def bundle_of(store: Store, file: Path) -> Path:
    """Two messages about one customer, one of them held."""
    line = JournalLine(
        id="ABCDEFGH2222",
        at=store.clock(),
        reverse_path=SENDER,
        recipients=(JournalRecipient(CUSTOMER, "on_record"),),
        fate="passed",
        answer="250 2.0.0 Ok",
        size=2000,
        customers=("1001",),
    )
    write_lines(store, [line, replace(line, fate="held", case_id=hold_letter(store))])
    write_bundle(store, trace(store, Wanted(Subject.CUSTOMER, "1001")), file, "petra")
    return file


def test_a_stranger_checks_it_with_the_public_key_alone(any_store: Store, tmp_path: Path) -> None:
    """Every file is what was exported; the audit trail in it is evidence by itself; the export is in the chain."""
    file = bundle_of(any_store, tmp_path / "trace.zip")
    key = signing_key(any_store).public_key()
    checked = check_bundle(file, key)
    assert (checked.problems, checked.manifest["messages"], checked.manifest["exported_by"]) == ((), 2, "petra")
    with ZipFile(file) as bundle:
        assert len(json.loads(bundle.read("trace.json"))["messages"]) == 2
        (tmp_path / "audit.jsonl").write_bytes(bundle.read("audit.jsonl"))
    audit = check_evidence(tmp_path / "audit.jsonl", key)
    assert (audit.problems, audit.entries) == ((), 1)
    assert file.stat().st_mode & 0o777 == 0o600
    with any_store.reading() as session:
        entry = session.exec(select(AuditRow).where(AuditRow.act == "trace exported")).one()
    assert entry.details["sha256"] == sha256(file.read_bytes()).hexdigest()
    with pytest.raises(InputError, match="exists"):
        write_bundle(any_store, trace(any_store, Wanted(Subject.CUSTOMER, "1001")), file, "petra")


def test_any_change_is_found(store: Store, tmp_path: Path) -> None:
    """A file changed, left out or put in, a manifest changed, another key: each is told."""
    file = bundle_of(store, tmp_path / "trace.zip")
    key = signing_key(store).public_key()
    with ZipFile(file) as bundle:
        whole = {name: bundle.read(name) for name in bundle.namelist()}
    chance = random.Random(4)
    for number, name in enumerate([*whole] * 5):
        octets = bytearray(whole[name])
        octets[chance.randrange(len(octets) - 2)] ^= 1 << chance.randrange(7)
        changed = tmp_path / f"{number}.zip"
        with ZipFile(changed, "w") as bundle:
            for each, content in whole.items():
                bundle.writestr(each, bytes(octets) if each == name else content)
        try:
            assert check_bundle(changed, key).problems, f"{name} was changed"
        except InputError:
            assert name.startswith("manifest")
    for name, files in (
        ("left out", {each: content for each, content in whole.items() if each != "trace.csv"}),
        ("put in", whole | {"more.txt": b"more"}),
    ):
        changed = tmp_path / f"{name}.zip"
        with ZipFile(changed, "w") as bundle:
            for each, content in files.items():
                bundle.writestr(each, content)
        assert check_bundle(changed, key).problems, name
    assert check_bundle(file, Ed25519PrivateKey.generate().public_key()).problems
    (tmp_path / "no.zip").write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(InputError):
        check_bundle(tmp_path / "no.zip", key)
