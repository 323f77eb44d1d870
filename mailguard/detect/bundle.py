"""User name and password in one letter: whoever reads it can log in at once, the highest class of what can leak.

A password beside a user name gets the rule id `bundle.username_password`, and where the letter also carries a customer
number `bundle.username_password_customer_number`; its kind stays `password`.
"""

from mailguard.core.finding import FindingKind
from mailguard.core.part import Letter
from mailguard.detect.examined import RuleInfo
from mailguard.detect.fold import fold
from mailguard.detect.lexicon import Lexicon
from mailguard.detect.page import Candidate, Page

LOGIN = "bundle.username_password"
WHOLE = "bundle.username_password_customer_number"
BUNDLES = (
    RuleInfo(LOGIN, FindingKind.PASSWORD, (), "A password with its user name"),
    RuleInfo(WHOLE, FindingKind.PASSWORD, (), "A password with its user name, and the customer number"),
)
REACH, LINES = 300, 8
"""Characters and lines around a password in which its user name stands."""
_MOST = 50
"""Passwords of one part that are looked at; a list of more needs no further proof."""


def has_customer_number(letter: Letter, lexicon: Lexicon) -> bool:
    """Whether any part of a letter carries a labelled customer number."""
    return any(lexicon.customer_number.search(fold(part.text).plain) for part in letter.parts)


def mark_logins(page: Page, candidates: list[Candidate], lexicon: Lexicon) -> list[Candidate]:
    """The candidates, passwords beside a user name marked as bundles."""
    marked = []
    passwords = 0
    for candidate in candidates:
        if candidate.kind is FindingKind.PASSWORD and passwords < _MOST:
            passwords += 1
            if candidate.paired or _has_user_name(page, candidate, lexicon):
                candidate = candidate._replace(rule=LOGIN)
        marked.append(candidate)
    return marked


def _has_user_name(page: Page, candidate: Candidate, lexicon: Lexicon) -> bool:
    return bool(lexicon.login.search(page.around(candidate.start, candidate.end, REACH, LINES)))
