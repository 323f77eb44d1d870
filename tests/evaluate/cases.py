"""Labelled letters: our own (tests/detect/cases) and the shared file, where it is there."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import yaml

from mailguard.core.part import Letter, Part, PartRole

OWN = Path(__file__).parents[1] / "detect" / "cases"
SHARED = (
    Path(os.environ.get("MAILGUARD_SHARED", Path(__file__).parents[3] / "shared")) / "data" / "credential-cases.jsonl"
)

HALVED = frozenset({"", "4", "7"})
"""Sets of which every second case is kept back: the first, and two of whole mails with a subject."""
WRAPPED = frozenset(f"own {number}" for number in range(11, 33))
"""Sets whose letters have the lines of a mail program, within their sentences."""


@dataclass(frozen=True, slots=True)
class Case:
    """One labelled letter."""

    source: str
    language: str
    text: str
    hold: bool
    kept: bool = False
    """Of the half that is not looked at while rules are tuned."""
    layout: str = "plain"
    kind: str = ""
    number: int = 0


def own_cases() -> Iterator[Case]:
    """Cases of this repository; `<language>-2` is the second set. Of some sets every second one is kept back."""
    for file in sorted(OWN.glob("*.yaml")):
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        language, _, later = file.stem.partition("-")
        for label in ("hold", "pass"):
            for number, text in enumerate(content[label]):
                kept = bool(number % 2) and later in HALVED
                yield Case(f"own {later}".strip(), language, text, label == "hold", kept, number=number)


def shared_cases() -> Iterator[Case]:
    """Cases of the shared file; none where it is missing."""
    if not SHARED.exists():
        return
    for number, line in enumerate(SHARED.read_text(encoding="utf-8").splitlines()):
        row = json.loads(line)
        yield Case(
            "shared", row["lang"], row["text"], row["label"] == "hold", False, row["format"], row["kind"], number
        )


def letter_of(case: Case) -> Letter:
    """A real message built around the case, and read by the message room."""
    from mailguard.message.read import read_letter

    return read_letter(message_of(case))


def message_of(case: Case) -> bytes:
    """The case as bytes on the wire."""
    headers = "From: sender@operator.example\r\nTo: reader@example.org\r\nMIME-Version: 1.0\r\n"
    if case.text.startswith("Content-Type:"):
        return (headers + "Subject: hello\r\n" + case.text.replace("\n", "\r\n")).encode()
    message = EmailMessage()
    message["From"], message["To"] = "sender@operator.example", "reader@example.org"
    subject, text = subject_of(case.text)
    message["Subject"] = text if case.layout == "subject" else subject
    message["Message-ID"] = "<case@operator.example>"
    if case.layout in {"html", "table"} or text.startswith("<"):
        message.set_content(text, subtype="html")
    elif case.layout == "attachment":
        message.set_content("see attachment")
        message.add_attachment(text.encode(), maintype="text", subtype="plain", filename="list.txt")
    else:
        message.set_content("see subject" if case.layout == "subject" else text)
    return message.as_bytes()


def subject_of(text: str) -> tuple[str, str]:
    """Subject and body; a case that does not begin with its subject is all body."""
    if not text.startswith("Subject: "):
        return "hello", text
    subject, _, body = text.removeprefix("Subject: ").partition("\n\n")
    return subject, body


def plain_letter(text: str) -> Letter:
    """A letter of one plain body, without the message room."""
    return Letter("", "", (), (Part("body.1", PartRole.BODY, text),))
