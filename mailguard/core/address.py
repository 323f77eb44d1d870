"""Mail addresses: which odd ones are refused, and when two are the same mailbox."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import idna

_GMAIL = frozenset({"gmail.com", "googlemail.com"})
_ALIAS_DOMAINS = {"googlemail.com": "gmail.com", "pm.me": "proton.me", "protonmail.com": "proton.me"}
_FORBIDDEN = frozenset('()<>[]:;,"\\')
"""RFC 5321 specials. Quoted local parts are lawful but no customer has one, and parsers disagree about them."""

_EVERYDAY = re.compile(
    r"[a-z0-9](?:[a-z0-9_+-]|\.(?=[a-z0-9_+-])){0,63}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,8}[a-z]{2,24}",
    re.IGNORECASE | re.ASCII,
)
_WRITTEN = re.compile(r"[^\s<>()\[\],;:\"]{1,64}@[^\s<>()\[\],;:\"@]{1,253}")
_COMMENT = re.compile(r"\([^()]*\)")
_NESTED = 8
_PARENTHESES = re.compile(r"\\.|[()]", re.DOTALL)
_QUOTING = str.maketrans("", "", '"\\')
_LONGEST_TEXT = 600_000
"""Characters; more than a whole header section may have (message.budget)."""


def is_plain(address: str) -> bool:
    """Whether an address is of the one form that every parser on the way reads alike: `dot-string@domain`.

    Measured: of two libraries in the path, one turns `a;b@y.example` into `a` and the other decodes RFC 2047 words in
    addresses. What is not plain is refused at the door, so the address judged is the address used (promise 6).
    """
    if len(address) > 254 or address.count("@") != 1:
        return False
    if _EVERYDAY.fullmatch(address):
        # Nothing below has an objection to these (tests/core/test_address.py); it takes 6 us, and this half of one.
        return True
    # Category C is control and format characters, and the lone surrogates of octets that are no UTF-8.
    if any(ch in _FORBIDDEN or ch.isspace() or unicodedata.category(ch)[0] == "C" for ch in address):
        return False
    local, domain = address.split("@")
    if not 0 < len(local.encode()) <= 64 or not domain or len(domain.encode()) > 253:
        return False
    if local.startswith(("=?", ".")) or local.endswith(".") or ".." in local:
        return False
    return all(label and not label.startswith("-") and not label.endswith("-") for label in domain.split("."))


def canonical(address: str) -> str:
    """The form in which two spellings of one mailbox are equal: case, plus tags, Gmail's dots, alias domains, punycode.

    Local parts are case-sensitive by RFC 5321 section 2.4 and nowhere in practice. For comparison only: never sent to.
    """
    address = address.strip()
    if not address.isascii():
        address = unicodedata.normalize("NFKC", address)
    local, _, domain = address.lower().rpartition("@")
    if "+" in local:
        local = local.split("+", 1)[0] or local
    domain, has_dots = _mail_domain(domain)
    return f"{local}@{domain}" if has_dots else f"{local.replace('.', '')}@{domain}"


@lru_cache(maxsize=4096)
def _mail_domain(domain: str) -> tuple[str, bool]:
    """The domain's one form, and whether dots in its local parts count."""
    domain = domain_ascii(domain)
    domain = _ALIAS_DOMAINS.get(domain, domain)
    return domain, domain not in _GMAIL


def domain_ascii(domain: str) -> str:
    """The domain in its A-label form (RFC 5890), or as it stands, lower-cased, where it is no valid IDN."""
    lowered = domain.lower().rstrip(".")
    if lowered.isascii():
        return lowered
    try:
        return idna.encode(lowered, uts46=True).decode("ascii")
    except idna.IDNAError:
        return lowered


def domain_of(address: str) -> str:
    """The domain of an address in its A-label form; empty when there is none."""
    return domain_ascii(address.rpartition("@")[2])


def find_addresses(text: str) -> list[str]:
    """Whatever looks like an address in a header field, as it is written there.

    Deliberately no RFC 5322 parser: those of the standard library take 25 s for 50,000 addresses, and programs differ
    about groups, comments and quotes; here an address too many does no harm, and one too few might.
    """
    return _WRITTEN.findall(text[:_LONGEST_TEXT])


def bare_readings(text: str) -> Iterator[str]:
    """A header field as RFC 5322 lets its addresses be read: without comments and quotes, and without blanks around `@`
    and dots.

    Comments are taken away in two ways, since programs differ about a parenthesis that is escaped, open, or in quotes.
    """
    text, innermost = text[:_LONGEST_TEXT], text[:_LONGEST_TEXT]
    for _ in range(_NESTED):
        innermost = _COMMENT.sub("", innermost)
    for bare in dict.fromkeys((innermost, _without_comments(text))):
        closed = _close_up(bare.translate(_QUOTING), "@")
        yield closed
        yield _close_up(closed, ".")


def _without_comments(text: str) -> str:
    """Comments of any depth and with escaped parentheses (RFC 5322, section 3.2.2); what is left open ends with it."""
    pieces: list[str] = []
    depth = kept = 0
    for mark in _PARENTHESES.finditer(text):
        if mark[0] == "(":
            if depth == 0:
                pieces.append(text[kept : mark.start()])
            depth += 1
        elif mark[0] == ")" and depth:
            depth -= 1
            kept = mark.end()
    return "".join((*pieces, text[kept:] if depth == 0 else ""))


def _close_up(text: str, mark: str) -> str:
    # Not by a pattern such as `\s*@\s*`: that is quadratic in a long run of blanks.
    return mark.join(piece.strip() for piece in text.split(mark))
