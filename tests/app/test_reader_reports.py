"""A wrong reader from end to end: report, code, proof, dispute, breach, deletion; and the mailbox for such reports."""

import re
from pathlib import Path

import pytest

from tests.app.conftest import furnish
from tests.app.outside import link_and_code, notices, post, send, text_of
from tests.support.guard import GuardProcess, make_guard
from tests.support.letters import SENDER, write_letter
from tests.support.postfix import Postfix
from tests.support.waiting import eventually

READER = "kaisa@post.example"
PAGE = "report-a-letter"
MAILBOX = "privacy@operator.example"
HARMLESS = "Hei,\r\n\r\nAsiakasnumero: 3001\r\nKiitos viestistäsi. Palaamme asiaan.\r\n"
PAPERS = "Hei,\r\n\r\nAsiakasnumero: 3001\r\nOsoitteesi: Kivitie 1, 90100 Oulu\r\nSyntymäaika: 31.1.1990\r\n"
EXTRA = f"""
[incidents]
public_page = true
address = "{MAILBOX}"
"""


@pytest.fixture
def guard(tmp_path: Path, postfix: Postfix) -> GuardProcess:
    """A guard with the public page and a mailbox for reports."""
    return furnish(make_guard(tmp_path, postfix.port, extra=EXTRA))


def test_a_reader_reports_and_the_next_letter_is_held(guard: GuardProcess, postfix: Postfix) -> None:
    """A letter has passed; its reader reports it and proves the address; the next one is held as disputed, the breach
    is open with its clocks, the reader's answer on deletion is on record, and no log nor letter gives anybody away.
    """
    sofia = guard.add_user("sofia", "sofia@operator.example")
    with guard.serving():
        page = f"http://127.0.0.1:{guard.desk_port}/{PAGE}"
        assert send(guard, write_letter(HARMLESS, to=READER), READER).startswith("250 2.0.0 Ok: queued")
        eventually(lambda: guard.api("GET", f"/api/v1/trace?q={READER}", sofia)[1]["total"] == 1)
        assert post(page, address=READER, words="Tämä ei ollut minulle.") == 200
        assert post(page, address="nobody@post.example") == 200
        url, code = link_and_code(eventually(lambda: notices(postfix, "report_code"))[0], PAGE)
        assert post(url, code="") == 422
        assert guard.api("GET", "/api/v1/reports?state=unproved", sofia)[1]["reports"]
        assert post(url, code=code) == 200

        held = send(guard, write_letter(PAPERS, to=READER), READER)
        assert " held for approval as MG-" in held
        shown = guard.api("GET", f"/api/v1/cases/{held.split()[-1]}", sofia)[1]
        assert shown["recipients"][0]["relation"] == "disputed"

        (report,) = guard.api("GET", "/api/v1/reports?state=opened", sofia)[1]["reports"]
        assert (report["customers"], len(report["letters"])) == (["3001"], 1)
        breach = guard.api("GET", f"/api/v1/breaches/{report['breach_id']}", sofia)[1]
        assert breach["state"] == "open"
        assert {clock["state"] for clock in breach["clocks"]} == {"running"}

        asked = eventually(lambda: notices(postfix, "report_deletion"))[0]
        assert link_and_code(asked, PAGE) == (url, code)
        assert post(url, code=code, deletion="deleted") == 200
        assert guard.api("GET", f"/api/v1/reports/{report['id']}", sofia)[1]["deletion_answer"] == "deleted"
        told = eventually(lambda: notices(postfix, "reader_report"))[0]
        assert told["To"] == "sofia@operator.example"
    for letter in (asked, told):
        # Links and codes have figures by chance.
        assert "3001" not in re.sub(r"http\S+|(?m:^    \S+$)", "", text_of(letter))
        assert "Laaksonen" not in text_of(letter)
    assert READER not in text_of(told)
    assert "report-a-letter/" not in guard.log()
    # The line of each message names its recipients; nothing else names a reader.
    assert not [line for line in guard.log().splitlines() if "@post.example" in line and "event=message" not in line]
    assert guard.command("audit", "verify").returncode == 0


def test_mail_to_the_mailbox_passes_and_is_a_report(guard: GuardProcess, postfix: Postfix) -> None:
    """Whatever it quotes it is not held, and its writer gets one code; robots and lists get none; beside another
    recipient it is judged like any mail.
    """
    olli = guard.add_user("olli", "olli@operator.example", role="ops")
    quoted = write_letter("Not for me:\r\n\r\nYour password: Kesä-2026!\r\n", to=MAILBOX, subject="Wrong person")
    raw = quoted.replace(f"From: {SENDER}".encode(), f"From: {READER}".encode())
    assert READER.encode() in raw
    with guard.serving():
        for _ in range(3):
            assert send(guard, raw, MAILBOX, sender="SRS0=x@forwarder.example").startswith("250 2.0.0 Ok: queued")
        other = raw.replace(READER.encode(), b"robot@post.example")
        assert send(guard, b"Auto-Submitted: auto-replied\r\n" + other, MAILBOX).startswith("250")
        assert send(guard, b"List-Id: <list.example>\r\n" + other, MAILBOX).startswith("250")
        assert send(guard, other, MAILBOX, sender="").startswith("250")
        assert "held for approval" in send(guard, raw, MAILBOX, "somebody@post.example")
        eventually(lambda: notices(postfix, "report_code"))
        (report,) = eventually(lambda: guard.api("GET", "/api/v1/reports", olli)[1]["reports"])
        assert (report["address"], report["channel"], report["state"]) == (READER, "mailbox", "unproved")
        words = guard.api("POST", f"/api/v1/reports/{report['id']}/words", olli)[1]["words"]
        assert "Kesä-2026!" in words[0]["text"]
    (letter,) = notices(postfix, "report_code")
    assert letter["To"] == READER
    assert letter["Auto-Submitted"] == "auto-generated"
    assert "Kesä" not in guard.log()
