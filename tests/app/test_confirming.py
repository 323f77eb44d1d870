"""An unconfirmed address from end to end: held letter, the guard's question, the answer, and the next letter."""

import json
import urllib.parse
import urllib.request
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.app.conftest import CUSTOMERS, furnish
from tests.app.outside import link_and_code, notices, post, send
from tests.notices.test_compose import body
from tests.support.guard import GuardProcess, make_guard
from tests.support.letters import write_letter
from tests.support.postfix import Postfix
from tests.support.waiting import PATIENCE, eventually

KAISA, KALLE = "kaisa@post.example", "kalle@post.example"
MORE = "3002,Kalle,Laaksonen,,kalle@post.example,,1985-03-04,Kivitie 9,90100,Oulu,SE,,,no\n"
PAPERS = "Hei,\r\n\r\nAsiakasnumero: {number}\r\nOsoitteesi: {street}, 90100 Oulu\r\nSyntymäaika: {born}\r\n"
ABOUT = {
    KAISA: PAPERS.format(number=3001, street="Kivitie 1", born="31.1.1990"),
    KALLE: PAPERS.format(number=3002, street="Kivitie 9", born="4.3.1985"),
}


@pytest.fixture
def guard(tmp_path: Path, postfix: Postfix) -> GuardProcess:
    """A guard that asks by itself; its register knows confirmed addresses and two unconfirmed ones."""
    made = make_guard(tmp_path, postfix.port)
    made.config.write_text(made.config.read_text().replace("[register]", '[register]\nconfirmation = "on_hold"'))
    return furnish(made, CUSTOMERS + MORE)


def test_the_reader_confirms_or_disputes_and_the_next_letter_follows(guard: GuardProcess, postfix: Postfix) -> None:
    """The first sensitive letter to each unconfirmed address waits and asks; after "yes" the next one passes, after
    "this is not me" it is held as disputed and the supervisor has a letter; what was held stays held.
    """
    second = guard.add_user("sofia", "sofia@operator.example")
    with guard.serving():
        held = {to: _send(guard, to) for to in (KAISA, KALLE)}
        assert all(" held for approval as MG-" in answer for answer in held.values()), held
        cases = {to: answer.split()[-1] for to, answer in held.items()}
        for to, choice in ((KAISA, "yes"), (KALLE, "no")):
            letter = eventually(partial(_question, postfix, to))
            assert "Laaksonen" not in str(letter)
            said = body(letter, "plain")
            for random in link_and_code(letter, "confirm"):
                said = said.replace(random, "")
            assert "300" not in said
            assert _answer(letter, choice) == 200

        assert _send(guard, KAISA).startswith("250 2.0.0 Ok: queued")
        again = _send(guard, KALLE)
        assert "held for approval" in again
        shown = guard.api("GET", f"/api/v1/cases/{again.split()[-1]}", second)[1]
        assert shown["recipients"][0]["relation"] == "disputed"

        acts = [entry["act"] for entry in _case(guard, cases[KAISA])["history"]]
        assert [act for act in acts if act.startswith("address")] == ["address asked", "address confirmed"]
        assert all(guard.api("GET", f"/api/v1/cases/{case}", second)[1]["state"] == "held" for case in cases.values())
        assert eventually(lambda: any(b"X-Mailguard-Notice: address_disputed" in raw for raw in postfix.letters))
    listed = json.loads(guard.command("customers", "confirm", "--pending", "--format", "json").stdout)["questions"]
    assert [(row["address"], row["state"]) for row in listed] == [(KALLE, "disputed"), (KAISA, "confirmed")]
    assert "/confirm/" not in guard.log()
    # The line of each message names its recipients; nothing else names a reader.
    assert not [line for line in guard.log().splitlines() if "@post.example" in line and "event=message" not in line]
    assert guard.command("audit", "verify").returncode == 0


def _send(guard: GuardProcess, to: str) -> str:
    return send(guard, write_letter(ABOUT[to], to=to), to)


def _question(postfix: Postfix, to: str) -> EmailMessage | None:
    return next((letter for letter in notices(postfix, "confirm_address") if letter["To"] == to), None)


def _answer(letter: EmailMessage, choice: str) -> int:
    url, code = link_and_code(letter, "confirm")
    with urllib.request.urlopen(url, timeout=PATIENCE) as page:
        assert page.status == 200
    return post(url, code=code, answer=choice)


def _case(guard: GuardProcess, case_id: str) -> Any:
    return json.loads(guard.command("cases", "show", case_id, "--format", "json").stdout)


def test_asking_and_bouncing_from_the_command_line(guard: GuardProcess) -> None:
    """Questions and bounces are put, listed and refused with a sentence and exit code 2."""
    asked = guard.command("customers", "confirm", KAISA, "--customer", "3001")
    assert (asked.returncode, asked.stdout) == (0, f"question 1: {KAISA} will be asked\n")
    assert "open" in guard.command("customers", "confirm", "--pending").stdout
    for wrong in ([KAISA], [], [KAISA, "--customer", "1001"], [KAISA, "--customer", "none"]):
        refused = guard.command("customers", "confirm", *wrong)
        assert refused.returncode == 2
        assert refused.stderr.startswith("mailguard: ")
    assert guard.command("customers", "bounced", KAISA).stdout == f"{KAISA} bounces\n"
    assert guard.command("customers", "bounced", KAISA).stdout == f"{KAISA} is noted as bouncing already\n"
    assert KAISA in guard.command("customers", "bounced").stdout
    assert guard.command("customers", "bounced", "no address").returncode == 2
    assert guard.command("customers", "bounced", KAISA, "--revoke").stdout == f"{KAISA} works again\n"
    assert guard.command("customers", "bounced", KAISA, "--revoke").returncode == 2
    assert guard.command("customers", "bounced").stdout == "no address is noted as bouncing\n"
