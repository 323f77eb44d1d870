"""Accounts of the company that writes: its banks, one after the other, in the small print of a letter.

They are one data subject's at most. A list of customers' accounts has names between them.
"""

from collections.abc import Sequence
from itertools import pairwise

from mailguard.detect.pattern import any_of, compile_pattern

_MOST = 8
"""Accounts in one small print; a company has a handful, a list that leaked has any number."""
_GAP = 160
"""Characters between two accounts of one small print."""
_AROUND = 400
_WORDS_IN_IMPRINT, _WORDS_UNDER_HEADING = 2, 1
"""Words beside a bank's that may stand between two accounts, such as the bank's town; a name takes two."""

_BANK = compile_pattern(
    r"\b(?:[a-z~&.\-]*(?:bank|banken|kasse|pankki|banka|bankas|banque)|deutsche|nordea|op|aktia|handelsbanken|danske|seb|swedbank"
    r"|ing|abn|rabobank|bunq|triodos|pko|pekao|mbank|santander|unicredit|bnp|barclays|hsbc|natwest|lloyds|helaba|lbbw|dkb)\b"
)
_WORD = compile_pattern(r"\b[a-z~][a-z0-9~.\-]{2,}")
_OF_ACCOUNTS = compile_pattern(
    r"(?:iban|bic|swift|swift-?code|bic/swift|blz|kto\.?|konto(?:-?nr\.?|nummer)?|account|tili|rekening|rachunek|eur|usd"
    r"|gbp|sek|pln|nr\.?|filiale|branch|und|and|och|oraz|der|the|den|von|of|[a-z]{6}[a-z0-9]{2}(?:[a-z0-9]{3})?)[.:,]*"
)
_IMPRINT = compile_pattern(
    any_of(
        (
            r"\bhr[ab] ?[0-9]|handelsregister|registergericht|amtsgericht|geschaftsfuhr\w*",
            r"vorstand\w*|aufsichtsrat\w*",
            r"\bust\.?-?id|umsatzsteuer|steuer-?n(?:umme)?r|\bvat\b|company (?:reg|no|number)|registered (?:office|in)",
            r"y-tunnus|alv[- ]?rek|kaupparekisteri|org\.?-? ?n(?:umme)?r|organisationsnummer|momsreg|f-skatt",
            r"\bkvk\b|\bbtw\b|\bkrs\b|\bnip\b|\bregon\b",
        )
    )
)
"""What a company must or may say of itself."""
_HEADING = compile_pattern(
    r"\b(?:bankverbindung(?:en)?|(?:our )?bank(?:ing)? (?:details|accounts)|our accounts|unsere (?:bank)?konten"
    r"|bankgegevens|pankkiyhteydet|pankkiyhteys|bankforbindelser?|rachunki bankowe|nasze konta)[ ]*(?::|\n|\z)"
)
"""Whose they are is not said: `accounts of our customers:` is no such heading."""

Span = tuple[int, int]


def own_accounts(plain: bytes, accounts: Sequence[Span]) -> set[Span]:
    """Those of some accounts, in the order of the text, that stand in its small print."""
    own: set[Span] = set()
    run: list[Span] = []
    for account in (*accounts, None):
        if account is not None and (not run or _goes_on(plain[run[-1][1] : account[0]])):
            run.append(account)
            continue
        if 1 < len(run) <= _MOST and _is_small_print(plain, run):
            own.update(run)
        run = [account] if account is not None else []
    return own


def _goes_on(between: bytes) -> bool:
    return len(between) <= _GAP and b"\n\n" not in between


def _is_small_print(plain: bytes, run: Sequence[Span]) -> bool:
    """Whether each account has its bank's name and next to nothing else, and a company's marks are about them."""
    first, last = run[0][0], run[-1][1]
    above = plain[max(0, first - _AROUND) : first].rsplit(b"\n\n", 1)[-1]
    below = plain[last : last + _AROUND].split(b"\n\n", 1)[0]
    if _IMPRINT.search(above) or _IMPRINT.search(below):
        most = _WORDS_IN_IMPRINT
    elif _HEADING.search(above):
        most = _WORDS_UNDER_HEADING
    else:
        return False
    return all(_is_of_a_bank(plain[before[1] : after[0]], most) for before, after in pairwise(run))


def _is_of_a_bank(between: bytes, most: int) -> bool:
    words = [between[start:end] for start, end in _WORD.spans(between)]
    others = sum(not (_BANK.fullmatch(word) or _OF_ACCOUNTS.fullmatch(word)) for word in words)
    return _BANK.search(between) is not None and others <= most
