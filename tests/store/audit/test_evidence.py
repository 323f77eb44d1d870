"""Evidence: a part of the chain that strangers can check with the public key alone."""

import base64
import json
import subprocess
from pathlib import Path
from random import Random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from mailguard.core.errors import InputError
from mailguard.store.audit.evidence import public_pem, signing_key
from mailguard.store.audit.evidence_check import (
    Checked,
    against_store,
    check_evidence,
    head_problem,
    load_public_key,
)
from mailguard.store.audit.export import Exported, export_evidence
from mailguard.store.audit.slice import Choice
from mailguard.store.keys.rotation import rotate
from mailguard.store.store import Store
from tests.conftest import TurnableClock
from tests.store.audit.tamperings import disarm


@pytest.fixture
def filled(any_store: Store, clock: TurnableClock) -> Store:
    """Twelve acts an hour apart: two cases, two people, one of whom is also acted on."""
    with any_store.writing() as session:
        for number in range(12):
            case_id = (None, "MG-AAAA-AAAA", "MG-BBBB-BBBB")[number % 3]
            details = {"user": "anna"} if number == 3 else {"note": "ask an%na\u202e", "to": ["x", {"who": "bo"}]}
            actor = ("anna", "bo")[number % 2]
            any_store.audit.append(session, "act", actor=actor, at=clock(), case_id=case_id, details=details)
            clock.turn(hours=1)
    return any_store


def _export(store: Store, file: Path, choice: Choice) -> Exported:
    return export_evidence(store, choice, file, "root", lambda done, total: None)


def _check(store: Store, file: Path, *, with_store: bool = False) -> Checked:
    key = signing_key(store).public_key()
    if not with_store:
        return check_evidence(file, key)
    with store.reading() as session:
        return check_evidence(file, key, against_store(store.audit, session))


def _numbers(file: Path) -> list[int]:
    return [json.loads(line)["seq"] for line in file.read_text().splitlines()[1:-1]]


@pytest.mark.parametrize(
    ("choice", "numbers"),
    [
        (Choice(cases=("MG-AAAA-AAAA",)), [2, 5, 8, 11]),
        (Choice(person="anna"), [1, 3, 4, 5, 7, 9, 11]),
        (Choice(person="bo", cases=("MG-BBBB-BBBB",)), [3, 6, 9, 12]),
        (Choice(person="ANNA", since=None), []),
        (Choice(person="an%na"), []),
    ],
)
def test_slice_has_what_was_chosen(filled: Store, tmp_path: Path, choice: Choice, numbers: list[int]) -> None:
    """By case; by person, who acted or is named in the details; both at once. Nothing at all is no evidence."""
    file = tmp_path / "evidence.jsonl"
    if not numbers:
        with pytest.raises(InputError, match="no audit entry fits"):
            _export(filled, file, choice)
        assert list(tmp_path.glob(".evidence*")) == []
        return
    assert _export(filled, file, choice).entries == len(numbers)
    assert _numbers(file) == numbers
    for with_store in (False, True):
        checked = _check(filled, file, with_store=with_store)
        assert (checked.entries, checked.problems) == (len(numbers), ())


def test_slice_of_a_time(filled: Store, tmp_path: Path, clock: TurnableClock) -> None:
    """From a moment on, and before another."""
    first = clock().replace(hour=9)
    clock_times = Choice(since=first.replace(hour=11), until=first.replace(hour=14))
    _export(filled, tmp_path / "evidence.jsonl", clock_times)
    assert _numbers(tmp_path / "evidence.jsonl") == [3, 4, 5]


def test_export_is_itself_in_the_chain(filled: Store, tmp_path: Path) -> None:
    """Who, what was chosen, and the digest of the file; the file is for its owner alone and never written over."""
    file = tmp_path / "evidence.jsonl"
    exported = _export(filled, file, Choice(cases=("MG-AAAA-AAAA",)))
    assert file.stat().st_mode & 0o777 == 0o600
    with filled.reading() as session:
        row = session.execute(text("SELECT act, actor, case_id, CAST(details AS TEXT) FROM audit WHERE seq = 13")).one()
        assert filled.audit.verify(session) == (13, None)
    assert tuple(row[:3]) == ("evidence exported", "command line", "MG-AAAA-AAAA")
    assert json.loads(row[3]) == {"by": "root", "cases": "MG-AAAA-AAAA", "entries": 4, "sha256": exported.sha256}
    with pytest.raises(InputError, match="exists"):
        _export(filled, file, Choice(person="bo"))
    assert _numbers(file) == [2, 5, 8, 11]


def test_evidence_is_checked_with_other_tools_too(store: Store, tmp_path: Path) -> None:
    """OpenSSL and sha256 agree, with the public key as `audit public-key` prints it."""
    with store.writing() as session:
        store.audit.append(session, "act", actor="anna", at=store.clock())
    _export(store, tmp_path / "evidence.jsonl", Choice(person="anna"))
    last = json.loads((tmp_path / "evidence.jsonl").read_bytes().splitlines()[-1])
    (tmp_path / "key.pem").write_text(public_pem(signing_key(store).public_key()))
    (tmp_path / "said").write_text(f"mailguard evidence 1 sha256 {last['sha256']}\n")
    (tmp_path / "signature").write_bytes(base64.b64decode(last["signature"]))
    call = "openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in said -sigfile signature"
    assert subprocess.run(call.split(), cwd=tmp_path, check=False).returncode == 0
    head = subprocess.run("head -n -1 evidence.jsonl | sha256sum", shell=True, cwd=tmp_path, capture_output=True)
    assert head.stdout.split()[0].decode() == last["sha256"]
    assert load_public_key(tmp_path / "key.pem") == signing_key(store).public_key()


def test_no_change_to_the_file_is_believed(store: Store, tmp_path: Path) -> None:
    """300 random changes of octets, lines and lengths: each is found with the public key alone."""
    with store.writing() as session:
        for number in range(6):
            store.audit.append(session, "act", actor="anna", at=store.clock(), details={"n": number})
    file, changed = tmp_path / "evidence.jsonl", tmp_path / "changed.jsonl"
    _export(store, file, Choice(person="anna"))
    whole, random = file.read_bytes(), Random(20261122)
    lines = whole.splitlines(keepends=True)
    for _ in range(300):
        one, other = random.sample(range(len(lines)), 2)
        at = random.randrange(len(whole) - len(lines[-1]))
        swapped = [*lines]
        swapped[one], swapped[other] = lines[other], lines[one]
        bad = random.choice(
            [
                whole[:at] + bytes([whole[at] ^ 1 << random.randrange(8)]) + whole[at + 1 :],
                whole[:at] + whole[at + 1 :],
                whole[:at],
                b"".join(swapped),
                b"".join(lines[:one] + lines[one + 1 :]),
                b"".join([*lines[:one], lines[other], *lines[one:]]),
                whole + lines[one],
            ]
        )
        changed.write_bytes(bad)
        try:
            found = bool(_check(store, changed).problems)
        except InputError:
            found = True
        assert found, bad


def test_another_key_is_named(store: Store, tmp_path: Path) -> None:
    """Evidence of another guard, or with a key of the forger's own, does not pass with ours."""
    with store.writing() as session:
        store.audit.append(session, "act", actor="anna", at=store.clock())
    file = tmp_path / "evidence.jsonl"
    _export(store, file, Choice(person="anna"))
    checked = check_evidence(file, Ed25519PrivateKey.generate().public_key())
    assert (checked.header, checked.entries) == ({}, 0)
    assert checked.problems[0].startswith("it was signed with the public key")


@given(content=st.binary(max_size=200) | st.text(max_size=100).map(lambda t: json.dumps(t).encode() + b"\n{}"))
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_other_files_are_no_evidence(tmp_path: Path, content: bytes) -> None:
    """Whatever they hold: one error that says so."""
    file = tmp_path / "other"
    file.write_bytes(content)
    with pytest.raises(InputError, match="no evidence"):
        check_evidence(file, Ed25519PrivateKey.generate().public_key())
    with pytest.raises(InputError, match="no Ed25519 public key"):
        load_public_key(file)


def test_store_says_what_was_changed_since(filled: Store, tmp_path: Path) -> None:
    """Evidence outlives the chain: what is gone or another one on record is named, and a head that is no more."""
    file = tmp_path / "evidence.jsonl"
    _export(filled, file, Choice(cases=("MG-AAAA-AAAA",)))
    disarm(filled)
    with filled.writing() as session:
        session.execute(text("DELETE FROM audit WHERE seq IN (5, 12)"))
        session.execute(text("UPDATE audit SET digest = previous WHERE seq = 8"))
    checked = _check(filled, file, with_store=True)
    assert checked.problems == ("entry 5 is no longer on record", "entry 8 is another one on record")
    with filled.reading() as session:
        assert head_problem(session, checked.header) == "is no longer on record"


def test_evidence_of_a_broken_chain_says_so(filled: Store, tmp_path: Path) -> None:
    """It is needed most then; neither the export nor the check is silent about it."""
    disarm(filled)
    with filled.writing() as session:
        session.execute(text("UPDATE audit SET actor = 'eve' WHERE seq = 2"))
    file = tmp_path / "evidence.jsonl"
    assert _export(filled, file, Choice(cases=("MG-AAAA-AAAA",))).broken == "entry 2 has been changed"
    problem = "the chain was broken when this was exported: entry 2 has been changed"
    assert _check(filled, file).problems == (problem,)


def test_evidence_from_before_an_exchange_of_keys(store: Store, tmp_path: Path) -> None:
    """With the old public key it goes on being good, and the store knows its entries still."""
    with store.writing() as session:
        store.audit.append(session, "act", actor="anna", at=store.clock())
    file, old = tmp_path / "evidence.jsonl", signing_key(store).public_key()
    _export(store, file, Choice(person="anna"))
    rotate(store, "command line", lambda done, total: None, node="here")
    assert _check(store, file).problems[0].startswith("it was signed with the public key")
    with store.reading() as session:
        assert check_evidence(file, old, against_store(store.audit, session)).problems == ()


def test_what_a_deputy_did_is_found_under_both_names(any_store: Store, tmp_path: Path, clock: TurnableClock) -> None:
    """An actor `berta for anna` belongs to the slice of either, and of nobody whose name is a part of theirs."""
    with any_store.writing() as session:
        any_store.audit.append(session, "decision: approve", actor="berta for anna", at=clock())
    for name in ("berta", "anna", "berta for anna"):
        _export(any_store, tmp_path / f"{name}.jsonl", Choice(person=name))
        assert _numbers(tmp_path / f"{name}.jsonl")[-1] == 1
    for name in ("ann", "erta", "a for anna"):
        with pytest.raises(InputError, match="no audit entry fits"):
            _export(any_store, tmp_path / "none.jsonl", Choice(person=name))
