"""The namesake case, from its beginning to the report on Monday: what nobody could say afterwards is said here."""

import json
import mailbox
import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from tests.app.conftest import furnish
from tests.app.outside import link_and_code, notices, post, send
from tests.support.guard import GuardProcess, make_guard
from tests.support.letters import write_letter
from tests.support.postfix import Postfix
from tests.support.waiting import eventually

READER = "m.virtanen@mail.example"
"""Another man of the same name. The register has his address for the customer."""
REGISTER = f"""\
customer_id,first_name,last_name,emails,birth_date,street,postcode,city,country,username,email_confirmed
1001,Matti,Virtanen,{READER},1974-05-02,Koivukuja 3,02100,Espoo,FI,mvirtanen74,no
3001,Kaisa,Laaksonen,kaisa@post.example,1990-01-31,Kivitie 1,90100,Oulu,FI,klaakso,no
"""
PAPERS = "Hei Matti Virtanen,\r\n\r\nAsiakasnumero: 1001\r\nTilauksesi on vahvistettu.\r\n"
SECRET = "Marjapuuro83"
INCIDENTS = """
[incidents]
public_page = true
organisation = "Puhelin Oy"
contact = "Tietosuojavastaava, 09 123 4567"
regimes = ["telecom", "gdpr"]
"""


@pytest.fixture
def guard(tmp_path: Path, postfix: Postfix) -> GuardProcess:
    """A guard that was put in too late: the first two papers have gone out before it, and stand in an mbox."""
    made = furnish(make_guard(tmp_path, postfix.port, extra=INCIDENTS), REGISTER)
    box = mailbox.mbox(tmp_path / "sent.mbox")
    for number, text in enumerate((PAPERS, f"{PAPERS}\r\nSalasana: {SECRET}\r\n")):
        sent = format_datetime(datetime.now(UTC) - timedelta(days=20 - number))
        letter = write_letter(text, to=READER).replace(b"Mon, 16 Nov 2026 09:00:00 +0000", sent.encode())
        box.add(letter.replace(b"order-1@", b"paper-%d@" % number))
    box.close()
    return made


def test_the_namesake_case(guard: GuardProcess, postfix: Postfix, tmp_path: Path) -> None:
    """The two papers from before are written into the journal; their reader reports them; the third is held; the trace
    finds all three; the breach is open with its clocks running, its drafts are filled, and the weekly report tells it.
    """
    assert guard.command("journal", "import", str(tmp_path / "sent.mbox")).returncode == 0
    sofia = guard.add_user("sofia", "sofia@operator.example")
    with guard.serving():
        page = f"http://127.0.0.1:{guard.desk_port}/report-a-letter"
        assert post(page, address=READER, what="<paper-1@operator.example>", words="En ole tilannut mitään.") == 200
        url, code = link_and_code(eventually(lambda: notices(postfix, "report_code"))[0], "report-a-letter")
        assert post(url, code=code) == 200

        third = send(guard, write_letter(PAPERS, to=READER), READER)
        assert " held for approval as MG-" in third
        case_id = third.split()[-1]
        assert guard.api("GET", f"/api/v1/cases/{case_id}", sofia)[1]["recipients"][0]["relation"] == "disputed"

        trace = f"/api/v1/trace?q={READER}"
        found = eventually(
            lambda: (told := guard.api("GET", trace, sofia)[1])["messages"][0]["case"] == case_id and told
        )
        papers = [message for message in found["messages"] if message["customers"] == ["1001"]]
        assert [(paper["fate"], paper["gone"], paper["source"]) for paper in papers] == [
            ("held", False, ""),
            ("passed", True, "file"),
            ("passed", True, "file"),
        ]
        assert "password" in papers[1]["found"]

        (listed,) = guard.api("GET", "/api/v1/breaches", sofia)[1]["breaches"]
        breach = guard.api("GET", f"/api/v1/breaches/{listed['id']}", sofia)[1]
    assert (breach["state"], breach["origin"]) == ("open", "report")
    assert breach["facts"]["addresses"] == [READER]
    assert breach["facts"]["customers"] == ["1001"]
    assert breach["facts"]["secrets_included"] is True
    states = {clock["name"]: clock["state"] for clock in breach["clocks"]}
    assert states["authority, first notification"] == "running"
    assert states["authority"] in {"running", "waiting"}

    for kind, language, words in (("authority_1", "fi", "Puhelin Oy"), ("people", "fi", "Tietosuojavastaava")):
        draft = guard.command("breaches", "draft", breach["id"], "--kind", kind, "--language", language)
        assert draft.returncode == 0, draft.stderr
        assert words in draft.stdout
        assert SECRET not in draft.stdout

    week = f"{datetime.now(UTC):%G-W%V}"
    done = guard.command("report", "weekly", "--week", week, "--output", str(tmp_path / "reports"))
    assert done.returncode == 0, done.stderr
    (written,) = (tmp_path / "reports").glob("*.json")
    report = written.read_text(encoding="utf-8")
    assert json.loads(report)["week"] == week
    assert re.search(rf"{breach['id']}", report)
    for text in (SECRET, "vahvistettu"):
        assert text not in report + guard.log()
    assert guard.command("audit", "verify").returncode == 0
