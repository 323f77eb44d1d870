"""A secret in the name of a file: shown to a second person who asks, and standing nowhere else."""

from email.message import EmailMessage
from email.policy import SMTP
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from sqlalchemy import text

from mailguard.cases.finding_parts import part_of
from mailguard.cases.judge import Judge
from mailguard.cases.reading import open_letter, read_case
from mailguard.cases.reveal import reveal
from mailguard.cases.rules import Rules
from mailguard.core.envelope import Envelope
from mailguard.core.part import Letter, Part, PartRole
from mailguard.core.person import Role
from mailguard.customers.register import Register
from mailguard.desk.letter.files import list_files
from mailguard.desk.letter.marking import Marker, show_letter
from mailguard.detect.detector import Detector
from mailguard.message.read import read_letter
from mailguard.namesake.patterns import IdentifierPatterns
from mailguard.policy.policy import Policy
from mailguard.store.store import Store
from tests.cases.conftest import add
from tests.support.holding import hold
from tests.support.letters import CUSTOMER, SENDER

RULES = [Path(__file__).parents[2] / "rules"]
SECRETS = ("Kesaranta77", "Talvitie4826", "Syysmaa1918")


def _letter() -> bytes:
    """The password in the name of an attachment, of a ZIP file's member, and in that member's text."""
    packed = BytesIO()
    with ZipFile(packed, "w") as archive:
        archive.writestr(f"salasana_{SECRETS[1]}.txt", f"Salasana: {SECRETS[2]}\n")
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = SENDER, CUSTOMER, "Tilaus"
    message.set_content(f"Hei, liite ohessa.\n\nSalasana: {SECRETS[0]}\n")
    message.add_attachment(packed.getvalue(), "application", "zip", filename=f"salasana_{SECRETS[0]}.zip")
    return message.as_bytes()


@pytest.fixture(scope="module")
def rules() -> Rules:
    """The shipped ones."""
    return Rules(Detector.load(RULES, prove=False), IdentifierPatterns.load(RULES), Policy.load(RULES))


@pytest.fixture
def case_id(store: Store, rules: Rules) -> str:
    """The letter, judged by the shipped rules and held."""
    add(store, "sofia", Role.SUPERVISOR)
    judge = Judge(rules=rules, register=Register(store.engine), internal_domains=["operator.example"])
    envelope = Envelope(SENDER, (CUSTOMER,))
    return hold(store, envelope, _letter(), judge.judge(envelope, _letter()))


def test_no_row_holds_it(store: Store, case_id: str) -> None:
    """Neither findings, reasons, notices nor audit entries: names of files are not in the paths of parts."""
    for table in ("cases", "recipients", "notices", "audit"):
        with store.reading() as session:
            rows = session.connection().execute(text(f"SELECT * FROM {table}")).all()
        assert rows
        assert [secret for secret in SECRETS if secret in repr(rows)] == []
    assert "salasana_••••••.zip" in read_case(store, case_id).reasons[0]["text"]


def test_it_is_shown_to_who_asks_and_on_no_page(store: Store, case_id: str) -> None:
    """Every finding opens to one of the secrets, all of them are found, and the page's texts hold none."""
    sofia = add(store, "anna", Role.SUPERVISOR)
    case = read_case(store, case_id)
    shown = {reveal(store, case_id, number, sofia, "to compare").reveal() for number in range(len(case.findings))}
    assert shown == set(SECRETS)
    letter = open_letter(store, case_id)
    assert letter is not None
    marker = Marker(letter, case.findings)
    page = repr(show_letter(letter, marker)) + repr(list_files(letter, Marker(letter, case.findings)))
    assert [secret for secret in SECRETS if secret in page] == []


@pytest.mark.parametrize(
    ("stored", "now"),
    [
        ("attachment.2/1#table", "attachment.2/1#table"),
        ("attachment.2:prices.zip", "attachment.2"),
        ("attachment.2:prices.zip#names", "attachment.2#names"),
        ("attachment.2:prices.zip/a/list.csv", "attachment.2/1"),
        ("attachment.2:prices.zip/a/list.csv#table", "attachment.2/1#table"),
        ("attachment.2:prices.zip/b/other#table.csv", "attachment.2/2"),
        ("attachment.3:x", None),
    ],
)
def test_paths_of_earlier_versions_find_their_part(stored: str, now: str | None) -> None:
    """Cases that were held when paths still had names in them can be shown and marked."""
    parts = (
        Part("body.1", PartRole.BODY, "x"),
        Part("attachment.2", PartRole.ATTACHMENT, "x", file_name="prices.zip"),
        Part("attachment.2#names", PartRole.ATTACHMENT, "x", file_name="prices.zip"),
        Part("attachment.2/1", PartRole.ATTACHMENT, "x", file_name="list.csv"),
        Part("attachment.2/1#table", PartRole.ATTACHMENT, "x", file_name="list.csv"),
        Part("attachment.2/2", PartRole.ATTACHMENT, "x", file_name="other#table.csv"),
    )
    found = part_of(Letter("", "", (), parts), {"part": stored})
    assert (found and found.path) == now


_FIELDS = (
    "From: a@operator.example\r\nX-Note: hello\r\nX-Salasana-Kesaranta77: salasana: Talvi#8812\r\nSubject: x\r\n"
    "Content-Type: text/plain; x-Kesaranta77=nothing\r\n\r\nHei\r\n"
)


def test_no_path_has_the_name_of_a_field(rules: Rules) -> None:
    """A header field can be called anything; what is stored of the place tells known names only."""
    letter = read_letter(_FIELDS.encode())
    (finding,) = rules.detector.find(letter)
    assert finding.part == "header.other~2"
    assert "kesaranta77" not in "".join(part.path for part in letter.parts).lower()


@pytest.mark.parametrize(
    ("stored", "now"),
    [
        ("header.x-note", "header.other"),
        ("header.x-salasana-kesaranta77", "header.other~2"),
        ("header.from", "header.from"),
        ("header.x-nothing", "header.other"),
    ],
)
def test_fields_of_earlier_versions_find_their_part(stored: str, now: str) -> None:
    """Cases that were held when paths still had any field's name in them can be shown and marked."""
    found = part_of(read_letter(_FIELDS.encode()), {"part": stored})
    assert found is not None
    assert found.path == now
