"""Whoever stands outside of a guard: who sends through it, who reads its letters and answers on its pages."""

import re
import smtplib
import urllib.parse
import urllib.request
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from urllib.error import HTTPError

from tests.support.guard import GuardProcess
from tests.support.letters import SENDER
from tests.support.postfix import Postfix
from tests.support.waiting import PATIENCE


def send(guard: GuardProcess, raw: bytes, *to: str, sender: str = SENDER) -> str:
    """The guard's answer to the letter."""
    with smtplib.SMTP("127.0.0.1", guard.smtp_port, timeout=PATIENCE) as client:
        client.ehlo()
        client.mail(sender)
        for one in to:
            client.rcpt(one)
        code, answer = client.data(raw)
        return f"{code} {answer.decode()}"


def notices(postfix: Postfix, kind: str) -> list[EmailMessage]:
    """The guard's own letters of a kind that have arrived."""
    read = (message_from_bytes(raw, policy=default) for raw in postfix.letters)
    return [one for one in read if isinstance(one, EmailMessage) and one["X-Mailguard-Notice"] == kind]


def text_of(letter: EmailMessage) -> str:
    """What its reader reads."""
    part = letter.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def link_and_code(letter: EmailMessage, page: str) -> tuple[str, str]:
    """What it takes to answer on a page."""
    url = re.search(rf"^http\S+/{page}/\S+$", text_of(letter), re.MULTILINE)
    code = re.search(r"^    (\S+)$", text_of(letter), re.MULTILINE)
    assert url
    assert code
    return url[0], code[1]


def post(url: str, **fields: str) -> int:
    """The status of a page after a form was sent to it."""
    try:
        with urllib.request.urlopen(url, data=urllib.parse.urlencode(fields).encode(), timeout=PATIENCE) as page:
            return int(page.status)
    except HTTPError as refused:
        return refused.code
