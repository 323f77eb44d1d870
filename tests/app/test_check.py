"""`mailguard check`: the contract's JSON and exit codes, for every kind of input."""

import json
import mailbox
from pathlib import Path
from typing import Any

from tests.support.guard import GuardProcess
from tests.support.letters import write_letter

PAPERS = "Hei Matti Virtanen,\n\nAsiakasnumero: 1001\nTilaus on vahvistettu.\n"
PIN = "Hei,\n\nPIN-koodisi on 4826.\n"
CLEAN = "Hei,\n\nnähdään torstaina kello 14.\n"
RIGHT, NAMESAKE = "matti.virtanen@post.example", "m.virtanen@mail.example"


def _lines(guard: GuardProcess, *arguments: str, code: int) -> list[dict[str, Any]]:
    done = guard.command("check", "--format", "jsonl", *arguments)
    assert done.returncode == code, done.stderr + done.stdout
    return [json.loads(line) for line in done.stdout.splitlines()]


def _write(folder: Path, name: str, text: str, **headers: str) -> Path:
    file = folder / name
    file.write_bytes(write_letter(text, **headers))
    return file


def test_namesake_is_held_with_the_sentence(guard: GuardProcess, tmp_path: Path) -> None:
    """The contract's object, whole; the reason names recipient, customer, and the customer of the same name."""
    file = _write(tmp_path, "papers.eml", PAPERS, to=NAMESAKE)
    (line,) = _lines(guard, str(file), code=3)
    assert set(line) == {"path", "message_id", "verdict", "recipients", "customers", "findings", "reasons"}
    assert line["path"] == str(file)
    assert line["message_id"] == "<order-1@operator.example>"
    assert line["verdict"] == "hold"
    assert line["recipients"] == [
        {"address": NAMESAKE, "verdict": "hold", "relation": "namesake", "reasons": ["namesake"]}
    ]
    assert line["customers"][0]["id"] == "1001"
    assert "customer_id_label" in line["customers"][0]["evidence"]
    (reason,) = line["reasons"]
    assert reason["code"] == "namesake"
    for word in (NAMESAKE, "1001", "Matti Virtanen", "Espoo", "2044", "Tampere"):
        assert word in reason["text"]


def test_right_recipient_passes(guard: GuardProcess, tmp_path: Path) -> None:
    """The customer's own address: relation on_record, exit 0."""
    (line,) = _lines(guard, str(_write(tmp_path, "papers.eml", PAPERS, to=RIGHT)), code=0)
    assert line["verdict"] == "pass"
    assert line["recipients"][0]["relation"] == "on_record"
    assert line["reasons"] == []


def test_credential_is_held_and_masked(guard: GuardProcess, tmp_path: Path) -> None:
    """The finding says rule, kind and place; the PIN itself is nowhere in the output."""
    file = _write(tmp_path, "pin.eml", PIN)
    (line,) = _lines(guard, str(file), code=3)
    assert [finding["kind"] for finding in line["findings"]] == ["pin"]
    assert set(line["findings"][0]) == {"rule", "kind", "part", "masked"}
    assert line["recipients"][0]["relation"] == "no_customer"
    assert "4826" not in json.dumps(line)
    assert "4826" not in guard.command("check", str(file)).stdout


def test_envelope_recipients_in_their_order_of_trust(guard: GuardProcess, tmp_path: Path) -> None:
    """--rcpt-to goes before X-Envelope-To, that before To, Cc and Bcc; names in quotes are no addresses."""
    headers = {"Cc": f'"x@trap.example" <{RIGHT}>', "Bcc": "b@post.example", "X_Envelope_To": NAMESAKE}
    file = _write(tmp_path, "a.eml", PAPERS, to="a@post.example", **headers)
    (line,) = _lines(guard, str(file), "--rcpt-to", RIGHT, "--rcpt-to", NAMESAKE, code=3)
    assert [(r["address"], r["verdict"]) for r in line["recipients"]] == [(RIGHT, "pass"), (NAMESAKE, "hold")]
    (line,) = _lines(guard, str(file), code=3)
    assert [r["address"] for r in line["recipients"]] == [NAMESAKE]
    headers.pop("X_Envelope_To")
    file = _write(tmp_path, "b.eml", CLEAN, to="a@post.example", **headers)
    (line,) = _lines(guard, str(file), code=0)
    assert [r["address"] for r in line["recipients"]] == ["a@post.example", RIGHT, "b@post.example"]


def test_folder_mbox_maildir_and_standard_input(guard: GuardProcess, tmp_path: Path) -> None:
    """One line a message, whatever they are kept in."""
    folder = tmp_path / "letters"
    (folder / "deeper").mkdir(parents=True)
    _write(folder, "1.eml", CLEAN)
    _write(folder / "deeper", "2.eml", PIN)
    assert [line["verdict"] for line in _lines(guard, str(folder), code=3)] == ["pass", "hold"]

    box = mailbox.mbox(tmp_path / "old.mbox")
    box.add(write_letter(PIN))
    box.add(write_letter(CLEAN + "\nFrom here on all is well.\n"))
    box.close()
    lines = _lines(guard, str(tmp_path / "old.mbox"), code=3)
    assert [(line["path"].rsplit("#")[1], line["verdict"]) for line in lines] == [("1", "hold"), ("2", "pass")]

    maildir = mailbox.Maildir(tmp_path / "Maildir")
    maildir.add(write_letter(CLEAN))
    assert [line["verdict"] for line in _lines(guard, str(tmp_path / "Maildir"), code=0)] == ["pass"]

    done = guard.command("check", "--format", "jsonl", "-", stdin=write_letter(PIN).decode())
    assert done.returncode == 3
    assert json.loads(done.stdout)["path"] == "-"


def test_bad_input_is_told_and_the_rest_is_judged(guard: GuardProcess, tmp_path: Path) -> None:
    """Exit 2 for a missing file, an empty one, no message, no recipient; the good one is judged all the same."""
    good = _write(tmp_path, "good.eml", PIN)
    empty, no_mail, nobody = tmp_path / "empty.eml", tmp_path / "picture.eml", tmp_path / "nobody.eml"
    empty.write_bytes(b"")
    no_mail.write_bytes(b"\x89PNG nothing here")
    nobody.write_bytes(b"From: a@operator.example\r\nSubject: x\r\n\r\nhello\r\n")
    for bad in (empty, no_mail, nobody, tmp_path / "missing.eml"):
        done = guard.command("check", "--format", "jsonl", str(bad), str(good))
        assert done.returncode == 2
        assert str(bad) in done.stderr
        assert [json.loads(line)["verdict"] for line in done.stdout.splitlines()] == ["hold"]


def test_bad_file_in_a_folder_does_not_hide_the_others(guard: GuardProcess, tmp_path: Path) -> None:
    """The empty one is told, the PIN behind it is found; a folder without letters is bad input, not silence."""
    folder = tmp_path / "letters"
    folder.mkdir()
    _write(folder, "a.eml", CLEAN)
    (folder / "b.eml").write_bytes(b"")
    _write(folder, "c.eml", PIN)
    done = guard.command("check", "--format", "jsonl", str(folder))
    assert done.returncode == 2
    assert "b.eml: is empty" in done.stderr
    assert [json.loads(line)["verdict"] for line in done.stdout.splitlines()] == ["pass", "hold"]
    (tmp_path / "nothing").mkdir()
    assert "there is no message" in guard.command("check", str(tmp_path / "nothing")).stderr
    assert "no plain mail address" in guard.command("check", "--rcpt-to", "nope", str(folder / "a.eml")).stderr
