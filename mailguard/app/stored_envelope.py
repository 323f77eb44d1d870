"""The envelope of a message in a file, where no SMTP client has said it."""

import re
from collections.abc import Sequence

from mailguard.core.address import find_addresses, is_plain
from mailguard.core.envelope import Envelope
from mailguard.core.part import Letter

_QUOTED_NAME = re.compile(r'"(?:[^"\\]|\\.){0,998}"')


def envelope_of_letter(letter: Letter, mail_from: str | None, rcpt_to: Sequence[str]) -> Envelope:
    """What was given on the command line; else `X-Envelope-To`; else To, Cc and Bcc. Each address once."""
    recipients = list(rcpt_to) or _addresses(letter, "X-Envelope-To") or _addresses(letter, "To", "Cc", "Bcc")
    sender = mail_from
    if sender is None:
        sender = next(iter(_addresses(letter, "Return-Path") or _addresses(letter, "From")), "")
    return Envelope(sender, tuple(dict.fromkeys(recipients)))


def _addresses(letter: Letter, *fields: str) -> list[str]:
    values = [value for field in fields for value in letter.header_all(field)]
    # Quoted display names go first: "a@b.example" <c@d.example> names one mailbox.
    found = [address for value in values for address in find_addresses(_QUOTED_NAME.sub(" ", value))]
    return [address for address in found if is_plain(address)]
