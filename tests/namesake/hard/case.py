"""A hard case: a whole message, its envelope, and what a careful supervisor would say of each recipient.

Fields of a case in `<language>.yaml`:

- `name`, `why`: what it is, and the supervisor's reason in one line
- `text`, `html`, `subject`, `headers`, `attach` (`name` with `text` or `pdf`: lines of a page); or `raw`: all octets
- `to`: envelope recipient to "relation verdict"; relations that are as good as each other are parted by a stroke
- `unmet`: why the program does not meet it yet (an expected failure)
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import yaml

from tests.support.pdf import lines, write_pdf

FOLDER = Path(__file__).parent
SENDER = "service@operator.example"


@dataclass(frozen=True, slots=True)
class HardCase:
    """One message and the expected verdict for each recipient."""

    file: str
    name: str
    why: str
    wanted: dict[str, tuple[frozenset[str], str]]
    """Recipient to the relations that are right, and the verdict."""
    raw: bytes = field(repr=False)
    unmet: str = ""
    fields: dict[str, Any] = field(default_factory=dict, repr=False)
    """As they stand in the file."""

    @property
    def holds(self) -> bool:
        """Whether any recipient is to be held."""
        return any(verdict == "hold" for _, verdict in self.wanted.values())


def hard_cases(folder: Path = FOLDER) -> Iterator[HardCase]:
    """Every case of the folder's files, in their order."""
    for file in sorted(folder.glob("*.yaml")):
        if file.stem != "settings":
            for case in yaml.safe_load(file.read_text(encoding="utf-8")):
                yield _case(file.stem, case)


def _case(file: str, case: dict[str, Any]) -> HardCase:
    wanted = {}
    for recipient, words in case["to"].items():
        relations, verdict = words.split()
        wanted[recipient] = (frozenset(relations.split("/")), verdict)
    raw = case["raw"].replace("\n", "\r\n").encode() if "raw" in case else write_message(case, next(iter(wanted)))
    return HardCase(file, case["name"], case["why"], wanted, raw, case.get("unmet", ""), case)


def write_message(case: dict[str, Any], first: str) -> bytes:
    """The octets of a message with the fields of a case; `first` is the recipient that its header names."""
    message = EmailMessage(policy=SMTP.clone(cte_type="8bit", utf8=True))
    headers = case.get("headers", {})
    message["From"] = f"Customer service <{SENDER}>"
    message["To"] = headers.get("To", first)
    message["Subject"] = case.get("subject", "Your case")
    message["Message-ID"] = "<hard@operator.example>"
    for name, value in headers.items():
        if name != "To":
            message[name] = value
    if "text" in case:
        message.set_content(case["text"], cte="8bit")
        if "html" in case:
            message.add_alternative(case["html"], subtype="html", cte="quoted-printable")
    else:
        message.set_content(case["html"], subtype="html", cte="quoted-printable")
    for attached in case.get("attach", ()):
        if "pdf" in attached:
            page = write_pdf([lines(*attached["pdf"])])
            message.add_attachment(page, maintype="application", subtype="pdf", filename=attached["name"])
        else:
            subtype = "csv" if attached["name"].endswith(".csv") else "plain"
            message.add_attachment(attached["text"], subtype=subtype, filename=attached["name"])
    return message.as_bytes()
