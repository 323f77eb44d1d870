"""`mailguard check` on letters whose substance is in an attachment, as order papers are."""

import json
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from tests.support.guard import GuardProcess
from tests.support.pdf import lines, write_pdf

PIN = write_pdf([lines("Tilausvahvistus", "Uuden SIM-korttisi PIN-koodi on 4826.")])
PAPERS = write_pdf([lines("Hei Matti Virtanen,", "Asiakasnumero: 1001", "Tilaus on vahvistettu.")])
CLEAN = write_pdf([lines("Esite", "Uudet laajakaistat syksylle", "Kysy myyjältä")])
RIGHT, NAMESAKE = "matti.virtanen@post.example", "m.virtanen@mail.example"


@pytest.mark.parametrize(
    ("document", "to", "reasons"),
    [
        (PIN, NAMESAKE, {"credential"}),
        (PAPERS, NAMESAKE, {"namesake"}),
        (PAPERS, RIGHT, set()),
        (CLEAN, NAMESAKE, set()),
        (PIN[:300], NAMESAKE, {"unreadable"}),
    ],
    ids=["PIN", "papers to the namesake", "papers to the customer", "leaflet", "broken"],
)
def test_pdf_is_judged(guard: GuardProcess, tmp_path: Path, document: bytes, to: str, reasons: set[str]) -> None:
    """What a PDF says holds the message just as the body would, and an innocent one passes."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = "seller@operator.example", to, "Liite"
    message.set_content("Hei, liite ohessa.")
    message.add_attachment(document, "application", "pdf", filename="liite.pdf")
    file = tmp_path / "letter.eml"
    file.write_bytes(message.as_bytes())
    done = guard.command("check", "--format", "jsonl", str(file))
    line = json.loads(done.stdout)
    assert {reason["code"] for reason in line["reasons"]} == reasons
    assert done.returncode == (3 if reasons else 0)
