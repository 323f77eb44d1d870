"""A mail to the reports' mailbox, as a submission.

The mail itself reaches the mailbox whatever happens here. What an automatic program wrote, a list, or nobody (null
reverse-path) is no report: it is never answered, so no two machines can write to each other.
"""

import re
from typing import get_args

from mailguard.core.address import domain_of, find_addresses, is_plain
from mailguard.core.envelope import Envelope
from mailguard.core.part import Letter, PartRole
from mailguard.core.settings import Settings
from mailguard.core.settings.types import Language
from mailguard.incidents.reports.intake import Submission
from mailguard.incidents.reports.report import Channel
from mailguard.incidents.reports.words import LONGEST_WORDS

_LIST_FIELDS = ("List-Id", "List-Unsubscribe", "List-Post", "Feedback-ID", "X-Loop")
_BULK = frozenset({"bulk", "list", "junk", "auto_reply"})
_LANGUAGES = frozenset(get_args(Language))
_LONGEST_FIELD = 2000
"""Characters of a header field that are looked at."""
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}>")


def is_for_mailbox(envelope: Envelope, settings: Settings) -> bool:
    """Whether a message goes to the reports' mailbox and to nobody else.

    Only where the address is of the company's own: with any other one, everything sent there would leave unread.
    """
    ours = settings.incidents.address.lower()
    if not ours or not envelope.recipients or any(address.lower() != ours for address in envelope.recipients):
        return False
    return domain_of(ours) in {domain_of(f"x@{domain}") for domain in settings.register_.internal_domains}


def read_submission(envelope: Envelope, letter: Letter, settings: Settings) -> Submission | None:
    """What a mail to the mailbox says; None for what is no report."""
    if not envelope.reverse_path or _is_automatic(letter):
        return None
    # The reverse-path is rewritten by servers that send mail on; the reader's own address stands in the header.
    written = find_addresses((letter.header("From") or "")[:_LONGEST_FIELD])
    address = written[0] if len(written) == 1 else envelope.reverse_path
    if not is_plain(address):
        return None
    texts = (part.text for part in letter.parts if part.role is PartRole.BODY)
    words = f"{letter.subject}\n\n{next(texts, '')}".strip()
    named = letter.header("In-Reply-To") or letter.header("References") or ""
    answered = _MESSAGE_ID.search(named[:_LONGEST_FIELD])
    return Submission(
        address=address,
        words=words[:LONGEST_WORDS],
        channel=Channel.MAILBOX,
        language=_language(letter, settings),
        message_ref=answered[0] if answered else letter.subject,
    )


def _is_automatic(letter: Letter) -> bool:
    # RFC 3834, section 2 and 5; RFC 2919 and 2369 for lists; Precedence is older than both and lives on.
    kind = (letter.header("Auto-Submitted") or "no").split(";")[0].strip().lower()
    precedence = (letter.header("Precedence") or "").strip().lower()
    return kind != "no" or precedence in _BULK or any(letter.header(name) is not None for name in _LIST_FIELDS)


def _language(letter: Letter, settings: Settings) -> str:
    tag = (letter.header("Content-Language") or "").split(",")[0].split("-")[0].strip().lower()
    return tag if tag in _LANGUAGES else settings.notices.language
