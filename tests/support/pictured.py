"""Letters with words in pictures, for a guard that reads them later, and a way to wait for what becomes of them."""

import asyncio
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

from tests.support.letters import CUSTOMER, SENDER

OTHER = "anna@example.org"
CLEAN = "Hei Matti, tervetuloa kahville perjantaina kello kahdeksan."
SECRET = "Hei Matti, uusi salasanasi on Kesaranta77."


def letter(*pictures: bytes, words: str = "Hei, katso liite.") -> bytes:
    """One with pictures."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = SENDER, CUSTOMER, "Tilaus"
    message.set_content(words)
    for number, data in enumerate(pictures):
        message.add_attachment(data, "image", "png", filename=f"screen{number}.png")
    return message.as_bytes()


def with_file(data: bytes, maintype: str, subtype: str, name: str) -> bytes:
    """One with a file."""
    message = message_from_bytes(letter(), policy=SMTP)
    assert isinstance(message, EmailMessage)
    message.add_attachment(data, maintype, subtype, filename=name)
    return message.as_bytes()


async def until(true: Callable[[], bool]) -> None:
    """Wait for it."""
    for _ in range(1200):
        if await asyncio.to_thread(true):
            return
        await asyncio.sleep(0.1)
    raise AssertionError("it did not come to pass")
